# 802.3ad where only one of two cables has a LACP partner, then none: which aggregator is used, min_links, lacp_active off, ad_select
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 netns b address 02:00:00:00:00:b1
ip link add e2 address 02:00:00:00:00:02 type veth peer name p2 netns b address 02:00:00:00:00:b2
ip -n b link set p1 up
ip -n b link set p2 up
ip link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast
ip link set e1 master bond0
ip link set e2 master bond0
ip link set bond0 up
ip addr add 10.0.0.1/24 dev bond0
ip -n b addr add 10.0.0.2/24 dev p1
@sleep 5
cat /proc/net/bonding/bond0
ip -d -o link show bond0
ip -d -o link show e1
ip -d -o link show e2
ping -c 1 -W 1 10.0.0.2
ip -n b addr del 10.0.0.2/24 dev p1
ip -n b addr add 10.0.0.2/24 dev p2
ip neigh flush dev bond0
ping -c 1 -W 1 10.0.0.2
ip -n b addr del 10.0.0.2/24 dev p2
ip -n b link set p2 down
@sleep 0.5
ip -n b link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast
ip -n b link set p2 master bond0
ip -n b link set bond0 up
ip -n b addr add 10.0.0.2/24 dev bond0
@sleep 5
grep -A 6 "Active Aggregator" /proc/net/bonding/bond0
ip -d -o link show e1
ip -d -o link show e2
ip neigh flush dev bond0
ping -c 1 -W 1 10.0.0.2
ip link set bond0 type bond min_links 2
ip -o link show bond0
@sleep 1
ip -o link show bond0
ping -c 1 -W 1 10.0.0.2
ip link set bond0 type bond min_links 1
@sleep 1
ip -o link show bond0
ip -n b link set p2 down
@sleep 0.5
@sleep 3
grep -A 6 "Active Aggregator" /proc/net/bonding/bond0
ip -n b link set p1 down
@sleep 1
ip -o link show bond0
grep -A 6 "Active Aggregator" /proc/net/bonding/bond0
