# nft tables of the family netdev: ingress and egress of devices, fwd and dup, sets, VLANs, devices that come and go
nft add table netdev w
nft add chain netdev w c
nft add rule netdev w c meta protocol 1 dup to lo
nft add rule netdev w c meta protocol 1 fwd to lo
nft add rule netdev w c fib daddr type local
nft delete table netdev w
nft add table netdev e
nft add chain netdev e c
ip netns add a
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add va address 02:00:00:00:00:01 type veth peer name eth0 netns a address 02:00:00:00:00:02
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.eth0.disable_ipv6=1
ip link set va up
ip -n a link set eth0 up
ip addr add 10.0.0.254/24 dev va
ip -n a addr add 10.0.0.1/24 dev eth0
@sleep 2
ip -n a neigh replace 10.0.0.254 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
ip neigh replace 10.0.0.1 lladdr 02:00:00:00:00:02 dev va nud permanent
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft add table netdev n
nft add chain netdev n ing '{ type filter hook ingress device va priority 0; }'
nft add chain netdev n egr '{ type filter hook egress device va priority 0; }'
nft add rule netdev n ing counter
nft add rule netdev n ing meta protocol ip counter
nft add rule netdev n ing ether type arp counter
nft add rule netdev n ing ip protocol icmp icmp type echo-request counter
nft add rule netdev n ing iifname va counter
nft add rule netdev n ing ether saddr 02:00:00:00:00:02 counter
nft add rule netdev n ing pkttype host counter
nft add rule netdev n ing meta length 84 counter
nft add rule netdev n egr counter
nft add rule netdev n egr oifname va ether saddr 02:00:00:00:00:01 counter
nft add rule netdev n egr ip daddr 10.0.0.1 counter
nft add rule netdev n egr meta l4proto icmp meta length 98 counter
nft add rule netdev n egr icmp type echo-reply counter
ip netns exec a ping -c 2 -W 1 10.0.0.254
ip -n a neigh del 10.0.0.254 dev eth0
ip netns exec a ping -c 1 -W 1 10.0.0.254
ip -n a neigh replace 10.0.0.254 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
nft -a list table netdev n
nft -j list table netdev n
nft flush chain netdev n ing
nft flush chain netdev n egr
nft add set netdev n bad '{ type ipv4_addr; flags interval; }'
nft add element netdev n bad '{ 10.0.0.0/30, 192.168.0.0/16 }'
nft add rule netdev n ing ip saddr @bad counter drop
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft list table netdev n
nft flush chain netdev n ing
nft add rule netdev n ing udp dport 9 drop
nft add rule netdev n ing tcp dport '{ 22, 80 }' accept
nft add rule netdev n ing ip saddr 10.0.0.1 tcp flags syn limit rate 5/second accept
nft add rule netdev n ing icmpv6 type echo-request drop
nft add rule netdev n ing meta mark set 5
nft add rule netdev n ing ip ttl set 9
nft add rule netdev n ing ether type vlan counter
nft add rule netdev n ing vlan id 7 counter
nft add rule netdev e c ct state established
nft add rule netdev e c reject
nft add rule netdev e c reject with tcp reset
nft add rule netdev e c reject with icmpx port-unreachable
nft add rule netdev e c meta nfproto ipv4
nft add rule netdev n ing fib daddr type local counter
nft add rule netdev e c masquerade
nft add rule netdev n ing notrack
nft list chain netdev n ing
nft -j list chain netdev n ing
nft flush chain netdev n ing
nft add rule netdev n egr meta mark set 9 counter
nft add rule netdev n egr icmp type echo-request counter drop
ping -c 2 -W 1 10.0.0.1
nft list chain netdev n egr
nft flush chain netdev n egr
nft add chain netdev n ing '{ policy drop; }'
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft list chain netdev n ing
nft add chain netdev n ing '{ policy accept; }'
nft add chain netdev n two '{ type filter hook ingress device va priority -5; policy drop; }'
nft add rule netdev n two ip saddr 10.0.0.1 counter accept
nft add rule netdev n ing counter
ip netns exec a ping -c 1 -W 1 10.0.0.254
nft list table netdev n
nft delete chain netdev n two
nft flush chain netdev n ing
ip link add ifb0 type dummy
ip link set ifb0 up
nft add rule netdev n ing dup to ifb0
nft add rule netdev n ing icmp type echo-request fwd to ifb0
ip netns exec a ping -c 2 -W 1 10.0.0.254
ip -s -j link show ifb0 | grep -oE '"tx":\{"bytes":[0-9]+,"packets":[0-9]+'
nft -a list chain netdev n ing
nft -j list chain netdev n ing
nft flush chain netdev n ing
nft add rule netdev e c fwd to nosuch
nft add rule netdev n ing fwd to va
nft list chain netdev n ing
nft flush chain netdev n ing
nft add chain netdev n x '{ type filter hook ingress device va priority filter + 3; }'
nft add chain netdev n y '{ type filter hook ingress device va priority raw; }'
nft add chain netdev n z '{ type filter hook egress device va priority srcnat; }'
nft add chain netdev n w '{ type filter hook egress device va priority 500; }'
nft add chain netdev n q '{ type filter hook ingress device "va" priority -500; policy drop; }'
nft add chain netdev n q '{ type filter hook ingress devices = { va, nosuch } priority 1; }'
nft add chain netdev n r '{ type filter hook ingress devices = { va, va } priority 1; }'
nft add chain netdev n s '{ type filter hook egress devices = { va, ifb0 } priority 1; }'
nft list chains netdev
nft -j list chains netdev
nft -y list chains netdev
nft delete chain netdev n q
ip link set ifb0 down
ip link set ifb0 name ifb9
nft list chains netdev
ip link del ifb9
nft list chain netdev n s
ip link del va
nft list table netdev n
nft delete table netdev e
nft add chain inet i '{ type filter hook ingress device lo priority 0; }'
nft add table inet i
nft add chain inet i c '{ type filter hook ingress device lo priority 0; }'
nft add chain inet i d '{ type filter hook egress device lo priority 0; }'
nft add chain inet i e '{ type filter hook ingress priority 0; }'
nft add chain ip i e '{ type filter hook ingress device lo priority 0; }'
nft add rule inet i c ip saddr 127.0.0.1 counter
nft add rule inet i c ether type ip counter
nft add rule inet i c ct state new
ip link set lo up
ping -c 1 -W 1 127.0.0.1
nft list ruleset
nft -j list ruleset
nft flush ruleset
nft list ruleset
