# ip and nslookup of the public alpine and busybox
docker network create app
docker network create --ipv6 --subnet fd00:7::/64 six
docker run -d --name web --network app alpine sleep infinity
docker run -d --name adm --network app --cap-add NET_ADMIN alpine sleep infinity
docker run -d --name bb --network app busybox sleep infinity
docker run -d --name six --network six alpine sleep infinity
docker exec web ip addr add 10.0.0.1/24 dev eth0
docker exec web ip link set eth0 down
docker exec web ip route add 10.1.0.0/16 via 172.18.0.1
docker exec adm ip addr add 10.0.0.1/24 dev eth0
docker exec adm ip addr add 10.0.0.1/24 dev eth0
docker exec adm ip -4 addr show eth0
docker exec adm ip route add 10.1.0.0/16 via 172.18.0.1
docker exec adm ip route add 10.2.0.0/16 dev eth0 metric 5
docker exec adm ip route add 10.3.0.0/16 via 9.9.9.9
docker exec adm ip route
docker exec adm ip route show dev eth0
docker exec adm ip route del 10.1.0.0/16
docker exec adm ip route del 10.1.0.0/16
docker exec adm ip link add d0 type dummy
docker exec adm ip link set d0 up
docker exec adm ip link set nosuch up
docker exec adm ip addr show nosuch
docker exec adm ip link show nosuch
docker exec adm ip link show d0
docker exec adm ip link set eth0 mtu 1400
docker exec adm ip link show eth0
docker exec adm ip addr show dev eth0 scope global
docker exec adm ip -f inet addr
docker exec adm ip -s link
docker exec adm ip route get 9.9.9.9
docker exec adm ip rule add from 10.0.0.0/24 table 100
docker exec adm ip rule
docker exec adm ip route show table 100
docker exec adm ip route show table local
docker exec adm ip -6 route
docker exec adm ip nosuch
docker exec adm ip addr del 10.0.0.1/24 dev eth0
docker exec adm ip addr nosuch
docker exec adm ip route del default
docker exec adm ip route
docker exec adm ip -n x addr
docker exec adm ip netns
docker exec six ip addr
docker exec six ip -6 addr
docker exec six ip -6 route
docker exec six ip -6 neigh
docker exec bb ip addr
docker exec bb ip route
docker exec bb ip link
docker exec bb ip neigh
docker exec six nslookup six
docker exec web nslookup adm
docker exec web nslookup -type=a adm
docker exec web nslookup adm.
docker exec web nslookup web.app
docker exec web nslookup adm 9.9.9.9
docker exec web nslookup
docker exec web nc -zv -w 1 adm 80
docker exec -d adm nc -lk -p 80
docker exec web nc -zv -w 1 adm 80
docker exec web nc -z -w 1 adm 80
docker exec web traceroute adm
docker exec web traceroute -n adm
