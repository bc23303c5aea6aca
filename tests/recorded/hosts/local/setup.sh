for n in lan s1 s2; do ip netns add $n; link_lo $n; done
ip link add eth0 type veth peer name eth0 netns lan; ip addr add 192.0.2.2/24 dev eth0; ip addr add 192.0.2.3/24 dev eth0; ip link set eth0 up; ip route add default via 192.0.2.1
ip -n lan addr add 192.0.2.1/24 dev eth0; ip -n lan link set eth0 up; ip -n lan route add default via 192.0.2.2
outside lan
for i in 1 2; do ip link add p$i type veth peer name eth0 netns s$i; ip link set p$i up; ip addr add 192.0.2.$((126+i*64))/32 dev p$i; ip -n s$i link set eth0 up; ip -n s$i addr add 192.0.2.$((64+i*64))/24 dev eth0; ip route add 192.0.2.$((64+i*64)) dev p$i; ip netns exec s$i sysctl -qw net.ipv4.conf.all.arp_announce=2; done
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.proxy_arp=1 net.ipv4.conf.eth0.route_localnet=1 net.ipv4.conf.p2.proxy_arp_pvlan=0
ip link add dum0 type bridge; ip addr add 10.255.0.1/32 dev dum0; ip link set dum0 up; ip route add local 10.200.0.0/24 dev lo
iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 8000 -j DNAT --to 127.0.0.1:3000
iptables -t nat -A PREROUTING -i eth0 -p tcp --dport 9000 -j REDIRECT --to-ports 22
iptables -t nat -A OUTPUT -d 10.255.0.1 -p tcp --dport 9001 -j DNAT --to 192.0.2.128:80
iptables -A INPUT -p tcp -s 192.0.2.128/26 --dport 22 -j REJECT; iptables -A FORWARD -p tcp -m tcp --dport 81 -m comment --comment "no admin" -j DROP
serve 127.0.0.1:3000 0.0.0.0:22 192.0.2.3:443 10.255.0.1:80; serve_in s1 0.0.0.0:80 0.0.0.0:81; serve_in s2 192.0.2.192:80 127.0.0.1:81
EXTRA="10.200.0.7"
