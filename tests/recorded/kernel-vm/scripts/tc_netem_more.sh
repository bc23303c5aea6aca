# netem: distributions, slots, duplicates, reordering, corruption as printed and kept over changes
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ping -c 1 -W 2 10.0.0.2 > /dev/null
tc qdisc add dev v0 root netem delay 100ms 10ms distribution normal
tc qdisc show dev v0
tc qdisc change dev v0 root netem delay 50ms 5ms 25% distribution pareto
tc qdisc show dev v0
tc qdisc change dev v0 root netem duplicate 100%
tc qdisc show dev v0
ping -c 1 -W 1 10.0.0.2
tc qdisc change dev v0 root netem corrupt 5% 10% loss 10%
tc qdisc show dev v0
tc qdisc change dev v0 root netem delay 10ms reorder 25% 50%
tc qdisc show dev v0
tc qdisc change dev v0 root netem delay 10ms reorder 25% gap 5
tc qdisc show dev v0
tc -j qdisc show dev v0
tc qdisc change dev v0 root netem delay 10ms
tc qdisc show dev v0
tc qdisc del dev v0 root
tc qdisc add dev v0 root netem slot distribution normal 10ms 1ms bytes 1500
tc qdisc show dev v0
tc qdisc replace dev v0 root netem slot 20ms
tc qdisc show dev v0
tc -j qdisc show dev v0
tc qdisc del dev v0 root
tc qdisc add dev v0 root netem loss gemodel 5%
tc qdisc show dev v0
tc -j qdisc show dev v0
tc qdisc replace dev v0 root netem loss state 1%
tc qdisc show dev v0
tc qdisc replace dev v0 root netem loss state 100% 0% 0% 0% 0%
tc qdisc show dev v0
ping -c 1 -W 1 10.0.0.2 | grep transmitted
tc qdisc replace dev v0 root netem loss gemodel 100% 0% 100% 100%
tc qdisc show dev v0
ping -c 1 -W 1 10.0.0.2 | grep transmitted
tc qdisc replace dev v0 root netem loss gemodel bogus
tc qdisc replace dev v0 root netem loss bogus
tc qdisc replace dev v0 root netem loss state
tc qdisc replace dev v0 root netem ecn
tc qdisc replace dev v0 root netem gap 5
tc qdisc replace dev v0 root netem slot bogus
tc qdisc replace dev v0 root netem distribution normal
tc qdisc replace dev v0 root netem limit 10 loss 5% loss 6%
tc qdisc replace dev v0 root netem corrupt abc
tc qdisc replace dev v0 root netem duplicate 200%
tc qdisc replace dev v0 root netem rate abc
tc qdisc replace dev v0 root netem limit abc
tc qdisc show dev v0
