# 802.3ad between two hosts with two cables: what both sides know of each other, LACPDUs, a cable without carrier, fast and slow rates
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 netns b address 02:00:00:00:00:b1
ip link add e2 address 02:00:00:00:00:02 type veth peer name p2 netns b address 02:00:00:00:00:b2
ip link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast
ip link set e1 master bond0
ip link set e2 master bond0
ip -n b link add bond0 type bond mode 802.3ad miimon 100
ip -n b link set p1 master bond0
ip -n b link set p2 master bond0
@capture b p1
ip link set bond0 up
ip -n b link set bond0 up
ip addr add 10.0.0.1/24 dev bond0
ip -n b addr add 10.0.0.2/24 dev bond0
@sleep 6
@stop
ip -o link
cat /proc/net/bonding/bond0
ip netns exec b cat /proc/net/bonding/bond0
ip -d -o link show bond0
ip -d -o link show e1
ip -n b -d -o link show bond0
ip -n b -d -o link show p2
ping -c 1 -W 2 10.0.0.2
ip -n b link set p1 down
@sleep 1
ip -o link show e1
cat /proc/net/bonding/bond0 | head -n 22 | tail -n 7
ping -c 1 -W 2 10.0.0.2
ip -n b link set p1 up
@sleep 6
grep -A 20 "Slave Interface: e1" /proc/net/bonding/bond0
grep "churn" /proc/net/bonding/bond0
ping -c 1 -W 2 10.0.0.2
ip -n b link set bond0 down
@sleep 6
grep -i -A 5 "aggregator info" /proc/net/bonding/bond0
ip -d -o link show e2
ip -o link show bond0
ip link set e2 nomaster
cat /proc/net/bonding/bond0 | grep -i interface
ip link del bond0
ip -br link
