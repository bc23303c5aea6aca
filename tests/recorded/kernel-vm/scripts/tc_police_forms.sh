# police: what exceeds a rate is dropped, passed, or looked at again; forms and errors
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
tc qdisc add dev v0 handle ffff: ingress
tc filter add dev v0 parent ffff: protocol ip prio 50 u32 match ip src 0.0.0.0/0 police rate 8kbit burst 1k drop flowid :1
ping -c 1 -s 1000 -W 1 10.0.0.2 | grep transmitted
ping -c 1 -s 800 -W 1 10.0.0.2 | grep transmitted
tc -s filter show dev v0 parent ffff: | grep -v installed
tc filter del dev v0 parent ffff: prio 50
tc filter add dev v0 ingress protocol ip prio 1 matchall action police rate 8kbit burst 100 conform-exceed pass/pipe action drop
ping -c 1 -W 1 10.0.0.2 | grep transmitted
tc filter show dev v0 ingress
tc filter del dev v0 ingress
tc filter add dev v0 ingress protocol ip prio 1 matchall action police rate 8kbit burst 100
ping -c 3 -i 0.05 -W 1 10.0.0.2 | grep transmitted | sed 's/time.*//'
tc -s filter show dev v0 ingress | grep -v installed
tc filter del dev v0 ingress
tc filter add dev v0 ingress protocol ip prio 1 matchall action police rate 1mbit burst 10k mtu 100 drop
ping -c 1 -W 1 10.0.0.2 | grep transmitted
ping -c 1 -W 1 -s 200 10.0.0.2 | grep transmitted
tc -s filter show dev v0 ingress | grep -v installed
tc filter del dev v0 ingress
tc filter add dev v0 ingress matchall action continue
tc filter add dev v0 ingress protocol ip prio 2 matchall action reclassify
ping -c 1 -W 1 10.0.0.2 | grep transmitted
tc -s filter show dev v0 ingress | grep -v installed
tc filter del dev v0 ingress
tc filter add dev v0 ingress matchall action police burst 10k drop
tc filter add dev v0 ingress matchall action police rate 1mbit drop
tc filter add dev v0 ingress matchall action police rate bogus burst 10k drop
tc filter add dev v0 ingress matchall action police rate 1mbit burst 10k bogus
tc filter add dev v0 ingress matchall action police
tc filter add dev v0 ingress matchall action
tc filter add dev v0 ingress matchall
tc filter add dev v0 ingress matchall action ok action drop
tc filter show dev v0 ingress
