# red: options, its class, statistics, drops and marks below tbf, errors
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
tc qdisc add dev v0 root handle 1: red limit 400000 min 30000 max 90000 avpkt 1000 burst 55
tc qdisc show dev v0
tc -d qdisc show dev v0
tc -s qdisc show dev v0
tc -j qdisc show dev v0
tc -s -j qdisc show dev v0
tc class show dev v0
ping -c 3 -i 0.1 -W 1 10.0.0.2 | grep -c 'bytes from'
tc -s qdisc show dev v0
tc qdisc change dev v0 handle 1: root red limit 60KB min 10K max 30K avpkt 1000 burst 20 ecn probability 0.1 bandwidth 1mbit
tc qdisc show dev v0
tc -d qdisc show dev v0
tc qdisc replace dev v0 root handle 1: red limit 60KB min 10K max 30K avpkt 1000 burst 20 ecn harddrop
tc -d qdisc show dev v0
tc qdisc replace dev v0 root handle 1: red limit 60KB min 10K max 30K avpkt 1000 ecn nodrop
tc -d qdisc show dev v0
tc qdisc replace dev v0 root handle 1: red limit 60KB avpkt 1000
tc -d qdisc show dev v0
tc -j -d qdisc show dev v0
tc qdisc add dev v0 parent 1:1 handle 2: bfifo limit 20000
tc qdisc show dev v0
tc -s class show dev v0
tc qdisc del dev v0 parent 1:1
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 3: red
tc qdisc replace dev v0 root handle 3: red limit 1000
tc qdisc replace dev v0 root handle 3: red limit x avpkt 1000
tc qdisc replace dev v0 root handle 3: red limit 60KB avpkt x
tc qdisc replace dev v0 root handle 3: red limit 60KB avpkt 1000 bogus
tc qdisc replace dev v0 root handle 3: red limit 60KB avpkt 1000 probability 1
tc -d qdisc show dev v0
tc -j -d qdisc show dev v0
tc qdisc replace dev v0 root handle 3: red limit 60KB avpkt 1000 probability 0
tc qdisc replace dev v0 root handle 3: red limit 60KB min 30K max 10K avpkt 1000
tc qdisc replace dev v0 root handle 3: red limit 60KB min 10K max 30K avpkt 1000 burst 5
tc qdisc replace dev v0 root handle 3: red limit 60KB min 10K max 30K avpkt 1000 nodrop
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: tbf rate 80kbit burst 1600 limit 100000
tc qdisc add dev v0 parent 1:1 handle 2: red limit 20000 min 2000 max 6000 avpkt 1000 burst 3
tc qdisc show dev v0
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
@sleep 2
tc -s qdisc show dev v0 | grep -cE 'marked 0 early [1-9][0-9]* pdrop 0'
tc qdisc replace dev v0 root handle 5: tbf rate 80kbit burst 1600 limit 100000
tc qdisc add dev v0 parent 5:1 handle 6: red limit 4000 min 4500 max 9000 avpkt 1000 burst 6
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 10.0.0.2 > /dev/null &
@sleep 2
tc -s qdisc show dev v0 | grep -cE 'marked 0 early 0 pdrop [1-9][0-9]*'
tc qdisc replace dev v0 root handle 7: tbf rate 80kbit burst 1600 limit 100000
tc qdisc add dev v0 parent 7:1 handle 8: red limit 40000 min 2000 max 6000 avpkt 1000 burst 3 ecn
ping -q -c 40 -i 0.01 -s 958 -Q 2 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 -Q 2 10.0.0.2 > /dev/null &
ping -q -c 40 -i 0.01 -s 958 -Q 2 10.0.0.2 > /dev/null &
@sleep 2
tc -s qdisc show dev v0 | grep -cE 'marked [1-9][0-9]* early 0 pdrop 0'
tc qdisc del dev v0 root
@sleep 2
tc qdisc add dev v0 root handle 1: red limit 60KB avpkt 1000
tc qdisc add dev v0 parent 1:1 handle 2: bfifo limit 20000
tc qdisc del dev v0 parent 1:1
ping -c 1 -W 1 10.0.0.2
tc -s qdisc show dev v0
tc filter add dev v0 parent 1: protocol all matchall flowid 1:1
tc qdisc del dev v0 root
