# active-backup: primary and primary_reselect, updelay and downdelay, gratuitous ARP and counters, a VLAN on the bond
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add s
ip netns exec s sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 netns s address 02:00:00:00:00:a1
ip link add e2 address 02:00:00:00:00:02 type veth peer name p2 netns s address 02:00:00:00:00:a2
ip -n s link set p1 up
ip -n s link set p2 up
ip link add bond0 type bond mode active-backup miimon 100
ip link set e1 master bond0
ip link set e2 master bond0
ip -n s link add br0 address 02:00:00:00:00:b0 type bridge mcast_snooping 0
ip -n s link set p1 master br0
ip -n s link set p2 master br0
ip -n s link set br0 up
ip -n s addr add 10.0.0.9/24 dev br0
ip -n s link add link br0 name br0.7 type vlan id 7
ip -n s link set br0.7 up
ip -n s addr add 10.0.7.9/24 dev br0.7
ip link set bond0 up
ip addr add 10.0.0.1/24 dev bond0
ip link add link bond0 name bond0.7 type vlan id 7
ip link set bond0.7 up
ip addr add 10.0.7.1/24 dev bond0.7
@sleep 1
ping -c 1 -W 2 10.0.0.9
ping -c 1 -W 2 10.0.7.9
@capture s br0
ip -n s link set p1 down
@sleep 0.5
ping -c 1 -W 2 10.0.0.9
ping -c 1 -W 2 10.0.7.9
@stop
ip -n s -d link show p1 | head -n 1
ip -n s link set p1 up
@sleep 0.5
cat /proc/net/bonding/bond0
ip link set bond0 type bond primary e1
@sleep 0.5
cat /sys/class/net/bond0/bonding/active_slave
ip -d -o link show bond0
ip -n s link set p1 down
@sleep 0.5
cat /sys/class/net/bond0/bonding/active_slave
ip -n s link set p1 up
@sleep 0.5
cat /sys/class/net/bond0/bonding/active_slave
ip link set bond0 type bond primary_reselect failure
ip -n s link set p1 down
@sleep 0.5
ip -n s link set p1 up
@sleep 0.5
grep Slave /proc/net/bonding/bond0
ip link set bond0 type bond clear_active_slave
cat /sys/class/net/bond0/bonding/active_slave
ip link set bond0 type bond updelay 2000 downdelay 1000
ip -n s link set p1 down
@sleep 0.4
grep -A 1 Interface /proc/net/bonding/bond0
ip -d -o link show e1 | grep -o 'bond_slave.*queue_id'
@sleep 1.2
grep -A 1 Interface /proc/net/bonding/bond0
ip -n s link set p1 up
@sleep 0.4
grep -A 1 Interface /proc/net/bonding/bond0
@sleep 2
grep -A 1 Interface /proc/net/bonding/bond0
ip link set e1 down
@sleep 1.5
cat /sys/class/net/bond0/bonding/active_slave
ip link set e1 up
ip -o link show bond0
ip neigh
