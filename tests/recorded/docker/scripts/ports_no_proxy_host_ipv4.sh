#dockerd --userland-proxy=false
# --userland-proxy=false together with com.docker.network.host_ipv4: what leaves with which address
ip addr add 192.168.56.11/24 dev eth0
docker network create --subnet 10.20.0.0/24 -o com.docker.network.host_ipv4=192.168.56.11 -o com.docker.network.bridge.name=brsnat app
iptables-save -t nat
docker run -d --name web --network app -p 8080:80 nginx
iptables-save -t nat
docker run -d --name client --network app alpine
docker exec client curl -s -m 2 http://192.168.56.10:8080/
docker exec web curl -s -m 2 http://192.168.56.10:8080/
curl -s -m 2 http://127.0.0.1:8080/
curl -s -m 2 http://192.168.56.10:8080/
ip netns exec lan curl -s -m 2 http://192.168.56.10:8080/
ip netns exec lan nc -lk 192.168.56.20 9000 &
docker exec client nc -z -w 2 192.168.56.20 9000
iptables -t nat -nvL POSTROUTING
conntrack -L -p tcp --dport 9000
docker network create --ipv6 --subnet 10.21.0.0/24 --subnet fd00:21::/64 -o com.docker.network.host_ipv4=192.168.56.11 -o com.docker.network.host_ipv6=fd00::11 -o com.docker.network.bridge.name=brsix six
iptables-save -t nat
ip6tables-save -t nat
docker run -d --name web6 --network six -p 8081:80 nginx
iptables-save -t nat
ip6tables-save -t nat
docker network create --subnet 10.22.0.0/24 -o com.docker.network.bridge.name=brmasq -o com.docker.network.bridge.enable_ip_masquerade=false -o com.docker.network.host_ipv4=192.168.56.11 nomasq
docker run -d --name webn --network nomasq -p 8082:80 nginx
iptables-save -t nat
docker network create --subnet 10.23.0.0/24 -o com.docker.network.bridge.name=brplain plain
docker run -d --name webp --network plain -p 8083:80 nginx
iptables-save -t nat
docker rm -f web web6 webn webp client
iptables-save -t nat
docker network rm app six nomasq plain
iptables-save -t nat
docker network create -o com.docker.network.host_ipv4=nonsense bad
docker network create -o com.docker.network.host_ipv4=fd00::1 bad
docker network create -o com.docker.network.host_ipv4=10.99.99.99 --subnet 10.24.0.0/24 elsewhere
