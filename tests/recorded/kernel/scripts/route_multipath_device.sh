# Multipath routes when a device of one hop goes: deleted, down, without carrier, and back
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
ip route add 10.8.0.0/16 nexthop via 10.0.0.2 dev v0 weight 3 nexthop via 10.0.1.2 dev v1 weight 2 nexthop via 10.0.1.3 dev v1
ip route add 10.7.0.0/16 proto static metric 7 nexthop via 10.0.0.2 nexthop via 10.0.1.2
ip route
ip route get 10.9.0.1
ip -n a link set eth0 down
ip route
ip route get 10.9.0.1
ip -n a link set eth0 up
ip route
ip link set v0 down
ip route
ip route get 10.9.0.1
ip route get 10.9.7.3
ip link set v0 up
ip route
ip link set v0 down
ip route del 10.7.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2
ip route add 10.7.0.0/16 nexthop via 10.0.0.2 dev v0 nexthop via 10.0.1.2 dev v1
ip route
ip link set v1 down
ip route
ip link set v0 up
ip link set v1 up
ip route
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 dev v0 nexthop via 10.0.1.2 dev v1
ip route add 10.8.0.0/16 nexthop dev v0 nexthop dev v1
ip route
ip link del v0
ip route
ip -j route
ip -j -d route
ip -d route
ip route get 10.9.0.1
ip route show 10.9.0.0/16
ip route show dev v1
ip route show via 10.0.1.2
ip route get 10.9.0.9
ip link add v0 type veth peer name eth0 netns a
ip link set v0 up
ip -n a link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip route
ip route add 10.9.0.0/16 via 10.0.1.9
ip route replace 10.9.0.0/16 nexthop via 10.0.0.2 dev v0 nexthop via 10.0.1.2 dev v1
ip route
ip link del v1
ip route
ip route del 10.9.0.0/16
ip route del 10.8.0.0/16
ip route
