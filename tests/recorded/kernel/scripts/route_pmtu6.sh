# IPv6 path MTUs that were learned, when the route that they hang on is deleted, replaced or changes
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
ip addr add fd00:0::1/64 dev v0 nodad
ip addr add fd00:1::1/64 dev v1 nodad
ip -n r addr add fd00:0::2/64 dev eth0 nodad
ip -n r addr add fd01:0::1/64 dev eth1 nodad
ip -n s addr add fd00:1::2/64 dev eth0 nodad
ip -n s addr add fd02:0::1/64 dev eth1 nodad
ip -n h addr add fd01:0::2/64 dev eth0 nodad
ip -n h addr add fd02:0::2/64 dev eth1 nodad
ip -n h link set lo up
ip -n h addr add fd09::1/128 dev lo
ip -n h addr add fd09::2/128 dev lo
ip -n h route add default via fd01:0::1
ip -n r route add fd09::/16 via fd01:0::2
ip -n s route add fd09::/16 via fd02:0::2
ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=1
ip netns exec s sysctl -qw net.ipv6.conf.all.forwarding=1
@sleep 3
ip route add fd09::/16 via fd00:0::2
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip route get fd09::1
ip route get fd09::2
ip route add fd09::1/128 via fd00:0::2
ip route get fd09::1
ip route del fd09::1/128
ip route get fd09::1
ip route del fd09::/16
ip route get fd09::1
ip route add fd09::/16 via fd00:0::2
ip route get fd09::1
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip route get fd09::1
ip route replace fd09::/16 via fd00:0::2
ip route get fd09::1
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip route replace fd09::/16 via fd00:1::2
ip route get fd09::1
ip route replace fd09::/16 via fd00:0::2
ip route get fd09::1
ip route change fd09::/16 via fd00:0::2 mtu 1450
ip route get fd09::1
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip route get fd09::1
ip route add fd08::/16 via fd00:0::2 mtu 1450
ip route del fd09::/16
ip route add fd09::/16 via fd00:0::2 mtu 1450
ip route get fd09::1
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip route get fd09::1
ip -6 route flush cache
ip route get fd09::1
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip route get fd09::1
ip -6 route flush fd09::/16
ip route add fd09::/16 via fd00:0::2
ip route get fd09::1
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip route get fd09::1
ip link set v0 down
ip link set v0 up
ip addr add fd00:0::1/64 dev v0 nodad
ip route add fd09::/16 via fd00:0::2
ip route get fd09::1
@sleep 2
ping -c 1 -W 2 -s 1400 -M do fd09::1
ip route get fd09::1
ip link set v0 mtu 1400
ip route get fd09::1
ip link set v0 mtu 1500
ip route get fd09::1
ip link set v0 mtu 1290
ip route get fd09::1
ip link set v0 mtu 1500
ip route get fd09::1
ip -6 route flush cache
ping -c 1 -W 2 -s 1400 -M do fd09::1
ip route get fd09::1
ip addr add fd00:0::7/128 dev v0 nodad
ip route get fd09::1
