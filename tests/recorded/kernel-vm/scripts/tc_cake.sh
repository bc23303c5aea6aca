# cake: options as shown, statistics, tins by the type of service, shaping, errors
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
tc qdisc add dev v0 root handle 1: cake
tc qdisc show dev v0
tc -d qdisc show dev v0
tc -j qdisc show dev v0
tc -s qdisc show dev v0 | grep -v _delay
tc class show dev v0
tc qdisc replace dev v0 root handle 1: cake bandwidth 10mbit nat
tc qdisc show dev v0
tc -s qdisc show dev v0 | grep -v _delay
tc qdisc change dev v0 root handle 1: cake bandwidth 2mbit besteffort nonat wash no-split-gso rtt 50ms
tc qdisc show dev v0
tc qdisc change dev v0 root handle 1: cake unlimited precedence dsthost metro
tc qdisc show dev v0
tc qdisc change dev v0 root handle 1: cake diffserv8 hosts lan
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake diffserv4 flows
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake diffserv5
tc qdisc replace dev v0 root handle 1: cake dual-srchost ingress
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake dual-dsthost egress internet
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake flowblind overhead 18 mpu 64 atm
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake srchost ethernet ptm
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake docsis memlimit 1mb
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake conservative fwmark 0xff
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake pppoe-ptm
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake regional split-gso triple-isolate nowash
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake satellite
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake oceanic no-ack-filter
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake interplanetary raw
tc qdisc show dev v0
tc qdisc replace dev v0 root handle 1: cake datacentre noatm
tc qdisc show dev v0
tc qdisc del dev v0 root
tc qdisc replace dev v0 root handle 1: cake bandwidth 10mbit
ping -c 2 -i 0.1 -W 1 10.0.0.2 | grep -c 'bytes from'
ping -c 1 -W 1 -Q 0x20 10.0.0.2 | grep -c 'bytes from'
ping -c 1 -W 1 -Q 0xb8 10.0.0.2 | grep -c 'bytes from'
tc -s qdisc show dev v0 | grep -v _delay
tc -s -j qdisc show dev v0 | grep -o 'memory_used.*threshold_rate'
tc qdisc change dev v0 root handle 1: cake nat wash
tc qdisc replace dev v0 root handle 2: cake diffserv4 bandwidth 10mbit
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
ping -c 1 -W 1 -Q 0x20 10.0.0.2 | grep -c 'bytes from'
ping -c 1 -W 1 -Q 0xb8 10.0.0.2 | grep -c 'bytes from'
tc -s qdisc show dev v0 | grep -v _delay
tc qdisc replace dev v0 root handle 3: cake diffserv8 bandwidth 10mbit
ping -c 1 -W 1 -Q 0x10 10.0.0.2 | grep -c 'bytes from'
tc -s qdisc show dev v0 | grep -v _delay
tc qdisc replace dev v0 root handle 4: cake precedence bandwidth 10mbit
ping -c 1 -W 1 -Q 0x40 10.0.0.2 | grep -c 'bytes from'
tc -s qdisc show dev v0 | grep -v _delay
tc qdisc replace dev v0 root handle 5: cake besteffort
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
tc -s qdisc show dev v0 | grep -v _delay
tc qdisc replace dev v0 root handle 6: cake bandwidth 80kbit besteffort
ping -q -c 10 -l 10 -s 958 -W 3 10.0.0.2 | grep -oE '[0-9]+ received'
tc -s qdisc show dev v0 | grep -E 'Sent|  (thresh|target|interval|pkts|bytes|way_inds|way_miss|way_cols|drops|max_len|quantum)|capacity' | sed 's/overlimits [0-9]*//'
tc qdisc replace dev v0 root handle 7: cake bogus
tc qdisc replace dev v0 root handle 7: cake bandwidth x
tc qdisc replace dev v0 root handle 7: cake rtt x
tc qdisc replace dev v0 root handle 7: cake overhead 300
tc qdisc replace dev v0 root handle 7: cake mpu 300
tc qdisc replace dev v0 root handle 7: cake memlimit x
tc qdisc replace dev v0 root handle 7: cake bandwidth 1mbit ethernet ether-vlan
tc qdisc show dev v0
tc qdisc add dev v0 parent 7:1 pfifo
tc class add dev v0 parent 7: classid 7:1 cake
tc qdisc replace dev v0 root handle 8: tbf rate 1mbit burst 2000 limit 10000
tc qdisc add dev v0 parent 8:1 handle 9: cake
tc qdisc show dev v0
tc qdisc del dev v0 root
