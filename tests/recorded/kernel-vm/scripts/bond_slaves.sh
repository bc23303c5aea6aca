# bond: addresses and mtu of slaves as they come and go, moved between bonds, VLANs and a macvlan on a bond, a bond as a bridge port
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add s
ip netns exec s sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 netns s address 02:00:00:00:00:a1
ip link add e2 address 02:00:00:00:00:02 type veth peer name p2 netns s address 02:00:00:00:00:a2
ip -n s link set p1 up
ip -n s link set p2 up
ip link add bond0 type bond mode active-backup miimon 100
ip link add bond1 address 02:00:00:00:00:11 mtu 1400 type bond mode balance-rr miimon 100
ip link set e1 master bond0
ip -o link show
ip link set e2 master bond1
ip -o link show e2
ip link set e2 master bond0
ip -o link show e2
ip link set bond0 up
@sleep 0.3
ip link set bond0 address 02:00:00:00:00:77
ip -o link show
ip link set bond0 mtu 1450
ip -o link show
ip link add link bond0 name v5 type vlan id 5
ip link set v5 master bond0
ip link add m0 link bond0 type macvlan mode bridge
ip link add m1 link e1 type macvlan mode bridge
ip link set m0 up
ip -o link show m0 | cut -d: -f3-
ip link add br0 type bridge mcast_snooping 0
ip link set bond0 master br0
ip link del m0
ip link set bond0 master br0
ip link set br0 up
bridge link
ip link set e1 nomaster
ip -o link show e1
ip link set e1 nomaster
ip link set e2 nomaster
ip -o link show e2
ip link set e2 name eth2
ip link set eth2 master bond1
ip link set bond1 up
@sleep 0.3
ip -o link show bond1
ip link set eth2 name e2
ip link set e1 master bond1
bridge link
ip link set bond1 master br0
@sleep 0.3
bridge link
ip link del e1
cat /proc/net/bonding/bond1 | grep Interface
ip link set e2 master br0
bridge link
ip link del bond1
ip -br link show br0
