# fib_multipath_hash_policy: how many ways the flows of one pair of hosts take
ip netns add h
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name ra
ip link add eb netns h address 02:00:00:00:00:0b type veth peer name rb
ip link set ra up
ip link set rb up
ip -n h link set lo up
ip -n h link set ea up
ip -n h link set eb up
ip -n h addr add 10.0.1.2/24 dev ea
ip -n h addr add 10.0.2.2/24 dev eb
ip -n h addr add fd00:1::2/64 dev ea nodad
ip -n h addr add fd00:2::2/64 dev eb nodad
ip -n h addr add 10.7.0.1/32 dev lo
ip -n h addr add fd07::1/128 dev lo nodad
ip -n h route add 10.9.0.0/16 nexthop via 10.0.1.1 nexthop via 10.0.2.1
ip -n h -6 route add fd09::/64 nexthop via fd00:1::1 nexthop via fd00:2::1
@sleep 2
ip -n h route show 10.9.0.0/16
ip netns exec h sysctl net.ipv4.fib_multipath_hash_policy net.ipv4.fib_multipath_hash_fields net.ipv6.fib_multipath_hash_policy
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h route get 10.9.0.1 from 10.7.0.1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h -6 route get fd09::1 from fd07::1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do ip -n h route get 10.9.0.$n from 10.7.0.1; done | grep -o 'dev e[ab]' | sort -u | wc -l
ip netns exec h sysctl -w net.ipv4.fib_multipath_hash_policy=1
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h route get 10.9.0.1 from 10.7.0.1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h route get 10.9.0.1 from 10.7.0.1 ipproto tcp sport 1000 dport $p; done | grep -o 'dev e[ab]' | sort -u | wc -l
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h -6 route get fd09::1 from fd07::1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
ip netns exec h sysctl -w net.ipv6.fib_multipath_hash_policy=1
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h -6 route get fd09::1 from fd07::1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
# 3: by fields; those of the default are the addresses and the protocol
ip netns exec h sysctl -w net.ipv4.fib_multipath_hash_policy=3 net.ipv6.fib_multipath_hash_policy=3
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h route get 10.9.0.1 from 10.7.0.1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
ip netns exec h sysctl -w net.ipv4.fib_multipath_hash_fields=0x10 net.ipv6.fib_multipath_hash_fields=0x20
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h route get 10.9.0.1 from 10.7.0.1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h route get 10.9.0.1 from 10.7.0.1 ipproto tcp sport 1000 dport $p; done | grep -o 'dev e[ab]' | sort -u | wc -l
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h -6 route get fd09::1 from fd07::1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h -6 route get fd09::1 from fd07::1 ipproto tcp sport 1000 dport $p; done | grep -o 'dev e[ab]' | sort -u | wc -l
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do ip -n h route get 10.9.0.$n from 10.7.0.1 ipproto tcp sport 1000 dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
ip netns exec h sysctl -w net.ipv4.fib_multipath_hash_policy=2
for p in 1001 1002 1003 1004 1005 1006 1007 1008 1009 1010 1011 1012 1013 1014 1015 1016; do ip -n h route get 10.9.0.1 from 10.7.0.1 ipproto tcp sport $p dport 80; done | grep -o 'dev e[ab]' | sort -u | wc -l
ip netns exec h sysctl -w net.ipv4.fib_multipath_hash_policy=4
