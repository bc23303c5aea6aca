# drr and ets: classes, quanta, bands; filters and priorities choose; below tbf they share; errors
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v0
ip -n b neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 nud permanent dev eth0
tc qdisc add dev v0 root handle 1: drr
tc qdisc show dev v0
ping -c 1 -W 1 10.0.0.2
tc class add dev v0 parent 1: classid 1:1 drr
tc class add dev v0 parent 1: classid 1:2 drr quantum 600
tc class show dev v0
tc filter add dev v0 parent 1: protocol ip prio 1 u32 match ip tos 0x10 0xff flowid 1:2
tc filter add dev v0 parent 1: protocol all prio 2 matchall flowid 1:1
ping -c 1 -W 1 10.0.0.2 | grep transmitted
ping -c 2 -i 0.2 -Q 0x10 -W 1 10.0.0.2 | grep transmitted | sed 's/time.*//'
tc -s class show dev v0
tc -s qdisc show dev v0
tc class change dev v0 classid 1:2 drr quantum 900
tc class show dev v0 classid 1:2
tc qdisc add dev v0 parent 1:1 handle 11: pfifo limit 10
tc class show dev v0
tc class del dev v0 classid 1:1
tc class add dev v0 parent 1: classid 1:2 drr
tc class add dev v0 parent 1:2 classid 1:3 drr
tc class add dev v0 parent 1: classid 1:3 drr quantum 0
tc class add dev v0 parent 1: classid 1:3 drr bogus 1
tc class add dev v0 parent 1: classid 1:3 htb rate 1mbit
tc class del dev v0 classid 1:9
tc qdisc del dev v0 parent 1:1
tc filter del dev v0
tc class del dev v0 classid 1:1
tc class show dev v0
tc -j class show dev v0
tc qdisc replace dev v0 root handle 1: drr bogus
tc qdisc replace dev v0 root handle 2: ets bands 3 strict 1 quanta 4000 2000 priomap 0 1 2 2
tc qdisc show dev v0
tc class show dev v0
tc -j qdisc show dev v0
ping -c 1 -W 1 10.0.0.2 | grep transmitted
ping -c 2 -i 0.2 -Q 0x10 -W 1 10.0.0.2 | grep transmitted | sed 's/time.*//'
tc -s qdisc show dev v0
tc -s class show dev v0
tc qdisc change dev v0 root handle 2: ets strict 2
tc qdisc show dev v0
tc class change dev v0 classid 2:3 ets quantum 3000
tc class change dev v0 classid 2:1 ets quantum 3000
tc class add dev v0 parent 2: classid 2:7 ets quantum 3000
tc class del dev v0 classid 2:1
tc qdisc replace dev v0 root handle 2: ets bands 17
tc qdisc replace dev v0 root handle 2: ets bands 2 strict 3
tc qdisc replace dev v0 root handle 2: ets
tc qdisc replace dev v0 root handle 2: ets bands 2 priomap 0 5
tc qdisc replace dev v0 root handle 2: ets bogus
tc qdisc replace dev v0 root handle 3: ets bands 2
tc qdisc show dev v0
tc qdisc del dev v0 root
tc qdisc add dev v0 root handle 1: tbf rate 400kbit burst 2000 limit 60000
tc qdisc add dev v0 parent 1:1 handle 2: ets strict 2
ping -q -c 20 -l 20 -s 1000 -W 3 10.0.0.2 > /dev/null &
ping -c 1 -W 3 -Q 0x10 10.0.0.2 | grep -c '1 received'
tc qdisc del dev v0 root
