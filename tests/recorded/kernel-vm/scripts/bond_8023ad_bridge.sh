# LACPDUs and bridges: a bridge between the two hosts keeps them (01:80:c2:00:00:02), also with group_fwd_mask; each port forwards by its own mask
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
ip link add e1 netns a address 02:00:00:00:00:01 type veth peer name s1 address 02:00:00:00:00:a1
ip link add p1 netns b address 02:00:00:00:00:b1 type veth peer name s2 address 02:00:00:00:00:a2
ip link set s1 master br0
ip link set s2 master br0
ip link set s1 up
ip link set s2 up
ip -n a link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast
ip -n a link set e1 master bond0
ip -n b link add bond0 type bond mode 802.3ad miimon 100 lacp_rate fast
ip -n b link set p1 master bond0
ip -n a link set bond0 up
ip -n b link set bond0 up
ip -n a addr add 10.0.0.1/24 dev bond0
ip -n b addr add 10.0.0.2/24 dev bond0
@sleep 4
ip netns exec a grep -A 6 "Active Aggregator" /proc/net/bonding/bond0
ip netns exec a ping -c 1 -W 2 10.0.0.2
ip link set br0 type bridge group_fwd_mask 0x4
ip link set br0 type bridge group_fwd_mask 4
ip link set br0 type bridge group_fwd_mask 0xfff8
ip -d link show br0 | grep -o 'group_fwd_mask [^ ]*'
ip link set s1 type bridge_slave group_fwd_mask 0x4
ip link set s2 type bridge_slave group_fwd_mask 4
ip -d -o link show s1 | grep -o 'group_fwd_mask.*'
@sleep 32
ip netns exec a grep -A 6 "Active Aggregator" /proc/net/bonding/bond0
ip netns exec a grep -A 12 "details partner" /proc/net/bonding/bond0
ip link set s1 type bridge_slave group_fwd_mask 0
@sleep 7
ip netns exec a grep -A 6 "Active Aggregator" /proc/net/bonding/bond0
ip netns exec b grep -A 6 "Active Aggregator" /proc/net/bonding/bond0
ip netns exec a ping -c 1 -W 2 10.0.0.2
ip link set s1 type bridge_slave group_fwd_mask 1
ip link set s1 type bridge_slave group_fwd_mask 0x10000
