# marks of iptables choose classes of htb by filters of fw; a default; counters; skbedit
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
tc qdisc add dev v0 root handle 1: htb default 30
tc class add dev v0 parent 1: classid 1:1 htb rate 10mbit
tc class add dev v0 parent 1:1 classid 1:10 htb rate 5mbit ceil 10mbit prio 0
tc class add dev v0 parent 1:1 classid 1:30 htb rate 1mbit ceil 10mbit prio 1
tc filter add dev v0 parent 1: protocol ip prio 1 handle 6 fw flowid 1:10
tc filter add dev v0 parent 1: protocol ip prio 1 handle 7 fw classid 1:30 action drop
iptables -t mangle -A OUTPUT -p icmp -m length --length 128 -j MARK --set-mark 6
iptables -t mangle -A OUTPUT -p icmp -m length --length 228 -j MARK --set-mark 7
ping -c 1 -W 2 10.0.0.2 | grep transmitted
ping -c 2 -i 0.2 -W 2 -s 100 10.0.0.2 | grep transmitted | sed 's/time.*//'
ping -c 1 -W 1 -s 200 10.0.0.2
tc -s class show dev v0 | grep -E 'class|Sent'
tc -s filter show dev v0 | grep -v installed
tc filter show dev v0 parent 1:
tc -j filter show dev v0
tc filter replace dev v0 parent 1: protocol ip prio 1 handle 6 fw flowid 1:30
tc filter show dev v0 root
tc filter del dev v0 parent 1: protocol ip prio 1 handle 7 fw
tc filter del dev v0 parent 1: protocol ip prio 1 handle 9 fw
tc filter add dev v0 parent 1: protocol ip prio 1 fw flowid 1:10
tc filter add dev v0 parent 1: protocol ip prio 1 handle 0x10/0xf0 fw flowid 1:10
tc filter add dev v0 parent 1:99 protocol ip prio 1 handle 6 fw flowid 1:10
tc filter add dev v0 parent 1: protocol ip prio 2 handle 6 fw flowid 1:99
tc filter add dev v0 parent 1: protocol ip prio 3 u32 match ip dst 10.0.0.2/32 match ip protocol 1 0xff action skbedit priority 1:10
tc filter show dev v0
iptables -t mangle -F
ping -c 1 -W 2 10.0.0.2 | grep transmitted
tc -s class show dev v0 | grep -E 'class|Sent'
tc class del dev v0 classid 1:30
tc filter del dev v0
tc class del dev v0 classid 1:30
tc qdisc del dev v0 root
tc filter show dev v0
