# IPv6 addresses with a peer: added, changed, replaced, deleted
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
ip link add v0 type veth peer name v1
ip link set v1 up
ip link set v0 up addrgenmode none
@sleep 1.5
ip -6 addr add fd00::1 peer fd00::2 dev v0 nodad
ip -6 addr show dev v0
ip -6 route
ip -6 route show table local dev v0
ip -6 addr change fd00::1 peer fd00::3 dev v0
ip -6 addr show dev v0
ip -6 route
ip -6 addr change fd00::1 peer fd00::4/64 dev v0
ip -6 addr show dev v0
ip -6 route
ip -6 addr replace fd00::1/64 dev v0
ip -6 addr show dev v0
ip -6 route
ip -6 addr show dev v0
ip -6 route
ip -6 addr show dev v0
ip -6 addr change fd00::9/64 dev v0
ip -6 addr change fd00::9 peer fd00::8 dev v0
ip -6 addr show dev v0
ip -6 route
ip -6 addr del fd00::1 peer fd00::5 dev v0
ip -6 addr show dev v0
ip -6 route
ip -6 addr del fd00::9/128 dev v0
ip -6 addr show dev v0
ip -6 addr add fd01::1/64 peer fd01::2 dev v0
ip -6 addr add fd01::1/64 peer fd02::2/64 dev v0
ip -6 addr add fd01::1/64 peer fd02::2/48 dev v0
ip -6 addr show dev v0
ip -6 route
ip -6 addr change fd01::1/64 peer fd02::2/48 dev v0 nodad noprefixroute
ip -6 addr show dev v0
ip -6 route
ip -6 addr add fd01::1 peer 10.0.0.1 dev v0
ip -6 addr change peer fd01::9 dev v0
ip -6 addr change fd01::1 peer dev v0
ip addr add 10.0.0.1 peer 10.0.0.2 dev v0
ip addr change 10.0.0.1 peer 10.0.0.3 dev v0
ip -4 addr show dev v0
ip addr replace 10.0.0.1 peer 10.0.0.2/24 dev v0
ip -4 addr show dev v0
