# what arrives is shaped by htb on an ifb device, by classes that filters choose; also what leaves
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ping -c 1 -W 2 10.0.0.2 > /dev/null
ip link add ifb0 address 02:00:00:00:00:09 type ifb
ip -d link show ifb0
tc qdisc add dev v0 handle ffff: ingress
tc filter add dev v0 parent ffff: protocol ip u32 match u32 0 0 action mirred egress redirect dev ifb0
ping -c 1 -W 1 10.0.0.2 | grep transmitted
tc -s filter show dev v0 parent ffff: | grep Sent
ip link set dev ifb0 up
tc qdisc add dev ifb0 root handle 1: htb default 10
tc class add dev ifb0 parent 1: classid 1:1 htb rate 1mbit
tc class add dev ifb0 parent 1:1 classid 1:10 htb rate 1mbit
tc class add dev ifb0 parent 1:1 classid 1:20 htb rate 80kbit ceil 80kbit burst 1600
tc filter add dev ifb0 parent 1: protocol ip prio 1 u32 match ip src 10.0.0.2/32 match ip protocol 1 0xff flowid 1:20
ping -c 3 -i 0.2 -W 2 10.0.0.2 | grep transmitted | sed 's/time.*//'
tc -s class show dev ifb0 | grep -E 'class|Sent'
tc -s qdisc show dev ifb0 | head -2
ip -s link show ifb0 | sed 's/link.*//'
ping -c 5 -i 0.05 -W 3 -s 1400 10.0.0.2 | grep transmitted | sed 's/time.*//'
tc qdisc del dev v0 ingress
tc qdisc del dev ifb0 root
tc qdisc show dev ifb0
tc qdisc add dev ifb0 root netem delay 100ms
tc qdisc add dev v0 clsact
tc filter add dev v0 egress protocol ip matchall action mirred egress redirect dev ifb0
ping -c 1 -W 2 10.0.0.2 | grep -c 'time=1[0-9][0-9] ms'
tc -s filter show dev v0 egress | grep -v installed
ip link set ifb0 down
ping -c 1 -W 1 10.0.0.2
ip link del ifb0
tc filter show dev v0 egress
ping -c 1 -W 1 10.0.0.2
tc filter add dev v0 egress matchall action mirred egress redirect dev ifb0
ip link add type ifb
ip link add ifb5 type ifb
ip -br link show type ifb | awk '{print $1}'
ip link add ifb5 type ifb
