# htb: inner classes, borrowing up to the ceiling, netem and prio below classes, fw by mark, counters with borrows
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ping -c 1 -W 2 10.0.0.2 > /dev/null
tc qdisc add dev v0 root handle 1: htb default 30 r2q 1
tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit ceil 1mbit
tc class add dev v0 parent 1:1 classid 1:10 htb rate 200kbit ceil 1mbit prio 0 quantum 3000
tc class add dev v0 parent 1:1 classid 1:20 htb rate 300kbit ceil 500kbit prio 1 quantum 3000
tc class add dev v0 parent 1:1 classid 1:30 htb rate 100kbit quantum 3000
tc qdisc add dev v0 parent 1:10 handle 10: netem delay 20ms
tc qdisc add dev v0 parent 1:20 handle 20: sfq perturb 10
tc qdisc add dev v0 parent 1:30 handle 30: pfifo limit 5
tc filter add dev v0 parent 1: protocol ip prio 1 handle 1 fw classid 1:10
tc filter add dev v0 parent 1: protocol ip prio 1 handle 2 fw classid 1:20
tc filter add dev v0 parent 1: protocol ip prio 2 u32 match ip dst 10.0.0.77 match ip protocol 17 0xff flowid 1:20
tc filter show dev v0
tc -j filter show dev v0
iptables -t mangle -A POSTROUTING -p icmp -m length --length 500:2000 -j MARK --set-mark 1
ping -c 1 -s 1000 -W 2 10.0.0.2 > /dev/null
ping -c 1 -W 2 10.0.0.2 > /dev/null
tc -s class show dev v0
tc -s qdisc show dev v0
tc -d qdisc show dev v0
tc -d class show dev v0
tc -j class show dev v0
tc class show dev v0 parent 1:1
tc class show dev v0 classid 1:10
tc class add dev v0 parent 1:10 classid 1:11 htb rate 100kbit
tc class show dev v0
tc class add dev v0 parent 1:99 classid 1:98 htb rate 100kbit
tc class add dev v0 parent 1: classid 1:50 htb rate 0
tc class add dev v0 parent 1: classid 1:50 htb rate 1mbit ceil 100kbit
tc class show dev v0 | grep 1:50
tc class del dev v0 classid 1:50
tc class del dev v0 classid 1:50
tc class del dev v0 classid 1:30
tc class replace dev v0 parent 1:1 classid 1:40 htb rate 64kbit
tc class change dev v0 parent 1:1 classid 1:41 htb rate 64kbit
tc filter del dev v0 parent 1: protocol ip prio 2
tc class del dev v0 classid 1:20
tc qdisc add dev v0 parent 1:40 netem loss 100%
tc qdisc show dev v0
tc class show dev v0
tc qdisc del dev v0 root
