# IPv6 multipath routes when a device of one hop goes: deleted, down, without carrier, and back
sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
ip netns add a
ip netns add b
ip netns add c
ip link add v0 type veth peer name eth0 netns a
ip link add v1 type veth peer name eth0 netns b
ip link add v2 type veth peer name eth0 netns c
ip link set v0 up addrgenmode none
ip link set v1 up addrgenmode none
ip link set v2 up addrgenmode none
ip -n a link set eth0 up
ip -n b link set eth0 up
ip -n c link set eth0 up
ip addr add fd00::1/64 dev v0 nodad
ip addr add fd01::1/64 dev v1 nodad
ip addr add fd02::1/64 dev v2 nodad
ip route add fd09::/32 nexthop via fd00::2 dev v0 nexthop via fd01::2 dev v1
ip route add fd08::/32 nexthop via fd00::2 dev v0 weight 3 nexthop via fd01::2 dev v1 weight 2 nexthop via fd02::3 dev v2
ip -6 route
ip -n a link set eth0 down
ip -6 route
ip -n a link set eth0 up
ip -6 route
ip link set v0 down
ip -6 route
ip link set v0 up
@sleep 1.5
ip -6 route
ip addr add fd00::1/64 dev v0 nodad
ip -6 route
ip route del fd09::/32
ip route add fd09::/32 nexthop via fd00::2 dev v0 nexthop via fd01::2 dev v1
ip -6 route
ip link set v1 down
ip -6 route
ip link set v1 up
@sleep 1.5
ip -6 route
ip addr add fd01::1/64 dev v1 nodad
ip -6 route
ip route replace fd09::/32 nexthop via fd00::2 dev v0 nexthop via fd01::2 dev v1
ip -6 route
ip link del v0
ip -6 route
ip -j -6 route
ip -d -6 route
ip -6 route show fd09::/32
ip link add v0 type veth peer name eth0 netns a
ip link set v0 up addrgenmode none
ip -n a link set eth0 up
ip addr add fd00::1/64 dev v0 nodad
ip -6 route
ip route append fd09::/32 via fd00::2
ip -6 route
ip link set v1 down
ip -6 route
ip link del v1
ip -6 route
ip link set v0 down
ip -6 route
ip link del v2
ip -6 route
