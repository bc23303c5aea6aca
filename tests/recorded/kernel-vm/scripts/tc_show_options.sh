# More options of filters, chains and actions
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip link add d0 type dummy
ip link set d0 up
tc chain show dev v0 ingress
tc qdisc add dev v0 clsact
tc chain show dev v0 ingress
tc chain show dev v0 egress
tc chain show dev v0
tc chain show dev nosuch
tc chain show dev v0 foo
tc chain show dev v0 root
tc chain show dev v0 parent ffff:
tc chain show dev v0 parent 5:
tc actions ls action gact
tc -j actions ls action gact
tc actions ls action police
tc actions foo
tc filter add dev v0 ingress protocol ip pref 1 u32 match u16 1 0xffff at 1 action drop
tc filter add dev v0 ingress protocol ip pref 2 u32 match u16 1 0xffff at 3 action drop
tc filter add dev v0 ingress protocol ip pref 3 u32 match u8 1 0xff at 3 action drop
tc filter add dev v0 ingress protocol ip pref 4 u32 match u32 1 0xffffffff at 2 action drop
tc filter add dev v0 ingress protocol ip pref 5 u32 match u8 1 0xff at nexthdr+-4 action drop
tc filter add dev v0 ingress protocol ip pref 6 u32 match u8 1 0xff at nexthdr+3 action drop
tc filter add dev v0 ingress protocol ip pref 7 u32 match u32 1 0xff at 0x10 action drop
tc filter add dev v0 ingress protocol ip pref 15 chain 0 matchall action pass
tc filter add dev v0 ingress protocol ip pref 16 matchall action skbedit mark 5 priority 1:2
tc filter add dev v0 ingress protocol ip pref 17 matchall action skbedit mark 0xff/0x0f pipe
tc filter add dev v0 ingress protocol ip pref 18 matchall action skbedit mark 5/0xffffffff
tc filter add dev v0 ingress protocol ip pref 19 matchall action skbedit mark 5/0
tc filter add dev v0 ingress protocol ip pref 20 matchall action skbedit mark 5/x
tc filter add dev v0 ingress protocol ip pref 21 matchall action skbedit mark x
tc filter show dev v0 ingress
tc filter show dev v0 ingress chain 0
tc filter show dev v0 ingress chain 1
tc -j filter show dev v0 ingress pref 17
tc chain show dev v0 ingress
tc -j chain show dev v0 ingress
tc -s chain show dev v0 ingress
tc chain show dev v0 ingress chain 0
tc chain show dev v0 ingress chain 1
tc chain show dev v0 parent ffff:fff2
tc chain show dev v0 clsact
tc chain show dev v0
tc filter del dev v0 ingress
tc chain show dev v0 ingress
tc qdisc add dev d0 root handle 1: htb default 2 r2q 5
tc class add dev d0 parent 1: classid 1:1 htb rate 10mbit
tc class add dev d0 parent 1:1 classid 1:2 htb rate 5mbit ceil 8mbit
tc class add dev d0 parent 1:1 classid 1:3 htb rate 5mbit prio 2
tc -r class show dev d0
tc -d class show dev d0
tc -r qdisc show dev d0
tc -p class show dev d0
tc -t class show dev d0
tc -N class show dev d0
tc -j class show dev d0
tc -br class show dev d0
tc filter add dev d0 parent 1: protocol ip pref 1 u32 match ip dst 10.0.0.0/8 flowid 1:2
tc filter add dev d0 parent 1: protocol ip pref 1 u32 match ip src 10.0.0.0/8 police rate 1mbit burst 10k drop flowid 1:3
tc chain show dev d0
tc -r filter show dev d0
tc -r -d -s filter show dev d0
tc filter show dev d0 root
tc filter show dev d0 parent 1: prio 1 protocol ip
tc filter show dev d0 handle 800::800
tc filter show dev d0 u32
tc class show dev d0 classid 1:2
tc class show dev d0 parent 1:1
tc class show dev d0 root
tc qdisc replace dev d0 root handle 2: tbf rate 1mbit burst 10k latency 10ms
tc -r qdisc show dev d0
tc -r -d qdisc show dev d0
tc qdisc replace dev d0 root handle 3: netem delay 10ms loss 3%
tc -r qdisc show dev d0
tc qdisc replace dev d0 root handle 4: sfq
tc -r qdisc show dev d0
tc qdisc replace dev d0 root handle 5: fq_codel
tc -r -d qdisc show dev d0
tc qdisc replace dev d0 root handle 6: prio
tc -r -d qdisc show dev d0
