# filters with the action vlan: tags are put on, taken off and changed; what arrives at the other end
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b link add link eth0 name eth0.7 type vlan id 7
ip -n b link set eth0.7 up
ip -n b addr add 10.0.0.2/24 dev eth0.7
ping -c 1 -W 1 10.0.0.2
tc qdisc add dev v0 clsact
tc filter add dev v0 egress matchall action vlan push id 7
tc filter add dev v0 ingress protocol 802.1Q flower vlan_id 7 action vlan pop
ping -c 2 -i 0.2 -W 2 10.0.0.2 | grep -E 'transmitted|bytes from' | sed 's/time.*//'
tc filter show dev v0 egress
tc -j filter show dev v0 egress
tc -s filter show dev v0 ingress | grep -v installed
tc filter del dev v0 egress
tc filter add dev v0 egress matchall action vlan push id 9 priority 3
ip neigh flush all
ping -c 1 -W 1 10.0.0.2 | grep transmitted
tc filter add dev v0 egress protocol 802.1Q prio 1 flower vlan_id 9 vlan_prio 3 action vlan modify id 7
tc filter show dev v0 egress
tc filter del dev v0 egress prio 1
tc filter replace dev v0 egress prio 49152 handle 1 matchall action vlan push id 7 protocol 802.1ad priority 1
tc filter show dev v0 egress
tc filter del dev v0 egress
tc filter add dev v0 egress matchall action vlan push
tc filter add dev v0 egress matchall action vlan push id 5000
tc filter add dev v0 egress matchall action vlan push id 7 priority 9
tc filter add dev v0 egress matchall action vlan pop id 7
tc filter add dev v0 egress matchall action vlan bogus
tc filter add dev v0 egress matchall action vlan push id 7 protocol ip
tc filter add dev v0 egress matchall action vlan modify id 7 drop
tc filter show dev v0 egress
tc filter show dev v0 ingress
