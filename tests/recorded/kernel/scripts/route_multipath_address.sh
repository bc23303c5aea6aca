# Multipath routes when an address of one hop's network goes, and when a device moves
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns add b
ip link add v0 type veth peer name eth0 netns a
ip link add v1 type veth peer name eth0 netns b
ip link set v0 up
ip link set v1 up
ip -n a link set eth0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip addr add 10.0.1.1/24 dev v1
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 dev v0 nexthop via 10.0.1.2 dev v1
ip addr del 10.0.0.1/24 dev v0
ip route
ip addr add 10.0.0.1/24 dev v0
ip route
ip route get 10.9.0.1
ip link set v0 netns b
ip route
ip route get 10.9.0.1
ip netns exec a true
ip route add 10.7.0.0/16 nexthop via 10.0.1.2 dev v1 nexthop via 10.0.1.3 dev v1
ip route
ip link set v1 down
ip route
ip link set v1 up
ip route
ip route add default nexthop via 10.0.1.2 dev v1 nexthop via 10.0.1.3 dev v1
ip route
ip netns del b
@sleep 1
ip route
