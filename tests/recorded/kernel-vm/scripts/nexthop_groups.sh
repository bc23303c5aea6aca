sysctl -qw net.ipv4.ip_forward=0
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip link set lo up
ip -n b link set eth0 up
ip -n b link set lo up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip netns add c
ip link add w0 address 02:00:00:00:00:03 type veth peer name eth0 netns c address 02:00:00:00:00:04
ip link set w0 up
ip -n c link set eth0 up
@sleep 2
ip -n c link set lo up
ip addr add 10.0.1.1/24 dev w0
ip -n c addr add 10.0.1.2/24 dev eth0
ip -n b addr add 10.9.0.1/32 dev lo
ip -n c addr add 10.9.0.1/32 dev lo
ip nexthop add id 1 via 10.0.0.2 dev v0
ip nexthop add id 2 via 10.0.1.2 dev w0
ip nexthop add id 10 group 1/2
ip nexthop add id 11 group 1,1/2,3
ip route add 10.9.0.0/24 nhid 10
ip route add 10.9.1.0/24 nhid 11
ip route add 10.9.2.0/24 nhid 1
ip route
ping -c 1 10.9.0.1
ip link set w0 down
ip nexthop
ip route
ip link set w0 up
ip nexthop
ip route
ip -n c link set eth0 down
@sleep 2
ip nexthop
ip route
ip -n c link set eth0 up
@sleep 2
ip nexthop add id 2 via 10.0.1.2 dev w0
ip nexthop
ip addr del 10.0.0.1/24 dev v0
ip nexthop
ip route
ip addr add 10.0.0.1/24 dev v0
ip nexthop add id 3 via 10.0.0.3 dev v0
ip nexthop add id 4 via 10.0.0.4 dev v0
ip nexthop add id 22 group 3/4 type mpath
ip nexthop
ip -d nexthop
ip -j nexthop show id 20
ip nexthop replace id 20 group 3
ip route add 10.9.3.0/24 nhid 20
ip route show 10.9.3.0/24
ip link del w0
ip nexthop
ip link set v0 down
ip nexthop
ip route
ip link set v0 up
ip nexthop
ip nexthop add id 50 dev v0 scope link
ip nexthop add id 51 via inet6 fe80::1 dev v0
ip nexthop add id 52 via fe80::1 dev v0
ip route add 10.50.0.0/24 nhid 50
ip route add 10.52.0.0/24 nhid 52
ip route
ip nexthop flush proto static
ip nexthop flush dev v0
ip nexthop flush
ip nexthop flush
ip nexthop help
