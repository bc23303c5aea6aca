# com.docker.network.host_ipv4 with the proxy: what leaves with which address
ip addr add 192.168.56.11/24 dev eth0
docker network create --subnet 10.20.0.0/24 -o com.docker.network.host_ipv4=192.168.56.11 -o com.docker.network.bridge.name=brsnat app
docker run -d --name web --network app -p 8080:80 nginx
iptables-save -t nat
docker exec web curl -s -m 2 http://192.168.56.10:8080/
ip netns exec lan nc -lk 192.168.56.20 9000 &
docker exec web nc -z -w 2 192.168.56.20 9000
iptables -t nat -nvL POSTROUTING
