# balance-xor: which cable takes what: layer2, layer2+3 and layer3+4, by captures on both
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add s
ip netns exec s sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add e1 address 02:00:00:00:00:01 type veth peer name p1 netns s address 02:00:00:00:00:a1
ip link add e2 address 02:00:00:00:00:02 type veth peer name p2 netns s address 02:00:00:00:00:a2
ip -n s link set p1 up
ip -n s link set p2 up
ip link add bond0 type bond mode balance-xor miimon 100 xmit_hash_policy layer2
ip link set e1 master bond0
ip link set e2 master bond0
ip link set bond0 up
ip -n s link add br0 address 02:00:00:00:00:b0 type bridge mcast_snooping 0
ip -n s link set p1 master br0
ip -n s link set br0 up
ip -n s addr add 10.0.0.9/24 dev br0
ip -n s addr add 10.0.0.10/24 dev br0
ip addr add 10.0.0.1/24 dev bond0
ip -n s neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev br0
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:b0 dev bond0
ip neigh add 10.0.0.10 lladdr 02:00:00:00:00:b0 dev bond0
ip neigh add 10.0.0.11 lladdr 02:00:00:00:00:b1 dev bond0
@sleep 0.5
@capture - e1
@capture - e2
ping -c 1 -W 1 10.0.0.9
ping -c 1 -W 1 10.0.0.10
ping -c 1 -W 1 10.0.0.11
@stop
ip link set bond0 type bond xmit_hash_policy layer2+3
@capture - e1
@capture - e2
ping -c 1 -W 1 10.0.0.9
ping -c 1 -W 1 10.0.0.10
ping -c 1 -W 1 10.0.0.11
@stop
ip link set bond0 type bond xmit_hash_policy layer3+4
@capture - e1
@capture - e2
echo x | nc -u -w 1 -p 4000 10.0.0.11 5000
echo x | nc -u -w 1 -p 4001 10.0.0.11 5000
echo x | nc -u -w 1 -p 4002 10.0.0.11 5000
echo x | nc -u -w 1 -p 4000 10.0.0.11 5004
@stop
