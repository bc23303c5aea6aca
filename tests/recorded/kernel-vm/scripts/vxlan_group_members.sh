# vxlan to a group: three members, joins and leaves on the device below, learning, a new group, ageing, errors
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name pa address 02:00:00:00:00:a1
ip -n a link set eth0 up
ip link set pa up master br0
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n a link add vx0 address 02:00:00:00:02:01 type vxlan id 42 group 239.1.1.1 dev eth0 dstport 4789 ttl 4
ip -n a addr add 172.16.0.1/24 dev vx0
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns b address 02:00:00:00:00:02 type veth peer name pb address 02:00:00:00:00:a2
ip -n b link set eth0 up
ip link set pb up master br0
ip -n b addr add 10.0.0.2/24 dev eth0
ip -n b link add vx0 address 02:00:00:00:02:02 type vxlan id 42 group 239.1.1.1 dev eth0 dstport 4789 ttl 4
ip -n b addr add 172.16.0.2/24 dev vx0
ip netns add c
ip netns exec c sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns c address 02:00:00:00:00:03 type veth peer name pc address 02:00:00:00:00:a3
ip -n c link set eth0 up
ip link set pc up master br0
ip -n c addr add 10.0.0.3/24 dev eth0
ip -n c link add vx0 address 02:00:00:00:02:03 type vxlan id 42 group 239.1.1.1 dev eth0 dstport 4789 ttl 4
ip -n c addr add 172.16.0.3/24 dev vx0
ip -n a maddr show dev eth0
@capture b eth0
ip -n a link set vx0 up
@sleep 3
@stop
ip -n a maddr show dev eth0
ip -n b link set vx0 up
ip -n c link set vx0 up
@sleep 3
@capture c eth0
ip netns exec a ping -c 1 -W 2 172.16.0.2
@stop
bridge -n a fdb show dev vx0
bridge -n c fdb show dev vx0
ip netns exec c ping -c 1 -W 2 172.16.0.1
bridge -n c fdb show dev vx0
ip -n a -s link show vx0
ip -n a link add vx1 type vxlan id 43 group 239.1.1.1 dev eth0 dstport 4789
ip -n a link set vx1 up
ip -n a maddr show dev eth0
@capture b eth0
ip -n a link set vx0 down
ip -n a maddr show dev eth0
ip -n a link set vx1 down
@sleep 3
@stop
ip -n a maddr show dev eth0
bridge -n a fdb show dev vx0
ip -n a link set vx0 type vxlan group 239.1.1.2 dev eth0
bridge -n a fdb show dev vx0
ip -n a link set vx0 up
ip -n a maddr show dev eth0
ip netns exec a ping -c 1 -W 1 172.16.0.2
bridge -n a fdb append 00:00:00:00:00:00 dst 10.0.0.2 dev vx0
bridge -n a fdb show dev vx0
ip netns exec a ping -c 1 -W 2 172.16.0.2
ip -n a link add vx2 type vxlan id 42 group 239.9.9.9 dev eth0 dstport 4789
ip -n a link add vx2 type vxlan id 44 group 10.0.0.2 dev eth0 dstport 4789
ip -n a link add vx2 type vxlan id 44 remote 239.1.1.1 dev eth0 dstport 4789
ip -n a link add vx2 type vxlan id 44 group 239.1.1.1 remote 10.0.0.2 dev eth0 dstport 4789
ip -n a link add vx2 type vxlan id 44 group 239.1.1.1 dev nosuch dstport 4789
ip -n a link add vx2 type vxlan id 44 group 239.1.1.1 local ::1 dev eth0 dstport 4789
ip -n a link add vx2 type vxlan id 44 group 239.1.1.1 dev eth0 dstport 4789 external
ip -n a link add vx2 type vxlan id 44 dstport 4789 vnifilter
bridge -n a fdb add 02:00:00:00:09:01 dst 239.1.1.1 dev vx0
bridge -n a fdb add 02:00:00:00:09:02 dst ::1 dev vx0
bridge -n a fdb add 02:00:00:00:09:03 dev vx0
bridge -n a fdb replace 00:00:00:00:00:00 dst 10.0.0.3 dev vx0
bridge -n a fdb del 00:00:00:00:00:00 dst 239.1.1.2 dev vx0
bridge -n a fdb del 00:00:00:00:00:00 dst 239.1.1.2 via eth0 dev vx0
bridge -n a fdb show dev vx0
ip -n a link del eth0
ip -n a -br link
