# nexthop objects: forms, errors, routes that use them, deletion
sysctl -qw net.ipv4.ip_forward=0
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip link set lo up
ip -n b link set eth0 up
ip -n b link set lo up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip addr add fd00::1/64 dev v0 nodad
ip nexthop
ip nexthop add id 1 via 10.0.0.2 dev v0
ip nexthop add id 2 via 10.0.0.3 dev v0 proto static
ip nexthop add id 1 via 10.0.0.9 dev v0
ip nexthop add id 3 blackhole
ip nexthop add id 4 dev v0
ip nexthop add id 5 via fd00::2 dev v0
ip nexthop add id 6 via 10.77.0.2 dev v0
ip nexthop add id 6 via 10.77.0.2 dev v0 onlink
ip nexthop add id 7 via 10.0.0.2
ip nexthop add id 8 via 10.0.0.2 dev nosuch
ip nexthop add id 9
ip nexthop add id 0 dev v0
ip nexthop add id abc dev v0
ip nexthop add dev v0
ip nexthop add via 10.0.0.5 dev v0
ip nexthop
ip nexthop add id 10 group 1/2
ip nexthop add id 11 group 1,5/2,10
ip nexthop add id 12 group 1/99
ip nexthop add id 13 group 10
ip nexthop add id 14 group 1/3
ip nexthop add id 14 group 1/2/3
ip nexthop add id 15 group 1/1
ip nexthop add id 15 group 1,0/2
ip nexthop add id 15 group 1,256/2
ip nexthop add id 15 group 1,257/2
ip nexthop add id 16 group 1/5
ip nexthop add id 17 group 4
ip nexthop
ip nexthop show
ip nexthop list
ip -d nexthop
ip -j nexthop
ip -j -p nexthop show id 10
ip -o nexthop
ip nexthop show id 1
ip nexthop get id 1
ip nexthop get id 99
ip nexthop show id 99
ip nexthop get
ip nexthop get id
ip nexthop show dev v0
ip nexthop show groups
ip nexthop show proto static
ip nexthop show vrf nosuch
ip nexthop show dev nosuch
ip nexthop show nosuch
ip -6 nexthop
ip -4 nexthop
ip nexthop nosuch
ip route add 10.1.0.0/24 nhid 1
ip route add 10.2.0.0/24 nhid 10
ip route add 10.3.0.0/24 nhid 3
ip route add 10.4.0.0/24 nhid 99
ip route add 10.5.0.0/24 nhid 5
ip route add 10.8.0.0/24 nhid 1 via 10.0.0.2
ip route add 10.9.0.0/24 nhid 1 dev v0
ip route add 10.10.0.0/24 nhid 4
ip route add 10.11.0.0/24 nhid 1 src 10.0.0.1 metric 7 mtu 1400
ip route add 10.12.0.0/24 nhid abc
ip route add 10.13.0.0/24 nhid 0
ip route add blackhole 10.14.0.0/24 nhid 1
ip -6 route add fd01::/64 nhid 5
ip -6 route add fd02::/64 nhid 1
ip -6 route add fd03::/64 nhid 3
ip -6 route add fd04::/64 nhid 10
ip -6 route add fd05::/64 nhid 4
ip route
ip -d route
ip -j route show 10.1.0.0/24
ip -j route show 10.2.0.0/24
ip -6 route
ip route get 10.1.0.5
ip route get 10.3.0.5
ip route get fibmatch 10.1.0.5
ip route get fibmatch 10.2.0.5
ip -6 route get fd01::5
ip route show nhid 1
ip -6 route show nhid 5
ping -c 1 10.3.0.5
ip route del 10.11.0.0/24 nhid 2
ip route del 10.11.0.0/24 nhid 1
ip route replace 10.1.0.0/24 nhid 2
ip route show 10.1.0.0/24
ip nexthop replace id 2 via 10.0.0.7 dev v0
ip route show 10.1.0.0/24
ip nexthop replace id 2 group 1
ip nexthop replace id 10 via 10.0.0.7 dev v0
ip nexthop replace id 2 blackhole
ip route show 10.1.0.0/24
ip nexthop
ip nexthop replace id 2 via fd00::7 dev v0
ip nexthop replace id 30 via 10.0.0.30 dev v0
ip nexthop replace id 3 via 10.0.0.30 dev v0
ip nexthop replace id 10 group 1/30
ip nexthop
ip route
ip nexthop del id 99
ip nexthop del id 1
ip nexthop
ip route
ip nexthop del id 30
ip nexthop
ip route
ip nexthop del
ip nexthop del dev v0
ip nexthop flush
ip nexthop
ip route
ip -6 route
