# metrics of routes on the wire: hoplimit, advmss, window, initrwnd, mtu, mtu lock and ECN in packets of ping and TCP
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456"
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456"
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip link set lo up
ip -n b link set eth0 up
ip -n b link set lo up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip -n b addr add 10.2.0.1/32 dev lo
ip -n b addr add 10.3.0.1/32 dev lo
ip -n b addr add 10.4.0.1/32 dev lo
ip -n b addr add 10.5.0.1/32 dev lo
ip -n b addr add 10.6.0.1/32 dev lo
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0
ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0
ip route add 10.2.0.1 via 10.0.0.2 advmss 1000
ip route add 10.3.0.1 via 10.0.0.2 window 5000
ip route add 10.4.0.1 via 10.0.0.2 initrwnd 2
ip route add 10.5.0.1 via 10.0.0.2 mtu lock 1400
ip route add 10.6.0.1 via 10.0.0.2 mtu 1400 features ecn
ip netns exec b nc -lk -p 7 &
@capture - v0
ping -c 1 -s 1450 10.5.0.1
@stop
ping -c 1 -s 1450 -M do 10.5.0.1
ping -c 1 -s 1450 -M do 10.6.0.1
@capture - v0
nc -zv 10.2.0.1 7
@stop
@capture - v0
nc -zv 10.3.0.1 7
@stop
@capture - v0
nc -zv 10.4.0.1 7
@stop
@capture - v0
nc -zv 10.6.0.1 7
@stop
# the other side: its answers go by a route with metrics
ip -n b route add 10.0.0.1 dev eth0 hoplimit 44 advmss 900 window 7000
ping -c 1 10.0.0.2
@capture - v0
nc -zv 10.0.0.2 7
@stop
