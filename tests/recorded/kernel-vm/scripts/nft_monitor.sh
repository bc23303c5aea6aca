# nft monitor: what is added and deleted, with filters and handles
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
nft monitor >> /tmp/m &
nft -j monitor >> /tmp/j &
nft monitor rules >> /tmp/r &
nft monitor new chains >> /tmp/nc &
nft monitor destroy >> /tmp/de &
nft monitor elements >> /tmp/el &
nft -a monitor >> /tmp/ha &
@sleep 3
nft add table inet t
nft add chain inet t in '{ type filter hook input priority 0; policy accept; }'
nft add chain inet t c
nft add rule inet t in tcp dport 22 counter accept
nft insert rule inet t in iifname lo accept
nft add rule inet t in jump c
nft add rule inet t c counter
nft replace rule inet t in handle 4 tcp dport 23 accept
nft add set inet t s '{ type ipv4_addr; flags interval; }'
nft add element inet t s '{ 10.0.0.0/24, 10.1.0.1 }'
nft delete element inet t s '{ 10.1.0.1 }'
nft add map inet t m '{ type inet_service : verdict; elements = { 80 : accept }; }'
nft add counter inet t cnt
nft delete counter inet t cnt
nft delete rule inet t in handle 4
nft 'add rule inet t c tcp dport 1 drop; add rule inet t c tcp dport 2 drop'
nft add table inet t
nft chain inet t in '{ policy drop; }'
nft chain inet t in '{ policy accept; }'
nft rename chain inet t c d
nft flush chain inet t d
@sleep 1
cat /tmp/m | sed 's/process [0-9]*/process N/'
cat /tmp/r
cat /tmp/j
cat /tmp/nc
cat /tmp/de
cat /tmp/el
cat /tmp/ha | sed 's/process [0-9]*/process N/'
true > /tmp/m
nft delete table inet t
nft add table ip f
nft flush ruleset
@sleep 1
cat /tmp/m | sed 's/process [0-9]*/process N/'
true > /tmp/m
nft add table ip x
nft add set ip x plain '{ type inet_service; elements = { 22, 80, 443 }; }'
nft add rule ip x nochain accept
nft 'add chain ip x y; add rule ip x y tcp dport { 1, 2 } accept; insert rule ip x y udp dport 5 counter comment "five"'
nft add rule ip x y position 4 ip saddr 10.0.0.0/8 drop
nft insert rule ip x y position 4 ip saddr 10.1.0.0/16 drop
nft add element ip x plain '{ 8080, 8081 }'
nft flush set ip x plain
nft add quota ip x q '{ over 10 mbytes }'
nft add chain ip x base '{ type nat hook postrouting priority srcnat; }'
nft add rule ip x base masquerade
nft add rule ip x y jump base
nft delete chain ip x base
nft flush chain ip x base
nft delete chain ip x y
nft flush table ip x
nft add table ip x '{ flags dormant; }'
@sleep 1
cat /tmp/m | sed 's/process [0-9]*/process N/'
cat /tmp/j | tail -n 30
nft monitor nonsense
nft monitor new nonsense
timeout 1 nft monitor new
