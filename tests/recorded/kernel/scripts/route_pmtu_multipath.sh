# A path MTU that is learned by a multipath route
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add r
ip netns add s
ip netns add h
ip link add v0 type veth peer name eth0 netns r
ip link add v1 type veth peer name eth0 netns s
ip link add eth1 netns r type veth peer name eth0 netns h
ip link add eth1 netns s type veth peer name eth1 netns h
ip link set v0 up
ip link set v1 up
ip -n r link set eth0 up
ip -n r link set eth1 mtu 1300 up
ip -n s link set eth0 up
ip -n s link set eth1 mtu 1300 up
ip -n h link set eth0 up
ip -n h link set eth1 up
ip addr add 10.0.0.1/24 dev v0
ip addr add 10.0.1.1/24 dev v1
ip -n r addr add 10.0.0.2/24 dev eth0
ip -n r addr add 10.1.0.1/24 dev eth1
ip -n s addr add 10.0.1.2/24 dev eth0
ip -n s addr add 10.2.0.1/24 dev eth1
ip -n h addr add 10.1.0.2/24 dev eth0
ip -n h addr add 10.2.0.2/24 dev eth1
ip -n h link set lo up
ip -n h addr add 10.9.0.1/32 dev lo
ip -n h addr add 10.9.0.2/32 dev lo
ip -n h route add default via 10.1.0.1
ip -n r route add 10.9.0.0/16 via 10.1.0.2
ip -n s route add 10.9.0.0/16 via 10.2.0.2
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip netns exec s sysctl -qw net.ipv4.ip_forward=1
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1 oif v0
ip route get 10.9.0.1 oif v1
ip route get 10.9.0.2 oif v1
ip route add 10.8.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2
ip route get 10.8.0.1 oif v0
ip route del 10.9.0.0/16
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2
ip route get 10.9.0.1 oif v0
ip route get 10.9.0.1 oif v1
ip link set v0 mtu 1280
ip route get 10.9.0.1 oif v0
ip route get 10.9.0.1 oif v1
ip route add table 7 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2
ip rule add to 10.9.0.1 lookup 7
ip route get 10.9.0.1 oif v1
ip rule del to 10.9.0.1
ip route get 10.9.0.1 oif v1
ip link del v0
ip route add 10.9.0.0/16 via 10.0.1.2
ip route get 10.9.0.1
ip route show cache
ip route add 10.9.0.1/32 via 10.0.1.2 mtu lock 1200
ip route get 10.9.0.1
