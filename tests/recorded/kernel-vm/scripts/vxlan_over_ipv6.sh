# vxlan over IPv6: remote, local, mtu, checksums, label, head-end copies, a group of IPv6, errors of mixed families
ip netns add a
ip netns add b
ip netns add c
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name pa address 02:00:00:00:00:a1
ip link add eth0 netns b address 02:00:00:00:00:02 type veth peer name pb address 02:00:00:00:00:a2
ip link add eth0 netns c address 02:00:00:00:00:03 type veth peer name pc address 02:00:00:00:00:a3
ip link set pa up master br0
ip link set pb up master br0
ip link set pc up master br0
ip -n a link set eth0 up
ip -n b link set eth0 up
ip -n c link set eth0 up
ip -n a addr add 2001:db8::1/64 dev eth0 nodad
ip -n b addr add 2001:db8::2/64 dev eth0 nodad
ip -n c addr add 2001:db8::3/64 dev eth0 nodad
@sleep 4
ip -n a link add vx0 address 02:00:00:00:02:01 type vxlan id 6 remote 2001:db8::2 local 2001:db8::1 dev eth0 dstport 4789
ip -n b link add vx0 address 02:00:00:00:02:02 type vxlan id 6 remote 2001:db8::1 dstport 4789
ip -n a -d -o link show vx0
ip -n b -d -o link show vx0
ip -n a -d -j link show vx0
ip netns exec a sysctl -qw net.ipv6.conf.vx0.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv6.conf.vx0.disable_ipv6=1
ip -n a addr add 172.16.0.1/24 dev vx0
ip -n b addr add 172.16.0.2/24 dev vx0
ip -n a link set vx0 up
ip -n b link set vx0 up
@sleep 3
@capture b eth0
ip netns exec a ping -c 1 -W 2 172.16.0.2
@stop
bridge -n a fdb show dev vx0
bridge -n b fdb show dev vx0
ip netns exec a ping -c 1 -W 2 -s 1402 -M do 172.16.0.2
ip netns exec a ping -c 1 -W 2 -s 1403 -M do 172.16.0.2
ip netns exec b ping -c 1 -W 2 -s 1422 172.16.0.1
ip -n a link set vx0 mtu 1431
ip -n b link set vx0 mtu 1500
ip -n a link add vg address 02:00:00:00:03:01 type vxlan id 7 group ff05::100 dev eth0 dstport 4789
ip -n b link add vg address 02:00:00:00:03:02 type vxlan id 7 group ff05::100 dev eth0 dstport 4789
ip -n c link add vg address 02:00:00:00:03:03 type vxlan id 7 group ff05::100 dev eth0 dstport 4789
ip netns exec a sysctl -qw net.ipv6.conf.vg.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv6.conf.vg.disable_ipv6=1
ip netns exec c sysctl -qw net.ipv6.conf.vg.disable_ipv6=1
ip -n a addr add 172.17.0.1/24 dev vg
ip -n c addr add 172.17.0.3/24 dev vg
@capture b eth0
ip -n a link set vg up
@sleep 3
@stop
ip -n b link set vg up
ip -n c link set vg up
@sleep 3
ip -n a maddr show dev eth0
ip -n a -d -o link show vg
bridge -n a fdb show dev vg
@capture b eth0
ip netns exec a ping -c 1 -W 2 172.17.0.3
@stop
bridge -n a fdb show dev vg
bridge -n a fdb append 00:00:00:00:00:00 dst 2001:db8::3 dev vx0
bridge -n a fdb append 00:00:00:00:00:00 dst 10.0.0.3 dev vx0
bridge -n a fdb show dev vx0
ip -n a link add vx1 type vxlan id 8 remote 2001:db8::2 local 10.0.0.1 dstport 4789
ip -n a link add vx1 type vxlan id 6 remote 2001:db8::2 dstport 4789
ip -n a link add vx1 type vxlan id 6 remote 10.0.0.2 dstport 4789
ip -n a link add vx2 type vxlan id 9 remote fe80::1 dstport 4789
ip -n a link add vx2 type vxlan id 9 remote fe80::1 dev eth0 dstport 4789 noudpcsum udp6zerocsumtx udp6zerocsumrx flowlabel 0x12345 ttl 9 tos 0x10
ip -n a -d -o link show vx2
ip -n a link set vx0 type vxlan remote 10.0.0.2
ip -n a link set vx0 type vxlan remote 2001:db8::3
bridge -n a fdb show dev vx0
ip -n a route get 2001:db8::3
ip netns exec a ss -ulnp
ip netns exec a ss -6 -uan
