# nft tables of the family bridge at every hook: packets, counters, lists, reject, sets, maps, VLANs and ARP
nft add table bridge w
nft add chain bridge w c '{ type filter hook prerouting priority 0; }'
nft add rule bridge w c meta protocol 1 ct state new counter notrack
nft add rule bridge w c meta protocol 1 tcp option maxseg size set 1
nft add rule bridge w c reject
nft delete table bridge w
nft add table bridge e
nft add chain bridge e forward '{ type filter hook forward priority 10; }'
nft add chain bridge e post '{ type filter hook postrouting priority 10; }'
nft add chain bridge e out '{ type filter hook output priority 10; }'
nft add chain bridge e c
nft add rule bridge e c icmp type echo-request counter reject
nft add rule bridge e forward iifname va jump c
nft add rule bridge e forward reject
nft add rule bridge e post counter reject
nft add rule bridge e out counter reject with tcp reset
nft add rule bridge e c meta protocol arp reject
nft add rule bridge e c ether type arp reject with icmp host-unreachable
nft add rule bridge e c ip saddr 1.2.3.4 reject with icmpv6 no-route
nft add rule bridge e c udp dport 5 reject with tcp reset
ip netns add a
ip netns add b
ip link add br0 address 02:00:00:00:00:aa type bridge
ip link add va address 02:00:00:00:00:01 type veth peer name eth0 netns a address 02:00:00:00:00:02
ip link add vb address 02:00:00:00:00:03 type veth peer name eth0 netns b address 02:00:00:00:00:04
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
sysctl -qw net.ipv6.conf.br0.disable_ipv6=1 net.ipv6.conf.va.disable_ipv6=1 net.ipv6.conf.vb.disable_ipv6=1
ip netns exec a sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1
ip link set va master br0
ip link set vb master br0
ip link set br0 up
ip link set va up
ip link set vb up
ip -n a link set eth0 up
ip -n b link set eth0 up
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n b addr add 10.0.0.2/24 dev eth0
ip addr add 10.0.0.254/24 dev br0
@sleep 2
nft list table bridge e
nft flush table bridge e
ip -n a neigh replace 10.0.0.2 lladdr 02:00:00:00:00:04 dev eth0 nud permanent
ip -n a neigh replace 10.0.0.254 lladdr 02:00:00:00:00:aa dev eth0 nud permanent
ip -n b neigh replace 10.0.0.1 lladdr 02:00:00:00:00:02 dev eth0 nud permanent
ip -n b neigh replace 10.0.0.254 lladdr 02:00:00:00:00:aa dev eth0 nud permanent
ip neigh replace 10.0.0.1 lladdr 02:00:00:00:00:02 dev br0 nud permanent
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:04 dev br0 nud permanent
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft add table bridge t
nft add chain bridge t pre '{ type filter hook prerouting priority -300; }'
nft add chain bridge t inp '{ type filter hook input priority -200; }'
nft add chain bridge t forward '{ type filter hook forward priority -200; }'
nft add chain bridge t out '{ type filter hook output priority 100; }'
nft add chain bridge t post '{ type filter hook postrouting priority 300; }'
nft list chains
nft -y list chains bridge
nft add rule bridge t pre iifname va counter
nft add rule bridge t pre meta ibrname br0 meta protocol ip counter
nft add rule bridge t inp iifname va ip protocol icmp counter
nft add rule bridge t inp iif va icmp type echo-request counter
nft add rule bridge t forward iifname va oifname vb ip saddr 10.0.0.1 ip daddr 10.0.0.2 icmp type echo-request counter
nft add rule bridge t forward ether saddr 02:00:00:00:00:02 ether daddr 02:00:00:00:00:04 counter
nft add rule bridge t forward meta ibrname br0 meta obrname br0 counter
nft add rule bridge t forward ether type ip counter
nft add rule bridge t forward ether type arp counter
nft add rule bridge t forward meta l4proto icmp counter
nft add rule bridge t forward ip ttl 64 meta length 84 counter
nft add rule bridge t forward pkttype other counter
nft add rule bridge t forward pkttype host counter
nft add rule bridge t out oifname va ip saddr 10.0.0.254 counter
nft add rule bridge t out meta obrname br0 counter
nft add rule bridge t post oifname vb counter
nft add rule bridge t post oifname va counter
nft add rule bridge t post meta obrname br0 ether saddr 02:00:00:00:00:aa counter
ip netns exec a ping -c 2 -W 1 10.0.0.2
ip netns exec a ping -c 1 -W 1 10.0.0.254
ping -c 1 -W 1 10.0.0.2
nft list table bridge t
nft -a list chain bridge t forward
nft -j list chain bridge t forward
nft flush table bridge t
ip -n a neigh del 10.0.0.2 dev eth0
nft add rule bridge t forward arp operation request arp saddr ip 10.0.0.1 arp daddr ip 10.0.0.2 counter
nft add rule bridge t forward arp operation reply arp saddr ether 02:00:00:00:00:04 counter
nft add rule bridge t forward ether daddr ff:ff:ff:ff:ff:ff ether type arp counter
nft add rule bridge t forward pkttype broadcast counter
nft add rule bridge t pre arp htype 1 arp ptype ip arp hlen 6 arp plen 4 counter
nft add rule bridge t inp ether type arp counter
nft add rule bridge t post ether type arp counter
ip netns exec a ping -c 1 -W 1 10.0.0.2
nft list table bridge t
nft -j list table bridge t
nft add rule bridge t forward arp operation request drop
ip -n a neigh flush all
ip netns exec a ping -c 1 -W 1 10.0.0.2
nft flush table bridge t
ip -n a neigh replace 10.0.0.2 lladdr 02:00:00:00:00:04 dev eth0 nud permanent
nft add set bridge t macs '{ type ether_addr; }'
nft add element bridge t macs '{ 02:00:00:00:00:02, 02:00:00:00:00:09 }'
nft add set bridge t pairs '{ type ether_addr . ipv4_addr; }'
nft add element bridge t pairs '{ 02:00:00:00:00:02 . 10.0.0.1 }'
nft add map bridge t ports '{ type ifname : verdict; }'
nft add element bridge t ports '{ va : accept, vb : drop }'
nft add rule bridge t forward ether saddr . ip saddr @pairs counter
nft add rule bridge t forward ether saddr @macs counter
nft add rule bridge t forward ether saddr '{ 02:00:00:00:00:02, 02:00:00:00:00:04 }' counter
nft add rule bridge t forward ip daddr 10.0.0.0/30 counter
nft add rule bridge t forward ip daddr != 10.0.0.0/30 counter
nft add rule bridge t forward iifname vmap @ports
nft add rule bridge t forward meta protocol vmap '{ ip : accept, arp : accept }'
ip netns exec a ping -c 1 -W 1 10.0.0.2
nft list table bridge t
nft -j list table bridge t
nft flush table bridge t
nft delete element bridge t ports '{ vb }'
nft add chain bridge t c
nft add rule bridge t c icmp type echo-request counter reject
nft add rule bridge t pre iifname va jump c
ip netns exec a ping -c 1 -W 1 10.0.0.2
nft list table bridge t
nft flush chain bridge t c
nft add rule bridge t c tcp dport 80 counter reject with tcp reset
nft add rule bridge t c udp dport 53 counter reject with icmp port-unreachable
nft add rule bridge t c counter reject with icmpx host-unreachable
nft add rule bridge t c ip6 saddr ::1 reject with icmpv6 no-route
nft -a list chain bridge t c
nft -j list chain bridge t c
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec a bash -c 'echo x > /dev/tcp/10.0.0.2/80'
nft list chain bridge t c
nft flush table bridge t
nft add rule bridge t inp counter reject with icmp admin-prohibited
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft list chain bridge t inp
nft flush table bridge t
nft add rule bridge t pre counter reject
ip netns exec a ping -c 1 -W 1 10.0.0.2
nft flush table bridge t
nft add rule bridge t pre meta mark set 7
nft add rule bridge t forward meta mark 7 counter
nft add rule bridge t inp meta mark 7 counter
nft add rule bridge t pre ether saddr 02:00:00:00:00:02 ether daddr set 02:00:00:00:00:04
nft add rule bridge t forward ip ttl set 9
nft add rule bridge t pre ip daddr set 10.0.0.9
nft list table bridge t
nft flush table bridge t
nft add rule bridge t pre ct state new counter
nft add rule bridge t forward ct state established counter
nft add rule bridge t forward ct state vmap '{ established : accept, new : continue }'
ip netns exec a ping -c 2 -W 1 10.0.0.2
nft list table bridge t
conntrack -L | sed 's/1 [0-9]* src/1 N src/; s/id=[0-9]*/id=N/g'
nft flush table bridge t
nft add rule bridge t pre notrack
nft add rule bridge t forward ct state untracked counter
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft list chain bridge t forward
nft flush table bridge t
nft add rule bridge t forward vlan id 5 counter
nft add rule bridge t forward vlan id 5 ip saddr 10.5.0.1 counter
nft add rule bridge t forward vlan type arp counter
nft add rule bridge t forward vlan pcp 3 vlan dei 0 counter
nft add rule bridge t forward ether type vlan counter
nft add rule bridge t forward ether type 8021q vlan id 1-9 counter
nft add rule bridge t forward vlan id '{ 5, 6 }' counter
nft add rule bridge t forward ip saddr 10.5.0.1 counter
nft add rule bridge t forward meta protocol ip counter
nft add rule bridge t forward ether type ip counter
nft add rule bridge t forward vlan id 5 ether saddr 02:00:00:00:00:02 counter
nft add rule bridge t pre icmp type echo-request counter
ip -n a link add link eth0 name v5 type vlan id 5
ip -n b link add link eth0 name v5 type vlan id 5
ip -n a addr add 10.5.0.1/24 dev v5
ip -n b addr add 10.5.0.2/24 dev v5
ip -n a link set v5 up
ip -n b link set v5 up
ip -n a neigh replace 10.5.0.2 lladdr 02:00:00:00:00:04 dev v5 nud permanent
ip -n b neigh replace 10.5.0.1 lladdr 02:00:00:00:00:02 dev v5 nud permanent
ip netns exec a ping -c 1 -W 1 10.5.0.2
nft list table bridge t
nft -j list chain bridge t forward
nft flush table bridge t
nft add chain bridge t forward '{ policy drop; }'
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft list chain bridge t forward
nft add rule bridge e forward masquerade
nft add rule bridge e forward dnat to 10.0.0.9
nft add rule bridge e forward redirect
nft add rule bridge t forward notrack
nft add rule bridge e forward fwd to va
nft add rule bridge e forward dup to va
nft add rule bridge e forward ip saddr 10.0.0.1 ip6 saddr ::1
nft add rule bridge e forward arp operation request ip saddr 10.0.0.1
nft add rule bridge e forward meta nfproto ipv4
nft add rule bridge e forward fib daddr type local
nft add rule bridge e forward rt mtu 1400
nft add rule bridge e forward meta broute set 1
nft add rule bridge t c counter reject with tcp reset
nft add rule bridge t c reject with tcp reset
nft add rule bridge t c reject
nft add rule bridge t c reject with icmpx no-route
nft add rule bridge t c ip protocol icmp reject
nft add rule bridge t c ip6 nexthdr icmpv6 reject
nft list chain bridge t c
nft add rule bridge t forward tcp flags syn tcp option maxseg size set 1400
nft add rule bridge t forward limit rate 10/second counter
nft add rule bridge t forward ip protocol tcp tcp dport 22 accept
nft add rule bridge t forward ip6 nexthdr icmpv6 icmpv6 type nd-neighbor-solicit accept
nft add rule bridge t forward tcp dport 22 accept
nft add rule bridge t forward meta l4proto tcp tcp dport 22 accept
nft add rule bridge t forward ether type ip6 tcp dport 22 accept
nft add rule bridge t forward icmpv6 type echo-request accept
nft add rule bridge t forward udp dport 67-68 drop
nft list chain bridge t forward
nft -j list chain bridge t forward
nft add chain bridge t n '{ type nat hook prerouting priority 0; }'
nft add chain bridge t n '{ type route hook output priority 0; }'
nft add chain bridge t n '{ type filter hook forward priority security; }'
nft add chain bridge t n '{ type filter hook forward priority dstnat; }'
nft add chain bridge t n '{ type filter hook forward priority out + 5; }'
nft add chain bridge t m '{ type filter hook output priority out + 5; }'
nft add chain bridge t o '{ type filter hook prerouting priority filter - 20; }'
nft add chain bridge t p '{ type filter hook postrouting priority 55; }'
nft list chains bridge
nft add table inet t
nft add table bridge t
nft delete chain bridge t m
nft delete table bridge t
nft delete table bridge e
nft list ruleset
