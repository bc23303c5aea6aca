# a vrf's own addresses: a loopback of the vrf, pings to itself, 127.0.0.1, sources, statistics, what a route get says
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link set lo up
ip link add va address 02:00:00:00:00:01 type veth peer name eth0 netns a address 02:00:00:00:00:0a
ip link add red type vrf table 10
ip link set red up
ip link set va master red up
ip -n a link set eth0 up
ip addr add 10.0.0.1/24 dev va
ip -n a addr add 10.0.0.2/24 dev eth0
ip addr add 10.9.9.9/32 dev red
ip addr add 127.0.0.1/8 dev red
ip route show table 10
ip route get 10.0.0.1 vrf red
ip route get 10.9.9.9 vrf red
ip route get 10.9.9.9
ip route get fibmatch 10.0.0.2 vrf red
ip route get 10.0.0.2 oif va
ip route get 10.0.0.2 oif red
ip route get 10.0.0.1 from 10.0.0.2 iif va
ip vrf exec red ping -c 1 -W 1 10.0.0.1
ip vrf exec red ping -c 1 -W 1 10.9.9.9
ip vrf exec red ping -c 1 -W 1 127.0.0.1
ping -c 1 -W 1 -I red 10.0.0.1
ping -c 1 -W 1 10.0.0.1
ping -c 1 -W 1 -I 10.9.9.9 10.0.0.2
ip vrf exec red ping -c 1 -W 1 -I 10.9.9.9 10.0.0.2
ip -n a route add 10.9.9.9 via 10.0.0.1
ip netns exec a ping -c 1 -W 1 10.9.9.9
ip netns exec a ping -c 1 -W 1 10.7.7.7
ip vrf exec red ping -c 1 -W 1 10.7.7.7
ip route add vrf red 10.7.7.0/24 via 10.0.0.2
ip route add vrf red blackhole 10.8.0.0/16
ip route show vrf red
ip -4 rule show
ip route add vrf red default via 10.0.0.2
ip vrf exec red ping -c 1 -W 1 10.8.1.1
ip route del vrf red 10.7.7.0/24
ip route show vrf red
ip route flush vrf red
ip route show vrf red
ip route show table 10
