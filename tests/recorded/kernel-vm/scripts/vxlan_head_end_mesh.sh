# vxlan without a group: a full mesh of three, head-end replication by entries of all zeros, learning, nolearning with static entries
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name pa address 02:00:00:00:00:a1
ip -n a link set eth0 up
ip link set pa up master br0
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n a link add vxlan100 address 02:00:00:00:02:01 type vxlan id 100 dstport 4789 local 10.0.0.1
ip -n a link set vxlan100 up
ip -n a addr add 192.168.100.1/24 dev vxlan100
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns b address 02:00:00:00:00:02 type veth peer name pb address 02:00:00:00:00:a2
ip -n b link set eth0 up
ip link set pb up master br0
ip -n b addr add 10.0.0.2/24 dev eth0
ip -n b link add vxlan100 address 02:00:00:00:02:02 type vxlan id 100 dstport 4789 local 10.0.0.2
ip -n b link set vxlan100 up
ip -n b addr add 192.168.100.2/24 dev vxlan100
ip netns add c
ip netns exec c sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns c address 02:00:00:00:00:03 type veth peer name pc address 02:00:00:00:00:a3
ip -n c link set eth0 up
ip link set pc up master br0
ip -n c addr add 10.0.0.3/24 dev eth0
ip -n c link add vxlan100 address 02:00:00:00:02:03 type vxlan id 100 dstport 4789 local 10.0.0.3
ip -n c link set vxlan100 up
ip -n c addr add 192.168.100.3/24 dev vxlan100
ip netns exec a ping -c 1 -W 1 192.168.100.2
bridge -n a fdb append 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.2
bridge -n a fdb append 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.3
bridge -n b fdb append 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.1
bridge -n b fdb append 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.3
bridge -n c fdb append 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.1
bridge -n c fdb append 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.2
bridge -n a fdb append 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.3
bridge -n a fdb add 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.3
bridge -n a fdb show dev vxlan100
@capture c eth0
ip netns exec a ping -c 1 -W 2 192.168.100.2
@stop
bridge -n a fdb show dev vxlan100
bridge -n b fdb show dev vxlan100
bridge -n c fdb show dev vxlan100
ip netns exec c ping -c 1 -W 2 192.168.100.2
bridge -n b fdb del 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.3
bridge -n b fdb del 00:00:00:00:00:00 dev vxlan100 dst 10.0.0.9
bridge -n b fdb show dev vxlan100
ip -n b -s link show vxlan100
ip -n c link set vxlan100 type vxlan nolearning
ip -n c -d -o link show vxlan100
ip -n c neigh flush all
bridge -n c fdb del 02:00:00:00:02:01 dev vxlan100
bridge -n c fdb del 02:00:00:00:02:01 dev vxlan100
bridge -n c fdb show dev vxlan100
ip netns exec c ping -c 1 -W 2 192.168.100.1
bridge -n c fdb show dev vxlan100
bridge -n c fdb add 02:00:00:00:02:01 dev vxlan100 dst 10.0.0.2
ip netns exec c ping -c 1 -W 1 192.168.100.1
bridge -n c fdb replace 02:00:00:00:02:01 dev vxlan100 dst 10.0.0.1
ip netns exec c ping -c 1 -W 1 192.168.100.1
bridge -n c fdb show dev vxlan100
bridge -n c fdb append 02:00:00:00:02:01 dev vxlan100 dst 10.0.0.2
bridge -n c fdb flush dev vxlan100
bridge -n c fdb show dev vxlan100
