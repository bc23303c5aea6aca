# nft tables of the family arp: input and output, sets, mangling, lists, errors
ip netns add a
ip link add va address 02:00:00:00:00:01 type veth peer name eth0 netns a address 02:00:00:00:00:02
sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip link set va up
ip -n a link set eth0 up
ip addr add 10.0.0.254/24 dev va
ip -n a addr add 10.0.0.1/24 dev eth0
@sleep 1
nft add table arp f
nft add chain arp f in '{ type filter hook input priority 0; }'
nft add chain arp f out '{ type filter hook output priority 0; }'
nft add chain arp f bad '{ type filter hook forward priority 0; }'
nft add chain arp f bad '{ type filter hook prerouting priority 0; }'
nft add chain arp f bad '{ type nat hook input priority 0; }'
nft add chain arp f named '{ type filter hook input priority raw; }'
nft add chain arp f named2 '{ type filter hook input priority filter + 7; }'
nft add chain arp f named3 '{ type filter hook input priority -150; }'
nft add rule arp f in counter
nft add rule arp f in arp operation request counter
nft add rule arp f in arp operation reply counter
nft add rule arp f in arp operation '{ request, reply }' counter
nft add rule arp f in arp saddr ip 10.0.0.1 counter
nft add rule arp f in arp daddr ip 10.0.0.0/24 counter
nft add rule arp f in arp saddr ether 02:00:00:00:00:02 counter
nft add rule arp f in arp daddr ether 00:00:00:00:00:00 counter
nft add rule arp f in ether saddr 02:00:00:00:00:02 counter
nft add rule arp f in meta protocol arp counter
nft add rule arp f in meta length 28 counter
nft add rule arp f in iif va counter
nft add rule arp f in pkttype broadcast counter
nft add rule arp f out counter
nft add rule arp f out oifname va arp operation reply counter
nft add rule arp f out arp saddr ether 02:00:00:00:00:01 counter
nft add rule arp f out arp operation request counter
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft -a list table arp f
nft -j list table arp f
nft -n list chain arp f in
ip neigh flush all
ping -c 1 -W 1 10.0.0.1
nft list table arp f
nft flush table arp f
nft add set arp f ok '{ type ipv4_addr . ether_addr; }'
nft add element arp f ok '{ 10.0.0.1 . 02:00:00:00:00:02 }'
nft add rule arp f in arp saddr ip . arp saddr ether @ok counter accept
nft add rule arp f in counter drop
ip -n a neigh flush all
ip netns exec a ping -c 1 -W 1 10.0.0.254
ip -n a link set eth0 address 02:00:00:00:00:22
ip -n a neigh flush all
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft flush table arp f
nft add rule arp f out arp operation request drop
@sleep 4
ip neigh flush all
ping -c 1 -W 1 10.0.0.1
nft flush table arp f
nft add rule arp f out arp operation reply arp saddr ether set 02:00:00:00:00:77
nft add rule arp f in tcp dport 22
nft add rule arp f in ct state new
nft add rule arp f in reject
nft add rule arp f in arp operation nonsense
nft add rule arp f in arp saddr ip fe80::1
nft add rule arp f in vlan id 5
nft add rule arp f in arp hlen 6 drop
nft add rule arp f in limit rate 1/second accept
nft add rule arp f in meta mark set 1
nft add rule arp f in notrack
nft add rule arp f in fib daddr type local
nft add rule arp f in arp operation rreply
nft add rule arp f in arp operation inreply arp ptype ip6
nft add rule arp f in jump nosuch
nft add rule arp f out oif va snat to 1.2.3.4
nft list table arp f
nft flush chain arp f in
ip -n a neigh flush all
ip netns exec a ping -c 1 -W 1 10.0.0.254
ip -n a neigh show
nft delete table arp f
nft list ruleset
