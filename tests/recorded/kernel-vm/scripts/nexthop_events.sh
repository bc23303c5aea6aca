# nexthop objects: what becomes of them when devices and addresses change; forms of JSON
sysctl -qw net.ipv4.ip_forward=0
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip link set lo up
ip -n b link set eth0 up
@sleep 2
ip addr add 10.0.0.1/24 dev v0
ip addr add fd00::1/64 dev v0 nodad
ip nexthop add id 1 via 10.0.0.2 dev v0
ip nexthop add id 2 via 10.0.0.3 dev v0 protocol static
ip nexthop add id 5 via fd00::2 dev v0
ip nexthop add id 6 via fe80::2 dev v0
ip nexthop add id 9 blackhole
ip -6 nexthop add id 8 blackhole
ip -6 nexthop add id 7 dev v0
ip nexthop add id 10 group 1,3/2
ip nexthop add id 11 group 5/6,4
ip nexthop add id 12 group 9
ip route add 10.1.0.0/24 nhid 10
ip route add 10.2.0.0/24 nhid 11
ip -6 route add fd01::/64 nhid 11
ip -6 route add fd02::/64 nhid 8
ip -6 route add fd03::/64 nhid 7
ip -6 route add fd04::/64 nhid 12
ip route add 10.3.0.0/24 nhid 12
ip route
ip -6 route
ip -j route
ip -6 -j route
ip -d -j route show 10.1.0.0/24
ip -d -j nexthop
ip -j nexthop
ip -d -6 route
ip -6 route get fd02::1
ip route get 10.3.0.1
ip nexthop replace id 6 via 10.0.0.9 dev v0
ip nexthop replace id 5 via 10.0.0.9 dev v0
ip nexthop replace id 11 group 1
ip nexthop replace id 1 dev v0
ip route show 10.1.0.0/24
ip route add 10.4.0.0/24 nhid 1 scope host
ip route add 10.4.0.0/24 nhid 1 scope link
ip route show 10.4.0.0/24
ip route add 10.5.0.0/24 nhid 2 nexthop via 10.0.0.2 nexthop via 10.0.0.3
ip route add 10.6.0.0/24 nhid 2
ip route add 10.6.0.0/24 nhid 2
ip route append 10.6.0.0/24 nhid 2
ip route append 10.6.0.0/24 nhid 1
ip route show 10.6.0.0/24
ip route del 10.6.0.0/24 via 10.0.0.3
ip route del 10.6.0.0/24 dev v0
ip route del 10.6.0.0/24
ip route show 10.6.0.0/24
ip route change 10.6.0.0/24 nhid 2
ip route show 10.6.0.0/24
ip route add table 7 10.7.0.0/24 nhid 2
ip nexthop add id 20 via 10.0.0.2 dev lo
ip nexthop add id 21 via 10.0.0.1 dev v0
ip nexthop add id 22 via fd00::1 dev v0
ip nexthop add id 23 via fd77::1 dev v0
ip nexthop add id 24 via fd77::1 dev v0 onlink
ip nexthop add id 25 via 10.0.0.255 dev v0
ip nexthop add id 26 blackhole dev v0
ip nexthop add id 27 blackhole via 10.0.0.2
ip nexthop add id 28 group 1 dev v0
ip nexthop add id 29 group 1/
ip nexthop add id 29 group abc
ip nexthop add id 29 group 1,abc
ip nexthop add id 29 group
ip nexthop add id 29 nosuch
ip nexthop add id 29 via
ip nexthop add id 29 via nosuch dev v0
ip nexthop add id 29 dev
ip nexthop add id 29 dev v0 onlink
ip nexthop add id 30 dev v0 protocol nosuch
ip nexthop add id 31 dev v0 protocol 200
ip nexthop change id 31 dev v0
ip nexthop delete id 31
ip nexthop get id 31
ip nexthop get id abc
ip nexthop get dev v0
ip nexthop show id 1 dev v0
ip nexthop del id abc
ip nexthop del id
ip nexthop show protocol 4
ip nexthop flush protocol 4
ip nexthop
ip route
ip -n b link set eth0 down
@sleep 2
ip nexthop add id 40 dev v0
ip nexthop
ip route
ip -6 route
ip -n b link set eth0 up
@sleep 2
ip nexthop
ip nexthop add id 1 via 10.0.0.2 dev v0
ip nexthop add id 2 dev v0
ip nexthop add id 3 blackhole
ip route add 10.1.0.0/24 nhid 1
ip route add 10.2.0.0/24 nhid 3
ip addr del 10.0.0.1/24 dev v0
ip nexthop
ip route
ip link set lo down
ip nexthop
ip route
ip link del v0
ip nexthop
ip link set lo up
ip netns add c
ip -n c nexthop
ip -n c link add d0 type dummy
ip -n c nexthop add id 1 dev d0
ip -n c link set d0 up
ip -n c nexthop add id 1 dev d0
ip -n c nexthop
ip -n c nexthop add id 2 via fe80::1 dev d0
ip -n c sysctl -qw net.ipv6.conf.d0.disable_ipv6=1
ip netns exec c sysctl -qw net.ipv6.conf.d0.disable_ipv6=1
ip -n c nexthop
ip -n c nexthop add id 3 via fe80::1 dev d0
