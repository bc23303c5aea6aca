# hfsc: classes with their curves, sharing and limits, statistics, errors
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 numtxqueues 2 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v0
ip -n b neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 nud permanent dev eth0
tc qdisc add dev v0 root handle 1: hfsc default 20
tc qdisc show dev v0
tc -s qdisc show dev v0
tc class show dev v0
tc class add dev v0 parent 1: classid 1:1 hfsc sc rate 1mbit ul rate 1mbit
tc class add dev v0 parent 1:1 classid 1:10 hfsc sc rate 700kbit
tc class add dev v0 parent 1:1 classid 1:20 hfsc rt m1 500kbit d 10ms m2 100kbit ls rate 300kbit
tc class add dev v0 parent 1:1 classid 1:30 hfsc ls m2 100kbit
tc class add dev v0 parent 1:1 classid 1:40 hfsc sc umax 1500b dmax 20ms rate 100kbit ul m2 200kbit
tc class show dev v0
tc -s class show dev v0
tc -j class show dev v0
tc qdisc show dev v0
tc filter add dev v0 parent 1: protocol ip prio 1 u32 match ip tos 0x10 0xff flowid 1:10
tc filter add dev v0 parent 1: protocol ip prio 1 u32 match ip tos 0x20 0xff flowid 1:1
ping -c 2 -i 0.2 -W 1 10.0.0.2 | grep -c 'bytes from'
ping -c 2 -i 0.2 -W 1 -Q 0x10 10.0.0.2 | grep -c 'bytes from'
ping -c 1 -W 1 -Q 0x20 10.0.0.2 | grep -c 'bytes from'
tc -s class show dev v0
tc -s qdisc show dev v0
tc class change dev v0 classid 1:10 hfsc sc rate 600kbit
tc class show dev v0 classid 1:10
tc class add dev v0 parent 1:10 classid 1:11 hfsc ls rate 10kbit
tc class show dev v0
tc class del dev v0 classid 1:10
tc class del dev v0 classid 1:11
tc class del dev v0 classid 1:1
tc class add dev v0 parent 1:1 classid 1:10 hfsc sc rate 1mbit
tc class add dev v0 parent 1:1 classid 1:50 hfsc
tc class add dev v0 parent 1:1 classid 1:50 hfsc ul rate 1mbit
tc class add dev v0 parent 1:1 classid 1:50 hfsc bogus
tc class add dev v0 parent 1:1 classid 1:50 hfsc sc bogus
tc class add dev v0 parent 1:1 classid 1:50 hfsc sc rate x
tc class add dev v0 parent 1:1 classid 1:50 hfsc sc umax 1500b rate 100kbit
tc class add dev v0 parent 1:1 classid 1:50 hfsc sc m1 1mbit
tc class add dev v0 parent 1:9 classid 1:50 hfsc sc rate 1mbit
tc qdisc replace dev v0 root handle 2: hfsc bogus
tc qdisc replace dev v0 root handle 2: hfsc default x
tc qdisc change dev v0 root handle 1: hfsc default 30
tc qdisc show dev v0
tc qdisc add dev v0 parent 1:30 handle 30: pfifo limit 5
tc class show dev v0
tc qdisc replace dev v0 root handle 2: hfsc
ping -c 1 -W 1 10.0.0.2
tc -s qdisc show dev v0
tc qdisc replace dev v0 root handle 3: hfsc default 1
tc class add dev v0 parent 3: classid 3:1 hfsc ls rate 80kbit ul rate 80kbit
tc class show dev v0
ping -q -c 10 -l 10 -s 958 -W 3 10.0.0.2 | grep -oE '[0-9]+ received'
tc -s class show dev v0
tc qdisc replace dev v0 root handle 4: hfsc default 1
tc class add dev v0 parent 4: classid 4:1 hfsc rt rate 80kbit
ping -q -c 10 -l 10 -s 958 -W 3 10.0.0.2 | grep -oE '[0-9]+ received'
tc -s class show dev v0
tc qdisc replace dev v0 root handle 5: hfsc default 1
tc class add dev v0 parent 5: classid 5:1 hfsc ls rate 80kbit
ping -q -c 10 -l 10 -s 958 -W 1 10.0.0.2 | grep -oE '[0-9]+ received'
tc -s class show dev v0
tc qdisc del dev v0 root
