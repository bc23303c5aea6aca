# mirred ingress: whose a frame is
ip netns add n1
ip netns add n2
ip link add a0 type veth peer name a1
ip link add b0 type veth peer name b1
ip link set a1 netns n1
ip link set b1 netns n2
ip link set a0 address 02:00:00:00:00:a0
ip link set b0 address 02:00:00:00:00:b0
ip -n n1 link set a1 address 02:00:00:00:00:a1 up
ip -n n2 link set b1 address 02:00:00:00:00:b1 up
ip link set a0 up
ip link set b0 up
ip -n n1 addr add 10.0.1.2/24 dev a1
ip -n n2 addr add 10.0.2.2/24 dev b1
ip addr add 10.0.2.1/24 dev b0
ip addr add 10.0.1.1/24 dev a0
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.b0.rp_filter=0 net.ipv4.conf.a0.rp_filter=0
tc qdisc add dev a0 clsact
tc qdisc add dev b0 clsact
ip -n n1 neigh add 10.0.1.1 lladdr 02:00:00:00:00:a0 dev a1
ip netns exec n1 ping -c 1 -W 1 10.0.1.1
tc filter add dev a0 ingress protocol ip pref 1 matchall action mirred ingress redirect dev b0
ip netns exec n1 ping -c 1 -W 1 10.0.1.1
tc -s filter show dev a0 ingress
ip -s link show b0
ip -n n1 neigh replace 10.0.1.1 lladdr 02:00:00:00:00:b0 dev a1
ip netns exec n1 ping -c 1 -W 1 10.0.1.1
tc -s filter show dev a0 ingress
ip -n n1 neigh replace 10.0.1.1 lladdr 02:00:00:00:00:99 dev a1
ip netns exec n1 ping -c 1 -W 1 10.0.1.1
ip -n n1 neigh replace 10.0.1.1 lladdr ff:ff:ff:ff:ff:ff dev a1
ip netns exec n1 ping -c 1 -W 1 10.0.1.1
tc filter del dev a0 ingress
ip -n n1 neigh replace 10.0.1.1 lladdr 02:00:00:00:00:a0 dev a1
tc filter add dev a0 egress protocol ip pref 1 matchall action mirred ingress redirect dev b0
ip neigh replace 10.0.1.77 lladdr 02:00:00:00:00:77 dev a0
ping -c 1 -W 1 10.0.1.77
tc -s filter show dev a0 egress
ip -s link show b0
ip neigh replace 10.0.1.78 lladdr 02:00:00:00:00:a0 dev a0
ping -c 1 -W 1 10.0.1.78
ip neigh replace 10.0.1.79 lladdr 02:00:00:00:00:b0 dev a0
ping -c 1 -W 1 10.0.1.79
tc -s filter show dev a0 egress
tc filter del dev a0 egress
sysctl -qw net.ipv4.ip_forward=1
tc filter add dev a0 egress protocol ip pref 1 matchall action mirred ingress redirect dev b0
ping -c 1 -W 1 10.0.1.77
tc filter del dev a0 egress
tc filter add dev a0 egress protocol ip pref 1 matchall action mirred ingress mirror dev b0
ping -c 1 -W 1 10.0.1.2
tc -s filter show dev a0 egress
tc filter del dev a0 egress
tc filter add dev a0 ingress protocol ip pref 1 matchall action mirred ingress mirror dev b0
ip netns exec n1 ping -c 1 -W 1 10.0.1.1
tc filter del dev a0 ingress
tc filter add dev a0 egress protocol ip pref 1 matchall action mirred ingress redirect dev a0
ping -c 1 -W 1 10.0.1.2
tc -s filter show dev a0 egress
tc filter del dev a0 egress
tc filter add dev a0 ingress protocol ip pref 1 matchall action mirred ingress redirect dev a0
ip netns exec n1 ping -c 1 -W 1 10.0.1.1
tc -s filter show dev a0 ingress
