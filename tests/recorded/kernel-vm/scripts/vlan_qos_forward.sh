# the priority of a tag: from ingress-qos-map over a bridge into egress-qos-map, reset by routing to that of the TOS; /proc/net/vlan/NAME; reorder_hdr off in tcpdump
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name s1 address 02:00:00:00:00:a1
ip link add eth0 netns b address 02:00:00:00:00:02 type veth peer name s2 address 02:00:00:00:00:a2
ip -n a link set eth0 up
ip -n b link set eth0 up
ip link set s1 up
ip link set s2 up
ip -n a link add link eth0 name v5 type vlan id 5 egress-qos-map 0:3
ip -n a link set v5 up
ip -n a addr add 10.0.5.1/24 dev v5
ip -n b link add link eth0 name v6 type vlan id 6 reorder_hdr off
ip -n b link set v6 up
ip -n b addr add 10.0.5.2/24 dev v6
ip link add link s1 name s1.5 type vlan id 5 ingress-qos-map 3:6
ip link add link s2 name s2.6 type vlan id 6 egress-qos-map 6:7 0:1 22:2
ip link add br0 type bridge mcast_snooping 0
ip link set s1.5 master br0
ip link set s2.6 master br0
ip link set s1.5 up
ip link set s2.6 up
ip link set br0 up
@capture b eth0
ip netns exec a ping -c 1 -W 2 10.0.5.2
@stop
@capture b v6
ip netns exec a ping -c 1 -W 2 10.0.5.2
@stop
cat /proc/net/vlan/s1.5
cat /proc/net/vlan/s2.6 | tail -n 3
ip netns exec b cat /proc/net/vlan/v6
ip link set s1.5 nomaster
ip link set s2.6 nomaster
ip addr add 10.0.5.254/24 dev s1.5
ip addr add 10.0.6.254/24 dev s2.6
ip -n b addr add 10.0.6.2/24 dev v6
ip -n b addr del 10.0.5.2/24 dev v6
ip -n b route add 10.0.5.0/24 via 10.0.6.254
ip -n a route add default via 10.0.5.254
sysctl -qw net.ipv4.ip_forward=1
ip -n b neigh flush dev v6
@capture b eth0
ip netns exec a ping -c 1 -W 2 10.0.6.2
ip netns exec a ping -c 1 -W 2 -Q 0x10 10.0.6.2
@stop
ip -d -j link show s2.6
ip link set s2.6 type vlan egress-qos-map 6:0 0:9 ingress-qos-map 9:5
ip -d -o link show s2.6
ip link set s2.6 type vlan egress-qos-map a:1
ip link set s2.6 type vlan egress-qos-map 1:
ip link set s2.6 type vlan egress-qos-map
ip link set s2.6 type vlan reorder_hdr off
ip -d -o link show s2.6
