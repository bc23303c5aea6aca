# a mirror port: copies of what arrives and leaves go to a third machine; loops of redirections end
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns add mon
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec mon sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link add m0 address 02:00:00:00:00:03 type veth peer name eth0 netns mon address 02:00:00:00:00:04
ip link set v0 up
ip link set m0 up
ip -n b link set eth0 up
ip -n mon link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v0
ip -n b neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 nud permanent dev eth0
tc qdisc add dev v0 clsact
tc filter add dev v0 ingress protocol ip matchall action mirred egress mirror dev m0
tc filter add dev v0 egress protocol ip matchall action mirred egress mirror dev m0
@capture mon eth0
ping -c 2 -i 0.2 -W 2 10.0.0.2 | grep transmitted | sed 's/time.*//'
@stop
tc -s filter show dev v0 ingress | grep -v installed
ip -n mon -s link show eth0 | tail -4
tc filter del dev v0 egress
tc filter del dev v0 ingress
tc filter add dev v0 egress matchall action mirred egress mirror dev m0 action drop
ping -c 1 -W 1 10.0.0.2
ip -n mon -s link show eth0 | sed -n 4p
tc filter show dev v0 egress
tc filter del dev v0 egress
tc filter add dev v0 egress matchall action mirred egress redirect dev v0
ping -c 1 -W 1 10.0.0.2 | grep transmitted
tc filter del dev v0 egress
tc filter add dev v0 ingress protocol ip matchall action mirred ingress redirect dev m0
ping -c 1 -W 1 10.0.0.2 | grep transmitted
ip -s link show m0 | sed -n 4p
tc filter add dev v0 ingress matchall action mirred egress
tc filter add dev v0 ingress matchall action mirred egress copy dev m0
tc filter add dev v0 ingress matchall action mirred egress mirror m0
tc qdisc del dev v0 clsact
