# geneve: two end points, ttl, tos, ports, checksums, mtu, bridged hosts, changes, errors
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip -n a link set eth0 up
ip -n b link set eth0 up
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n b addr add 10.0.0.2/24 dev eth0
ip -n a link add gn0 address 02:00:00:00:02:01 type geneve id 1000 remote 10.0.0.2
ip -n b link add gn0 address 02:00:00:00:02:02 type geneve id 1000 remote 10.0.0.1
ip -n a link set gn0 up
ip -n b link set gn0 up
ip -n a addr add 172.16.0.1/24 dev gn0
ip -n b addr add 172.16.0.2/24 dev gn0
ip -n a -d -j link show gn0
@capture b eth0
@capture b gn0
ip netns exec a ping -c 1 -W 2 172.16.0.2
@stop
ip netns exec a ping -c 1 -W 2 -M do -s 1422 172.16.0.2
ip netns exec a ping -c 1 -W 2 -M do -s 1423 172.16.0.2
ip -n a link set gn0 mtu 1500
ip netns exec a ping -c 1 -W 2 -s 1472 172.16.0.2
ip netns exec a ping -c 1 -W 2 -M do -s 1472 172.16.0.2
ip netns exec a ping -c 1 -W 2 -M do -s 1472 172.16.0.2
ip -n a -s link show gn0
ip -n a link set gn0 type geneve ttl 7 tos 0x10 df set
ip -n a -d -o link show gn0
ip -n a link set gn0 type geneve id 1001
ip -n a link set gn0 type geneve id 1000
ip -n a link set gn0 type geneve remote 10.0.0.3
ip -n a -d -o link show gn0
ip netns exec a ping -c 1 -W 1 172.16.0.2
ip -n a link set gn0 type geneve remote 10.0.0.2
ip -n a link set gn0 type geneve dstport 7777
@capture b eth0
ip netns exec a ping -c 1 -W 2 172.16.0.2
@stop
ip -n a link add gn1 type geneve id 1000 remote 10.0.0.2
ip -n a link add gn1 type geneve id 1000 remote 10.0.0.2 dstport 7777
ip -n a link add gn2 type geneve id 1000 remote 10.0.0.9
ip -n a link add gn3 type geneve id 16777216 remote 10.0.0.2
ip -n a link add gn3 type geneve id 5 remote 10.0.0.2 ttl 256
ip -n a link add gn3 type geneve id 5 remote 239.1.1.1
ip -n a link add gn3 type geneve id 5 remote nosuch
ip -n a link add gn3 type geneve id 5 remote 10.0.0.2 ttl inherit tos inherit df inherit noudpcsum flowlabel 0x123
ip -n a link add gn3 type geneve id 5 remote 10.0.0.2 ttl inherit tos inherit df inherit udpcsum
ip -n a -d -o link show gn3
ip -n a link add gn4 type geneve external
ip -n a link add gn5 type geneve id 5 remote 10.0.0.2 external
ip -n a link add gn6 type geneve id 6 remote 2001:db8::1 udp6zerocsumtx udp6zerocsumrx
ip -n a -d -o link show gn6
ip -n a link add gn7 type geneve id 7 remote fe80::1
ip -n a link add gn8 type geneve id 8 remote 10.0.0.2 bogus
ip -n a link add type geneve id 9 remote 10.0.0.2
ip -n a -br link
ip -n b link set gn0 down
@capture a eth0
ip netns exec a ping -c 1 -W 1 172.16.0.2
@stop
ip -n b link del gn0
ip netns exec a ss -uan
ip -n a link set gn0 mtu 65486
ip -n a link set gn0 mtu 9000
bridge -n a fdb show dev gn0
bridge -n a fdb add 02:00:00:00:00:99 dst 10.0.0.2 dev gn0
