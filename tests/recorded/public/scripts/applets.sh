# The network applets of the public alpine and busybox
docker network create app
docker run -d --name web --network app alpine sleep infinity
docker run -d --name db --network app alpine sleep infinity
docker run -d --name bb --network app busybox sleep infinity
docker exec web ping -c 1 db
docker exec web ping -c 2 db
docker exec web ping -c 1 172.18.0.3
docker exec web ping -c 1 -W 1 172.18.0.99
docker exec web ping -c 2 -W 1 172.18.0.99
docker exec web ping -c 1 -w 2 172.18.0.99
docker exec web ping -c 1 nowhere
docker exec web ping -q -c 2 db
docker exec web ping -s 100 -c 1 db
docker exec web ping -c 1 -I eth0 db
docker exec web ping -c 1 -t 1 db
docker exec web ping -c 1 127.0.0.1
docker exec web ping -c 1 10.99.0.1
docker exec web ping -4 -c 1 db
docker exec web ping -6 -c 1 ::1
docker exec web ping6 -c 1 ::1
docker exec web ping -c 2 -i 0.2 db
docker exec web ping -A -c 2 db
docker exec web ping
docker exec web ping -z db
docker exec web ping -c x db
docker exec web ip addr
docker exec web ip a show eth0
docker exec web ip -4 addr
docker exec web ip route
docker exec web ip link
docker exec web ip neigh
docker exec web ip route get 172.18.0.3
docker exec web ip -br addr
docker exec web ip -o -4 addr show eth0
docker exec web ip rule
docker exec web hostname -i
docker exec web nslookup db
docker exec web nslookup nowhere
docker exec web nslookup db 127.0.0.11
docker exec web nslookup 172.18.0.3
docker exec web nc -z -w 1 db 80
docker exec web nc -zv -w 1 db 80
docker exec web traceroute -n -w 1 -m 2 db
docker exec web wget -T 1 -qO- http://db/
docker exec web arping -c 1 -I eth0 172.18.0.3
docker exec web ifconfig eth0
docker exec web route -n
docker exec web netstat -tln
docker exec web arp -n
docker exec web cat /etc/os-release
docker exec web id
docker exec web which ping
docker exec web which ip
docker exec bb ping -c 1 db
docker exec bb ip addr show eth0
docker exec bb nslookup db
docker exec bb which ping
docker network disconnect app web
docker exec web ping -c 1 172.18.0.3
docker exec web ip route
