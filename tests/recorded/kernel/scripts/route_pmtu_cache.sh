# Path MTUs of both families in the cache: shown, flushed; and a route with a locked MTU
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
ip addr add 10.0.0.1/24 dev v0
ip -n r addr add 10.0.0.2/24 dev eth0
ip -n r addr add 10.1.0.1/24 dev eth1
ip -n h addr add 10.1.0.2/24 dev eth0
ip -n h addr add 10.9.0.1/32 dev lo
ip -n h route add default via 10.1.0.1
ip -n r route add 10.9.0.0/16 via 10.1.0.2
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip route add 10.9.0.0/16 via 10.0.0.2
ip route add fd09::/16 via fd00::2
ping -c 1 -W 1 -s 1400 -M do fd09::1
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip route show cache
ip -6 route show cache
ip -6 route list cached
ip route flush cache
ip route get fd09::1
ip route get 10.9.0.1
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip -s route flush cache
ip -6 route flush cache
ip route get 10.9.0.1
ip route get fd09::1
ip -s -6 route flush cache
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip -6 route show cache
ip -s -6 route flush cache
ip route get fd09::1
ip -4 route flush cache
ip route replace 10.9.0.0/16 via 10.0.0.2 mtu lock 1450
ip route replace fd09::/16 via fd00::2 mtu lock 1450
ip route show 10.9.0.0/16
ip -6 route show fd09::/16
ip route get 10.9.0.1
ip route get fd09::1
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ping -c 1 -W 1 -s 1400 -M do fd09::1
ip route get 10.9.0.1
ip route get fd09::1
@capture - v0
ping -c 1 -W 1 -s 1400 10.9.0.1
ping -c 1 -W 1 -s 100 10.9.0.1
ping -c 1 -W 1 -s 1440 10.9.0.1
ping -c 1 -W 1 -s 1440 -M do 10.9.0.1
ping -c 1 -W 1 -s 1400 fd09::1
@stop
ip route replace 10.9.0.0/16 via 10.0.0.2 mtu 1450
ip route get 10.9.0.1
ip route del 10.9.0.0/16 via 10.0.0.2 mtu lock 1450
ip route del 10.9.0.0/16 via 10.0.0.2 mtu 1450
ip route show 10.9.0.0/16
ip route replace 10.9.0.0/16 via 10.0.0.2 mtu 70000
ip route show 10.9.0.0/16
