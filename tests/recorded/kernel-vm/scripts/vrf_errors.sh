# vrf errors: missing tables, lo, vrf in vrf, bridge ports and back, moving and renaming, deletion with slaves, the rule
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip vrf
ip vrf show nosuch
ip link add r1 type vrf
ip link add r1 type vrf table 0
ip link add r1 type vrf table nosuch
ip link add r1 type vrf foo
ip link add red type vrf table 10
ip link add red type vrf table 11
ip link add same type vrf table 10
ip link set lo master red
ip link set same master red
ip link add v0 type veth peer name v1
ip link add br0 type bridge
ip link set v0 master br0
ip link set v0 master red
ip -br link show master red
ip link set v0 master br0
ip -br link show master br0
ip link set br0 master red
ip -br link show vrf red
ip link set v0 vrf red
ip link set v0 vrf nosuch
ip link set v0 nomaster
ip link set red type vrf table 30
ip vrf show red
ip vrf
ip vrf exec
ip vrf exec red
ip vrf exec nosuch true
ip vrf exec red nosuchprogram
ip vrf foo
ip vrf identify
ip addr show vrf nosuch
ip route show vrf nosuch
ip route show vrf red
ip route add 10.0.0.0/8 dev v1 vrf nosuch
ip route get 10.0.0.1 vrf nosuch
ip neigh show vrf nosuch
ip rule
ip rule add l3mdev pref 900
ip rule add l3mdev table 5
ip rule add from 10.0.0.0/8 l3mdev pref 800
ip rule
ip -j rule show pref 1000
ip rule del pref 1000
ip rule del l3mdev
ip rule
ip link del red
ip -br link show br0
ip vrf
ip link set same name blue
ip vrf show
