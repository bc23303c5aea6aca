# prio: TOS decides the band, filters before it, disciplines below the bands, counters of bands, errors
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ping -c 1 -W 2 10.0.0.2 > /dev/null
tc qdisc add dev v0 root handle 1: prio
ping -c 1 -W 1 10.0.0.2 > /dev/null
ping -c 2 -i 0.2 -Q 0x10 -W 1 10.0.0.2 > /dev/null
ping -c 1 -Q 0x08 -W 1 10.0.0.2 > /dev/null
tc qdisc add dev v0 parent 1:1 handle 10: pfifo limit 5
tc qdisc add dev v0 parent 1:2 handle 20: sfq
tc qdisc add dev v0 parent 1:3 handle 30: tbf rate 1mbit burst 10k latency 50ms
ping -c 1 -W 1 10.0.0.2 > /dev/null
ping -c 2 -i 0.2 -Q 0x10 -W 1 10.0.0.2 > /dev/null
ping -c 1 -Q 0x08 -W 1 10.0.0.2 > /dev/null
tc -s qdisc show dev v0
tc -s class show dev v0
tc filter add dev v0 parent 1: protocol ip prio 1 u32 match ip dst 10.0.0.2 flowid 1:1
tc filter add dev v0 parent 1: protocol arp prio 2 matchall flowid 1:3
ping -c 1 -Q 0x08 -W 1 10.0.0.2 > /dev/null
tc -s qdisc show dev v0 | grep -A 1 pfifo
tc -s filter show dev v0
tc -j qdisc show dev v0
tc -j class show dev v0
tc filter del dev v0 parent 1: prio 1
tc filter del dev v0
tc filter show dev v0
tc qdisc add dev v0 parent 1:4 pfifo
tc class add dev v0 parent 1: classid 1:4 prio
tc class del dev v0 classid 1:1
tc qdisc del dev v0 parent 1:1
tc qdisc change dev v0 root handle 1: prio bands 2 priomap 1 1 1 1 1 1 0 0 1 1 1 1 1 1 1 1
tc qdisc show dev v0
tc qdisc add dev v0 root prio bands 17
tc qdisc replace dev v0 root prio bands 17
tc qdisc replace dev v0 root prio bands 1
tc qdisc replace dev v0 root prio priomap 9
tc qdisc replace dev v0 root prio bogus
tc qdisc add dev v0 handle 1: root prio
tc qdisc replace dev v0 handle 3: root sfq perturb 10 quantum 3000 limit 50
tc qdisc show dev v0
tc qdisc del dev v0 root
tc qdisc show dev v0
