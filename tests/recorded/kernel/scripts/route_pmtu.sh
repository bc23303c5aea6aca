# Path MTUs that were learned, when the route that they hang on is deleted, replaced or changes
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
ip route add 10.9.0.0/16 via 10.0.0.2
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1
ip route get 10.9.0.2
ip route add 10.9.0.1/32 via 10.0.0.2
ip route get 10.9.0.1
ip route del 10.9.0.1/32
ip route get 10.9.0.1
ip route del 10.9.0.0/16
ip route get 10.9.0.1
ip route add 10.9.0.0/16 via 10.0.0.2
ip route get 10.9.0.1
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1
ip route replace 10.9.0.0/16 via 10.0.0.2
ip route get 10.9.0.1
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip route replace 10.9.0.0/16 via 10.0.1.2
ip route get 10.9.0.1
ip route replace 10.9.0.0/16 via 10.0.0.2
ip route get 10.9.0.1
ip route change 10.9.0.0/16 via 10.0.0.2 mtu 1450
ip route get 10.9.0.1
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1
ip route add 10.8.0.0/16 via 10.0.0.2 mtu 1450
ip route del 10.9.0.0/16
ip route add 10.9.0.0/16 via 10.0.0.2 mtu 1450
ip route get 10.9.0.1
ip route flush cache
ip route get 10.9.0.1
ping -c 1 -W 1 -s 1430 -M do 10.9.0.1
ip route get 10.9.0.1
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1
ip route flush 10.9.0.0/16
ip route add 10.9.0.0/16 via 10.0.0.2
ip route get 10.9.0.1
ping -c 1 -W 1 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1
ip link set v0 down
ip link set v0 up
ip route add 10.9.0.0/16 via 10.0.0.2
ip route get 10.9.0.1
ping -c 1 -W 2 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1
ip link set v0 mtu 1400
ip route get 10.9.0.1
ip link set v0 mtu 1500
ip route get 10.9.0.1
ip link set v0 mtu 1200
ip route get 10.9.0.1
ip link set v0 mtu 1500
ip route get 10.9.0.1
ip route flush cache
ping -c 1 -W 2 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1
ip addr add 10.0.0.7/32 dev v0
ip route get 10.9.0.1
ip addr del 10.0.0.1/24 dev v0
ip addr add 10.0.0.1/24 dev v0
ip route add 10.9.0.0/16 via 10.0.0.2
ip route get 10.9.0.1
ip route append 10.9.0.0/16 via 10.0.1.2
ping -c 1 -W 2 -s 1400 -M do 10.9.0.1
ip route get 10.9.0.1
ip route del 10.9.0.0/16 via 10.0.0.2
ip route get 10.9.0.1
ip route prepend 10.9.0.0/16 via 10.0.0.2
ip route get 10.9.0.1
