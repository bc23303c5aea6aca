# delay of what arrives: ingress, a redirection to ifb0 with netem; police at ingress; vlan actions; forms of mirred
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ping -c 1 -W 2 10.0.0.2 > /dev/null
ip link add ifb0 type ifb
ip link set ifb0 up
tc qdisc show dev ifb0
tc qdisc add dev v0 ingress
tc filter add dev v0 ingress matchall action mirred egress redirect dev ifb0
tc qdisc add dev ifb0 root netem delay 50ms
ping -c 1 -W 2 10.0.0.2 | grep -c 'time=5[0-9]'
tc filter show dev v0 ingress
tc -j filter show dev v0 ingress
tc filter del dev v0 ingress
tc filter add dev v0 parent ffff: protocol ip prio 10 u32 match ip src 10.0.0.2/32 police rate 8kbit burst 100 drop flowid :1
tc filter add dev v0 parent ffff: protocol ip prio 20 u32 match ip src 0.0.0.0/0 match icmp type 8 0xff flowid :2
tc filter show dev v0 parent ffff:
ping -c 3 -i 0.05 -W 1 10.0.0.2 > /dev/null
tc -s filter show dev v0 parent ffff: | grep -v installed
tc filter del dev v0 parent ffff: protocol ip prio 20 handle 801::800 u32
tc filter del dev v0 parent ffff: protocol ip prio 10 u32
tc filter show dev v0 parent ffff:
tc filter add dev v0 parent ffff: protocol 802.1Q prio 1 flower vlan_id 7 action vlan pop
tc filter add dev v0 parent ffff: protocol all prio 2 matchall action vlan push id 5
tc filter add dev v0 parent ffff: protocol ip prio 3 flower dst_ip 10.0.0.1 ip_proto tcp dst_port 22 action skbedit mark 3 action pass
tc filter show dev v0 parent ffff:
tc filter add dev v0 parent ffff: protocol ip prio 4 u32 match ip dst 10.0.0.1 action mirred ingress redirect dev ifb0
tc filter add dev v0 parent ffff: protocol ip prio 5 u32 match ip dst 10.0.0.1 action mirred egress mirror dev ifb0
tc filter show dev v0 parent ffff: prio 4
tc qdisc del dev v0 ingress
tc filter show dev v0 parent ffff:
ip -n b link set ifb0 up
ip link del ifb0
