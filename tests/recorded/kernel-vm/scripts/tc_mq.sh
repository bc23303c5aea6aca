# mq: the queues of a device, its classes, what can be below them, errors
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
tc qdisc add dev v0 root mq
tc qdisc show dev v0
tc class show dev v0
tc -s qdisc show dev v0
tc -s class show dev v0
tc -j qdisc show dev v0
ping -c 2 -i 0.1 -W 1 10.0.0.2 | grep -c 'bytes from'
tc -s qdisc show dev v0 root
tc qdisc replace dev v0 root handle 1: mq
tc qdisc show dev v0
tc class show dev v0
tc qdisc add dev v0 parent 1:1 handle 11: pfifo limit 10
tc qdisc add dev v0 parent 1:2 handle 12: sfq
tc qdisc show dev v0
tc class show dev v0
ping -c 2 -i 0.1 -W 1 10.0.0.2 | grep -c 'bytes from'
tc qdisc add dev v0 parent 1:3 handle 13: sfq
tc qdisc add dev v0 parent 1:1 handle 14: sfq
tc qdisc replace dev v0 parent 1:1 handle 14: tbf rate 1mbit burst 2000 limit 10000
tc qdisc show dev v0
tc qdisc change dev v0 root handle 1: mq
tc qdisc add dev v0 root handle 1: mq
tc qdisc replace dev v0 root handle 1: mq bogus
tc qdisc del dev v0 parent 1:1
tc qdisc show dev v0
tc class show dev v0
tc class add dev v0 parent 1: classid 1:5 mq
tc class del dev v0 classid 1:1
tc filter add dev v0 parent 1: protocol all matchall flowid 1:1
tc qdisc add dev v0 parent 12: handle 20: mq
tc qdisc del dev v0 root
tc qdisc show dev v0
ip link add d0 type dummy
tc qdisc add dev d0 root mq
ip link set v0 down
tc qdisc add dev v0 root handle 5: mq
tc qdisc show dev v0
ip link set v0 up
tc qdisc show dev v0
