# balance-rr: frames in turn, packets_per_slave, one cable lost and back; broadcast: a copy by each
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add s
ip netns exec s sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 netns s address 02:00:00:00:00:a1
ip link add e2 address 02:00:00:00:00:02 type veth peer name p2 netns s address 02:00:00:00:00:a2
ip -n s link set p1 up
ip -n s link set p2 up
ip link add bond0 type bond mode balance-rr miimon 100
ip link set e1 master bond0
ip link set e2 master bond0
ip link set bond0 up
ip addr add 10.0.0.1/24 dev bond0
ip neigh add 10.0.0.11 lladdr 02:00:00:00:00:b1 dev bond0
@sleep 0.5
@capture - e1
@capture - e2
ping -c 5 -i 0.2 -W 1 10.0.0.11
@stop
ip link set bond0 type bond packets_per_slave 3
@capture - e1
@capture - e2
ping -c 7 -i 0.2 -W 1 10.0.0.11
@stop
ip -n s link set p1 down
@sleep 0.5
@capture - e2
ping -c 3 -i 0.2 -W 1 10.0.0.11
@stop
ip -s link show bond0
ip -n s link set p2 down
@sleep 0.5
ip -br link show bond0
ping -c 1 -W 1 10.0.0.11
ip -n s link set p2 up
@sleep 0.5
ip -br link show bond0
ip link set e1 nomaster
ip link set e2 nomaster
ip link set bond0 down
ip link set bond0 type bond mode broadcast
ip link set e1 master bond0
ip link set e2 master bond0
ip link set bond0 up
@sleep 1.2
ip addr
ip -n s link set p1 up
@sleep 0.5
@capture - e1
@capture - e2
ping -c 1 -W 1 10.0.0.11
@stop
cat /proc/net/bonding/bond0 | head -n 8
