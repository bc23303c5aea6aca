# clsact: matchall, flower and u32 with drop, pass, police, skbedit, mirred; statistics; errors
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ping -c 1 -W 2 10.0.0.2 > /dev/null
tc qdisc add dev v0 clsact
tc qdisc show dev v0
tc filter add dev v0 egress matchall action drop
tc filter show dev v0 egress
ping -c 1 -W 1 10.0.0.2
tc filter del dev v0 egress
tc filter show dev v0 egress
tc filter add dev v0 ingress protocol ip prio 5 flower ip_proto icmp src_ip 10.0.0.2 action drop
tc filter show dev v0 ingress
ping -c 1 -W 1 10.0.0.2
tc -s filter show dev v0 ingress
tc filter add dev v0 ingress protocol ip prio 4 flower ip_proto icmp type 0 action pass
ping -c 1 -W 1 10.0.0.2
tc filter show dev v0 ingress
tc -j filter show dev v0 ingress
tc filter del dev v0 ingress prio 4
tc filter replace dev v0 ingress protocol ip prio 5 flower ip_proto tcp dst_port 80 action drop
tc filter show dev v0 ingress
tc filter add dev v0 ingress protocol ip prio 6 flower ip_proto udp src_port 53 dst_ip 10.0.0.0/24 src_mac 02:00:00:00:00:02 action skbedit priority 1:3 mark 7 pipe action mirred egress mirror dev v0
tc filter show dev v0 ingress prio 6
tc filter del dev v0 ingress
tc filter add dev v0 egress protocol ip prio 1 matchall action police rate 8kbit burst 200 conform-exceed drop
ping -c 3 -i 0.2 -W 1 10.0.0.2 | grep transmitted
tc filter show dev v0 egress
tc -j filter show dev v0 egress
tc filter del dev v0 egress prio 1
tc filter del dev v0 egress prio 1
tc filter add dev v0 egress protocol ip prio 1 u32 match ip src 10.0.0.1 match ip dport 80 0xffff match ip sport 53 0xffff action ok
tc filter add dev v0 egress protocol ip prio 1 u32 match ip tos 0x10 0xff match ip protocol 6 0xff match u8 0x05 0x0f at 0 match u16 0x1234 0xffff at 2 police rate 1mbit burst 10k drop flowid 1:5
tc filter add dev v0 egress protocol arp prio 3 matchall action drop
tc filter add dev v0 egress protocol all prio 4 matchall classid 1:7
tc filter show dev v0 egress
tc filter show dev v0
tc qdisc del dev v0 clsact
tc filter show dev v0 egress
tc filter add dev v0 egress matchall action drop
tc filter add dev v0 ingress matchall action drop
tc filter add dev v0 parent 1: matchall action drop
tc filter add dev nosuch ingress matchall action drop
tc filter add dev v0 ingress bogus action drop
tc qdisc add dev v0 clsact
tc filter add dev v0 ingress matchall action bogus
tc filter add dev v0 ingress matchall action mirred egress redirect dev nosuch
tc filter add dev v0 ingress flower ip_proto tcp action drop
tc filter add dev v0 ingress protocol ip flower bogus 1 action drop
tc filter add dev v0 ingress protocol ip flower dst_ip 10.0.0.300 action drop
tc filter add dev v0 ingress protocol ip flower dst_port 80 action drop
tc filter add dev v0 ingress protocol ip prio 2 flower ip_proto tcp dst_port 99999 action drop
tc filter add dev v0 ingress protocol ip prio 2 matchall action drop
tc filter add dev v0 ingress protocol ip prio 2 flower ip_proto tcp action drop
tc filter add dev v0 ingress protocol arp prio 2 matchall action drop
tc filter add dev v0 ingress protocol ip prio 2 matchall action drop
tc filter change dev v0 ingress protocol ip prio 9 handle 1 matchall action drop
tc filter add dev v0 ingress u32 match ip dst 1.2.3.4
tc filter add dev v0 ingress protocol ip u32 match ip bogus 1
tc filter show dev v0 ingress
tc qdisc add dev v0 ingress
tc qdisc del dev v0 ingress
tc qdisc del dev v0 clsact
