# options of 802.3ad: when they may be set, what ip -d shows, ad_actor_*, xmit_hash_policy; modes balance-tlb and balance-alb
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add bond0 type bond mode 802.3ad
ip -d -o link show bond0
cat /proc/net/bonding/bond0
ip link set bond0 type bond lacp_rate fast
ip link set bond0 type bond ad_select bandwidth
ip link set bond0 type bond ad_actor_system 02:00:00:00:00:99
ip link set bond0 type bond ad_actor_system 01:00:00:00:00:99
ip link set bond0 type bond ad_actor_sys_prio 100
ip link set bond0 type bond ad_actor_sys_prio 0
ip link set bond0 type bond ad_user_port_key 7
ip link set bond0 type bond ad_user_port_key 1024
ip link set bond0 type bond xmit_hash_policy layer3+4
ip link set bond0 type bond lacp_active off
ip -d -o link show bond0
ip link add v1 address 02:00:00:00:00:01 type veth peer name v2 address 02:00:00:00:00:02
ip link set v1 master bond0
ip link set bond0 up
@sleep 1
cat /proc/net/bonding/bond0
ip link set bond0 type bond lacp_rate slow
ip link set bond0 type bond lacp_active on
ip link set bond0 type bond ad_select stable
ip link set bond0 type bond ad_actor_sys_prio 200
ip link set bond0 type bond arp_interval 100
ip link set bond0 type bond primary v1
ip link set bond0 type bond packets_per_slave 2
ip link set bond0 type bond miimon 0
ip link set bond0 type bond mode active-backup
ip -d -o link show v1
ip link add bond1 type bond mode 4
ip -d -o link show bond1 | grep -o 'bond mode [^ ]*'
ip link add bond2 type bond mode active-backup lacp_rate fast
ip link add bond3 type bond mode 802.3ad lacp_rate quick
ip link add bond4 type bond mode 802.3ad ad_select best
ip link add bond5 type bond mode balance-xor
ip link set bond5 type bond lacp_active on
ip link show bond2
cat /sys/class/net/bond0/bonding/ad_aggregator
cat /sys/class/net/bond0/bonding/ad_num_ports
cat /sys/class/net/bond0/bonding/ad_actor_key
cat /sys/class/net/bond0/bonding/ad_partner_key
cat /sys/class/net/bond0/bonding/ad_partner_mac
cat /sys/class/net/bond0/bonding/lacp_rate
cat /sys/class/net/bond0/bonding/ad_select
cat /sys/class/net/v1/bonding_slave/ad_aggregator_id
