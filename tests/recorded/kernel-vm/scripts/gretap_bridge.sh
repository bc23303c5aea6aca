# gretap: one LAN over GRE, a bridge with a gretap port on each side, key, mtu, TTL, tcpdump, ip tunnel, errors
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
ip netns add ha
ip netns exec ha sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n a link add br0 address 02:00:00:00:01:01 type bridge mcast_snooping 0
ip -n a link set br0 up
ip -n a link add ph address 02:00:00:00:00:b1 type veth peer name eth0 netns ha address 02:00:00:00:00:11
ip -n a link set ph up master br0
ip -n ha link set eth0 up
ip -n ha addr add 192.168.7.1/24 dev eth0
ip -n a link add gt1 address 02:00:00:00:02:01 type gretap local 10.0.0.1 remote 10.0.0.2 key 7
ip -n a link set gt1 up master br0
ip netns add hb
ip netns exec hb sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n b link add br0 address 02:00:00:00:01:02 type bridge mcast_snooping 0
ip -n b link set br0 up
ip -n b link add ph address 02:00:00:00:00:b2 type veth peer name eth0 netns hb address 02:00:00:00:00:12
ip -n b link set ph up master br0
ip -n hb link set eth0 up
ip -n hb addr add 192.168.7.2/24 dev eth0
ip -n b link add gt1 address 02:00:00:00:02:02 type gretap local 10.0.0.2 remote 10.0.0.1 key 7
ip -n b link set gt1 up master br0
ip -n a link show
ip -n a -d -o link show gt1
ip -n a -d -j link show gt1
ip -n a tunnel show
@capture b eth0
@capture b gt1
ip netns exec ha ping -c 1 -W 2 192.168.7.2
@stop
ip -n ha neigh show
bridge -n a fdb show dev gt1
ip netns exec ha ping -c 1 -W 2 -M do -s 1472 192.168.7.2
ip netns exec ha ping -c 1 -W 2 -s 1472 192.168.7.2
ip netns exec ha ping -c 1 -W 2 -M do -s 1430 192.168.7.2
ip netns exec ha ping -c 1 -W 2 -M do -s 1431 192.168.7.2
ip -n a -s link show gt1
ip -n a link set gt1 mtu 1500
ip netns exec ha ping -c 1 -W 2 -s 1472 192.168.7.2
ip -n a link set gt1 type gretap key 8
ip -n a -d -o link show gt1
ip netns exec ha ping -c 1 -W 1 192.168.7.2
ip -n a link set gt1 type gretap key 7 ttl 9 nopmtudisc
ip -n a link set gt1 type gretap ttl 9
ip -n a -d -o link show gt1
ip -n a link set gt1 address 02:00:00:00:02:77
ip -n a link set gt1 address 1.2.3.4
ip -n a link add gt2 type gretap local 10.0.0.1 remote 10.0.0.2 key 8
ip -n a link add gt2 type gretap local 10.0.0.1 remote 10.0.0.2 key 9
ip -n a link add gt3 type gre local 10.0.0.1 remote 10.0.0.2 key 9
ip -n a link add gt4 type gretap key 5
ip -n a link add gt5 type gretap remote 10.0.0.9 mtu 1400
ip -n a link add gt6 type gretap remote 239.1.1.1 local 10.0.0.1
ip -n a link add gt7 type gretap remote 10.0.0.8 seq csum ttl 300
ip -n a link add gt7 type gretap remote 10.0.0.8 seq csum ttl 30 tos 0x10 dev eth0
ip -n a -d -o link show gt7
ip -n a tunnel show gt7
ip -n a tunnel del gt7
ip -n a link set gt2 up
ip -n b link add gt2 type gretap local 10.0.0.2 remote 10.0.0.1 key 9
ip -n b link set gt2 up
ip -n a addr add 172.30.0.1/24 dev gt2
ip -n b addr add 172.30.0.2/24 dev gt2
@capture b eth0
ip netns exec a ping -c 1 -W 2 -M do -s 1400 172.30.0.2
@stop
ip netns exec a ping -c 1 -W 2 -M do -s 1431 172.30.0.2
ip -n a link del gretap0
ip -n a link set gretap0 up
ip -n a -br link
