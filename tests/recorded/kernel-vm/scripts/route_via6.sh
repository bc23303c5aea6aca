# IPv4 routes by IPv6 next hops (RFC 5549): neighbours, packets, forms, errors
sysctl -qw net.ipv4.ip_forward=0
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip link set lo up
ip -n b link set eth0 up
ip -n b link set lo up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
sysctl -qw net.ipv6.conf.v0.addr_gen_mode=0
ip -n b addr add 10.9.0.1/32 dev lo
ip -n b addr add 10.9.0.2/32 dev lo
ip addr add 10.8.0.1/32 dev lo
ip addr add fd00::1/64 dev v0 nodad
ip -n b addr add fd00::2/64 dev eth0 nodad
@sleep 3
ip route add 10.9.0.1 via inet6 fe80::ff:fe00:2 dev v0 src 10.8.0.1
ip -n b route add 10.8.0.1 via inet6 fe80::ff:fe00:1 dev eth0
ip route add 10.9.0.2 via inet6 fd00::2
ip route
ip -d route show 10.9.0.1
ip -j route show 10.9.0.1
ip route get 10.9.0.1
ip -j route get 10.9.0.1
ip route get 10.9.0.1 from 10.0.0.1
@capture - v0
ping -c 2 10.9.0.1
ping -c 1 10.9.0.2
@stop
ip neigh
ip -6 neigh
ip -n b -6 neigh
ip -n b neigh
ip route add 10.10.0.0/24 via inet6 fe80::99 dev v0
@capture - v0
ping -c 1 -W 4 10.10.0.1
@stop
ip -6 neigh show fe80::99
ip route add 10.11.0.0/24 via inet6 fe80::1
ip route add 10.11.0.0/24 via inet6 fd77::1
ip route add 10.11.0.0/24 via inet6 10.0.0.2
ip route add 10.11.0.0/24 via inet 10.0.0.2
ip route add 10.11.1.0/24 via inet fe80::1 dev v0
ip route add 10.11.1.0/24 via inet6 fd00::1
ip route add 10.11.1.0/24 via inet6 ff02::1 dev v0
ip route add 10.11.1.0/24 via inet6 ::
ip route add 10.11.1.0/24 via inet6
ip route add 10.11.1.0/24 via nosuch 10.0.0.2
ip route add 10.11.2.0/24 via inet6 fd77::1 dev v0 onlink
ip route add 10.11.3.0/24 nexthop via inet6 fe80::2 dev v0 weight 2 nexthop via 10.0.0.2 weight 1
ip route add 10.11.4.0/24 via fe80::1 dev v0
ip -6 route add fd09::/64 via inet 10.0.0.2
ip -6 route add fd09::/64 via inet6 fd00::2
ip route add 10.11.5.0/24 via inet6 fe80::2 dev lo
ip route add 10.11.6.0/24 via inet6 fe80::2 dev nosuch
ip route
ip -j route show 10.11.3.0/24
ip route show via inet6 fe80::2
ip route show via fe80::2
ip route show via 10.0.0.2
ip route del 10.11.2.0/24 via inet6 fd77::2
ip route del 10.11.2.0/24 via inet6 fd77::1
ip route del 10.9.0.2 via 10.0.0.2
ip route replace 10.9.0.2 via 10.0.0.2
ip route show 10.9.0.2
ip route del 10.11.3.0/24 nexthop via inet6 fe80::2 dev v0 nexthop via 10.0.0.2
sysctl -qw net.ipv6.conf.v0.disable_ipv6=1
ip route
ip route add 10.12.0.0/24 via inet6 fe80::1 dev v0
sysctl -qw net.ipv6.conf.v0.disable_ipv6=0
ip route
ip link set v0 down
ip route
ip link set v0 up
ip route
# a router that forwards to an IPv6 next hop
ip netns add r
ip link add w0 address 02:00:00:00:00:03 type veth peer name eth0 netns r address 02:00:00:00:00:04
ip link set w0 up
ip -n r link set eth0 up
ip -n r addr add 10.20.0.2/24 dev eth0
ip addr add 10.20.0.1/24 dev w0
ip -n r route add default via 10.20.0.1
sysctl -qw net.ipv4.ip_forward=1
@sleep 3
ip -n b route add 10.20.0.0/24 via inet6 fe80::ff:fe00:1 dev eth0
ip route replace 10.9.0.1 via inet6 fe80::ff:fe00:2 dev v0
@capture - v0
ip netns exec r ping -c 2 10.9.0.1
ip netns exec r traceroute -n -w 1 10.9.0.1
@stop
ip route get 10.9.0.1 from 10.20.0.2 iif w0
