# bond: what is refused, what options look like when they are set, and the files of /sys/class/net
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add s
ip netns exec s sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 netns s address 02:00:00:00:00:a1
ip link add e2 address 02:00:00:00:00:02 type veth peer name p2 netns s address 02:00:00:00:00:a2
ip -n s link set p1 up
ip -n s link set p2 up
ip link add b0 type bond mode 7
ip link add b0 type bond mode nonsense
ip link add b0 type bond nonsense 1
ip link add b0 type bond miimon -1
ip link add b0 type bond updelay 200
ip link add b0 type bond use_carrier 0
ip link add b0 type bond mode active-backup primary e9
ip link add b0 type bond mode balance-rr active_slave e1
ip link add b0 type bond mode balance-xor primary e1
ip link add b0 type bond mode balance-rr lacp_rate fast
ip link add b0 type bond mode active-backup packets_per_slave 2
ip link add b0 type bond mode 1 miimon 100 updelay 250 downdelay 50 num_grat_arp 3 peer_notify_delay 200 fail_over_mac active
ip -d -o link show b0
ip link add b0 type bond
ip link add b1 type bond mode balance-xor miimon 100 xmit_hash_policy layer3+4 min_links 1 all_slaves_active 1 resend_igmp 0
ip -d -o link show b1
ip link add type bond
ip -o link show type bond
cat /proc/net/bonding/b0
cat /sys/class/net/b0/bonding/mode /sys/class/net/b0/bonding/miimon /sys/class/net/b0/bonding/updelay /sys/class/net/b1/bonding/xmit_hash_policy
ls /sys/class/net/b0/bonding
cat /sys/class/net/bonding_masters
ip link set b1 type bond all_slaves_active 2
ip link set b1 type bond resend_igmp 256
ip link set b1 type bond lp_interval 0
ip link set b1 type bond peer_notify_delay 100
ip link set b0 master b0
ip link set e1 up
ip link set e1 master b1
ip link set e1 down
ip link set e1 master b1
ip link set b1 type bond mode balance-rr
ip link set b1 type bond fail_over_mac active
ip link set e2 type bond_slave queue_id 1
ip link set e1 type bond_slave queue_id 1
ip link set e1 type bond_slave queue_id 99
ip link set e1 type bond_slave prio 5
ip link set e1 type bond_slave nonsense 5
cat /sys/class/net/b1/bonding/queue_id /sys/class/net/b1/bonding/slaves
ls /sys/class/net/e1/bonding_slave
cat /sys/class/net/e1/bonding_slave/state /sys/class/net/e1/bonding_slave/mii_status /sys/class/net/e1/bonding_slave/perm_hwaddr
echo +e2 > /sys/class/net/b1/bonding/slaves
echo -e2 > /sys/class/net/b1/bonding/slaves
echo -e2 > /sys/class/net/b1/bonding/slaves
echo nonsense > /sys/class/net/b1/bonding/slaves
echo balance-rr > /sys/class/net/b1/bonding/mode
echo 200 > /sys/class/net/b1/bonding/miimon
echo abc > /sys/class/net/b1/bonding/miimon
echo layer9 > /sys/class/net/b1/bonding/xmit_hash_policy
echo e1 > /sys/class/net/b1/bonding/active_slave
cat /sys/class/net/b1/bonding/miimon
echo +b7 > /sys/class/net/bonding_masters
cat /sys/class/net/bonding_masters
echo -b7 > /sys/class/net/bonding_masters
ip link set b1 up
ip link set b1 type bond ad_select bandwidth
ip link set b1 netns s
ip link set e1 netns s
cat /sys/class/net/b1/bonding/slaves
ip -n s link show e1
ip link show b1
ip link del b1
ip link help bond_slave
