for n in lan c1 c2 c3; do ip netns add $n; link_lo $n; done
ip link add eth0 type veth peer name eth0 netns lan
ip addr add 172.31.5.4/32 dev eth0; ip link set eth0 up; ip route add 169.254.1.1 dev eth0 scope link; ip route add default via 169.254.1.1 dev eth0
ip -n lan addr add 169.254.1.1/32 dev eth0; ip -n lan link set eth0 up; ip -n lan route add 172.31.5.4 dev eth0; ip -n lan route add default via 172.31.5.4
ip -6 addr add fd00:1::4/64 dev eth0 nodad; ip -n lan -6 addr add fd00:1::1/64 dev eth0 nodad; ip -6 route add default via fd00:1::1; ip -n lan -6 route add default via fd00:1::4
outside lan
for i in 1 2 3; do ip link add ve$i type veth peer name eth0 netns c$i; ip link set ve$i up; ip -n c$i link set eth0 up
ip addr add 10.9.0.254/32 dev ve$i; ip route add 10.9.0.$i dev ve$i; ip -n c$i addr add 10.9.0.$i/32 dev eth0; ip -n c$i route add 10.9.0.254 dev eth0 scope link; ip -n c$i route add default via 10.9.0.254
[ $i = 3 ] || { ip -6 addr add fd00:9:$i::1/64 dev ve$i nodad; ip -n c$i -6 addr add fd00:9:$i::2/64 dev eth0 nodad; ip -n c$i -6 route add default via fd00:9:$i::1; }; done
ip netns exec c3 sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec c2 sysctl -qw net.ipv6.bindv6only=1
ip addr add 10.9.9.1/24 dev ve1; ip addr add 10.9.9.2/24 dev ve1; ip -n c1 addr add 10.9.9.9 peer 10.9.9.1/32 dev eth0
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip6tables -P FORWARD DROP; ip6tables -A FORWARD -m state --state ESTABLISHED,RELATED -j ACCEPT; ip6tables -A FORWARD -i ve1 -j ACCEPT; ip6tables -A FORWARD -p tcp --dport 80 -d fd00:9:2::/64 -j ACCEPT
ip6tables -A INPUT -i eth0 -p tcp --dport 22 -j REJECT --reject-with tcp-reset
iptables -A FORWARD -i eth0 -d 10.9.0.3 -j DROP
serve '*:22' 6:81; serve_in c1 '*:80' fd00:9:1::2:443; serve_in c2 6:80 0.0.0.0:81; serve_in c3 0.0.0.0:80
