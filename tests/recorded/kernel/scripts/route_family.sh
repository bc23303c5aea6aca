# ip route without -6: the family follows the addresses
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
@sleep 2
ip addr add 10.0.0.1/24 dev v0
ip addr add fd01::2/64 dev v0 nodad
ip route add default via fd01::1
ip route show
ip -6 route show default
ip route add fd02::/64 via fd01::1
ip route add fd03::/64 dev v0
ip -6 route show fd03::/64
ip route get fd02::1
ip route del fd02::/64
ip route replace fd02::/64 via fd01::3
ip -6 route show fd02::/64
ip route del fd02::/64 via fd01::3
ip route add 10.9.0.0/16 via fd01::1
ip route add 10.9.0.0/16 via inet6 fd01::1
ip route show
ip route del default via fd01::1
ip -6 route show default
ip route add default via 10.0.0.9
ip -6 route add default via 10.0.0.9
ip -4 route add default via fd01::1
ip route add fd05::/64 via 10.0.0.9
ip route show fd01::/64
ip route flush fd03::/64
ip -6 route show fd03::/64
ip addr add fd09::1/64 dev v0
ip addr del fd09::1/64 dev v0
ip neigh add fd01::9 lladdr 02:00:00:00:00:09 dev v0
ip neigh show fd01::9
ip neigh del fd01::9 dev v0
ip rule add from fd01::/64 table 100
ip -6 rule
ip rule del from fd01::/64 table 100
ip route add blackhole fd07::/64
ip route add unreachable default
ip route show table all type blackhole
ip -6 route show type blackhole
ip route add local fd08::/64 dev lo
