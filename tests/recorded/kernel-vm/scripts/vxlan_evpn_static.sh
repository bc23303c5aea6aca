# EVPN by hand: nolearning, static fdb and neighbours, proxy answers ARP, l2miss and l3miss, what is refused
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name pa address 02:00:00:00:00:a1
ip -n a link set eth0 up
ip link set pa up master br0
ip -n a addr add 10.0.0.1/24 dev eth0
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns b address 02:00:00:00:00:02 type veth peer name pb address 02:00:00:00:00:a2
ip -n b link set eth0 up
ip link set pb up master br0
ip -n b addr add 10.0.0.2/24 dev eth0
ip -n a link add vx0 address 02:00:00:00:02:01 type vxlan id 100 dstport 4789 local 10.0.0.1 nolearning proxy l2miss l3miss
ip -n b link add vx0 address 02:00:00:00:02:02 type vxlan id 100 dstport 4789 local 10.0.0.2 nolearning
ip -n a -d -o link show vx0
ip -n a -d -j link show vx0
ip -n a link set vx0 up
ip -n b link set vx0 up
ip -n a addr add 172.16.0.1/24 dev vx0
ip -n b addr add 172.16.0.2/24 dev vx0
bridge -n b fdb add 02:00:00:00:02:01 dev vx0 dst 10.0.0.1
@capture b eth0
@capture a vx0
ip netns exec a ping -c 1 -W 2 172.16.0.2
@stop
ip -n a neigh show
bridge -n a fdb add 02:00:00:00:02:02 dev vx0 dst 10.0.0.2
ip netns exec a ping -c 1 -W 2 172.16.0.2
ip -n a neigh flush all
ip -n a neigh replace 172.16.0.2 lladdr 02:00:00:00:02:02 dev vx0 nud permanent
ip -n b neigh replace 172.16.0.1 lladdr 02:00:00:00:02:01 dev vx0 nud permanent
@capture b eth0
ip netns exec a ping -c 1 -W 2 172.16.0.2
@stop
bridge -n a fdb show dev vx0
ip -n a -s link show vx0
bridge -n a fdb del 02:00:00:00:02:02 dev vx0
ip netns exec a ping -c 1 -W 1 172.16.0.2
ip -n a -s link show vx0
ip -n a link set vx0 type vxlan noproxy
ip -n a link set vx0 type vxlan nol2miss
ip -n a link set vx0 type vxlan learning
ip -n a -d -o link show vx0
# behind a bridge: the proxy answers for a neighbour that the vxlan device knows
ip netns add h
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n a link add br1 type bridge mcast_snooping 0
ip -n a link set br1 up
ip -n a link add ph address 02:00:00:00:00:b1 type veth peer name eth0 netns h address 02:00:00:00:00:11
ip -n a link set ph up master br1
ip -n a addr flush dev vx0
ip -n a link set vx0 master br1
ip -n h link set eth0 up
ip -n h addr add 172.16.0.9/24 dev eth0
bridge -n b fdb add 02:00:00:00:00:11 dev vx0 dst 10.0.0.1
ip -n b neigh replace 172.16.0.9 lladdr 02:00:00:00:00:11 dev vx0 nud permanent
ip netns exec h ping -c 1 -W 1 172.16.0.2
ip -n a neigh replace 172.16.0.2 lladdr 02:00:00:00:02:02 dev vx0 nud permanent
bridge -n a fdb replace 02:00:00:00:02:02 dev vx0 dst 10.0.0.2
@capture b eth0
@capture h eth0
ip netns exec h ping -c 1 -W 2 172.16.0.2
@stop
ip -n h neigh show
ip -n a neigh show
ip -n h neigh flush all
ip netns exec h ping -c 1 -W 1 172.16.0.77
ip -n a -s link show vx0
bridge -n a fdb show
