# What a container engine leaves: unnamed namespaces, bridges, isolation, published ports, a proxy on the host
ip netns add lan; link_lo lan
ip link add ens3 type veth peer name eth0 netns lan; ip addr add 192.168.7.10/24 dev ens3; ip link set ens3 up; ip route add default via 192.168.7.1
ip -n lan addr add 192.168.7.1/24 dev eth0; ip -n lan link set eth0 up; ip -n lan route add default via 192.168.7.10
outside lan
for b in 17 18; do ip link add br$b type bridge; ip addr add 172.$b.0.1/16 brd 172.$b.255.255 dev br$b; ip link set br$b up; done
containers=
attach() { # PID BRIDGE ADDRESS DEVICE
 ip link add vt$1$4 type veth peer name $4 netns $1; ip link set vt$1$4 master $2 up; nsenter --net=/proc/$1/ns/net sh -c "ip link set lo up; ip addr add $3/16 brd + dev $4; ip link set $4 up; ip route add default via ${3%.*}.1 2>/dev/null"; }
container web; container api; container db; containers="$pid_web $pid_api $pid_db"
attach $pid_web br17 172.17.0.2 eth0; attach $pid_api br17 172.17.0.3 eth0; attach $pid_api br18 172.18.0.2 eth1; attach $pid_db br18 172.18.0.3 eth0
# two more pairs directly between containers, with indexes that fit each other
ip link add x1 netns $pid_web type veth peer name y1 netns $pid_db; ip link add x2 netns $pid_api type veth peer name y2 netns $pid_db
nsenter --net=/proc/$pid_web/ns/net sh -c 'ip addr add 10.99.1.1/24 dev x1; ip link set x1 up'; nsenter --net=/proc/$pid_db/ns/net sh -c 'ip addr add 10.99.1.2/24 dev y1; ip link set y1 up; ip addr add 10.99.2.2/24 dev y2; ip link set y2 up'
nsenter --net=/proc/$pid_api/ns/net sh -c 'ip addr add 10.99.2.1/24 dev x2; ip link set x2 up'
sysctl -qw net.ipv4.ip_forward=1
iptables -P FORWARD DROP
iptables -N DOCKER; iptables -N ISO1; iptables -N ISO2
iptables -A FORWARD -j ISO1
for b in 17 18; do iptables -A FORWARD -o br$b -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables -A FORWARD -o br$b -j DOCKER; iptables -A FORWARD -i br$b ! -o br$b -j ACCEPT; iptables -A FORWARD -i br$b -o br$b -j ACCEPT
iptables -A ISO1 -i br$b ! -o br$b -j ISO2; iptables -A ISO2 -o br$b -j DROP; iptables -t nat -A POSTROUTING -s 172.$b.0.0/16 ! -o br$b -j MASQUERADE; done
iptables -A DOCKER -d 172.17.0.2/32 ! -i br17 -o br17 -p tcp --dport 80 -j ACCEPT
iptables -t nat -N DOCKER; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER; iptables -t nat -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
iptables -t nat -A DOCKER -i br17 -j RETURN; iptables -t nat -A DOCKER ! -i br17 -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
iptables -A INPUT -i ens3 -p tcp --dport 22 -m conntrack --ctstate NEW -j ACCEPT; iptables -A INPUT -i ens3 -m conntrack --ctstate ESTABLISHED -j ACCEPT; iptables -A INPUT -i ens3 -p icmp -j ACCEPT; iptables -A INPUT -i ens3 -j DROP
serve '*:22' 0.0.0.0:8080 127.0.0.1:8125 '127.0.0.53:53'
for s in web:0.0.0.0:80 api:0.0.0.0:8000 db:0.0.0.0:5432 db:127.0.0.1:9100; do n=${s%%:*}; eval p=\$pid_$n; nsenter --net=/proc/$p/ns/net python3 $tools/serve.py ${s#*:} >/dev/null 2>&1 & done
sleep 1
