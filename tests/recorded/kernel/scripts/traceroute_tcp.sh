# traceroute -T, -I, -U: probes, answers, stars; names that nobody resolves
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add h
ip netns add r
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.icmp_ratelimit=0
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
ip link add v0 address 02:00:00:00:00:01 type veth peer name r0 address 02:00:00:00:00:02 netns r
ip link add eth0 netns h address 02:00:00:00:00:04 type veth peer name r1 address 02:00:00:00:00:03 netns r
ip link set v0 up
ip link set lo up
ip -n r link set r0 up
ip -n r link set r1 up
ip -n h link set eth0 up
ip -n h link set lo up
ip addr add 10.0.0.2/24 dev v0
ip -n r addr add 10.0.0.1/24 dev r0
ip -n r addr add 10.0.1.1/24 dev r1
ip -n h addr add 10.0.1.2/24 dev eth0
ip route add default via 10.0.0.1
ip -n h route add default via 10.0.1.1
ping -c 1 10.0.1.2
@capture - v0
traceroute -n -T -q 1 -m 5 10.0.1.2
@stop
@capture - v0
traceroute -n -T -q 1 -N 1 -p 80 -m 5 10.0.1.2
@stop
ip netns exec h busybox httpd -f -p 80 &
@sleep 0.5
@capture - v0
traceroute -n -T -q 1 -N 1 -p 80 -m 5 10.0.1.2
@stop
traceroute -n -T -q 2 -m 3 10.0.1.77
@sleep 3
traceroute -n -T -q 3 -m 5 10.0.1.2
ip netns exec h iptables -A INPUT -p tcp --dport 443 -j DROP
traceroute -n -T -p 443 -q 1 -w 1 -m 3 10.0.1.2
ip netns exec h iptables -A INPUT -p tcp --dport 25 -j REJECT
traceroute -n -T -p 25 -q 1 -w 1 -m 3 10.0.1.2
ip netns exec h iptables -A INPUT -p tcp --dport 26 -j REJECT --reject-with icmp-host-prohibited
traceroute -n -T -p 26 -q 1 -w 1 -m 3 10.0.1.2
traceroute -n -T -q 1 -m 3 10.9.9.9
traceroute -n -T -q 1 -f 2 -m 3 10.0.1.2
traceroute -n -I -q 1 -m 3 10.0.1.2
traceroute -n -I -q 3 -m 3 10.0.1.2
traceroute -n -U -q 1 -m 3 10.0.1.2
traceroute -n -U -p 5000 -q 1 -m 3 10.0.1.2
traceroute -n -p 5000 -q 1 -m 3 10.0.1.2
@capture - v0
traceroute -n -U -q 1 -N 1 -m 3 10.0.1.2
@stop
traceroute -n -M tcp -q 1 -m 3 10.0.1.2
traceroute -n -M icmp -q 1 -m 3 10.0.1.2
traceroute -n -T -O syn -q 1 -m 3 10.0.1.2
traceroute -n -T -O ack -q 1 -m 3 10.0.1.2
traceroute -n -T -q 1 -m 3 127.0.0.1
traceroute -n -T -q 1 -m 3 10.0.0.2
traceroute -n -q 1 -m 3 10.0.0.1
traceroute -n -T -q 1 -m 3 -s 10.0.0.2 10.0.1.2
traceroute -n -T -q 1 -m 3 -s 10.0.0.99 10.0.1.2
traceroute -n -T -q 1 -m 3 -i v0 10.0.1.2
traceroute -n -T -q 1 -m 3 10.0.1.2 1000
traceroute -n -F -q 1 -m 3 10.0.1.2 1600
traceroute -q 1 -m 2 10.0.1.2
traceroute -T -q 1 -m 2 10.0.1.2
tcptraceroute 10.0.1.2
