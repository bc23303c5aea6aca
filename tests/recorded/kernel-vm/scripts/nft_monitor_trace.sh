# nft monitor trace: packets, rules, verdicts and policies at the hooks of IP, ARP and devices; marks, output, rules that come later
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add c
ip netns exec c sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip link add v1 address 02:00:00:00:00:03 type veth peer name eth0 netns c address 02:00:00:00:00:04
ip link set v1 up
ip -n c link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip addr add 10.1.0.1/24 dev v1
ip -n c addr add 10.1.0.2/24 dev eth0
ip -n c route add default via 10.1.0.1
ip -n b route add default via 10.0.0.1
sysctl -qw net.ipv4.ip_forward=1
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0
ip neigh add 10.1.0.2 lladdr 02:00:00:00:00:04 dev v1
ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0
ip -n c neigh add 10.1.0.1 lladdr 02:00:00:00:00:03 dev eth0
nft add table inet t
nft add table netdev n
nft add table arp r
nft add table ip nat
nft 'add chain inet t pre { type filter hook prerouting priority -300; }'
nft 'add chain inet t in { type filter hook input priority 0; policy drop; }'
nft 'add chain inet t fo { type filter hook forward priority 0; }'
nft 'add chain inet t out { type filter hook output priority 0; }'
nft 'add chain inet t post { type filter hook postrouting priority 0; }'
nft 'add chain ip nat post { type nat hook postrouting priority srcnat; }'
nft 'add chain ip nat pre { type nat hook prerouting priority dstnat; }'
nft add rule ip nat post oif v1 masquerade
nft add rule ip nat pre tcp dport 82 redirect to :81
nft add chain inet t sub
nft add chain inet t sub2
nft add rule inet t pre iifname '{ v0, v1 }' meta nftrace set 1
nft add rule inet t pre udp dport 12 meta mark set 0x7
nft add rule inet t in icmp type echo-request ip dscp cs1 accept
nft add rule inet t in ip protocol icmp jump sub
nft add rule inet t in udp dport 9 goto sub2
nft add rule inet t in tcp dport '{ 80, 81 }' counter mark set 0x5 accept
nft add rule inet t in udp dport vmap '{ 10 : drop, 11 : jump sub2 }'
nft add rule inet t in tcp dport 90 reject with tcp reset
nft add rule inet t sub ip saddr 10.0.0.2 return comment '"go back"'
nft add rule inet t sub2 udp dport 9 log prefix '"x"'
nft add rule inet t fo icmp type echo-request counter
nft add rule inet t fo ip daddr 10.1.0.2 ct state new,established accept
nft 'add chain arp r in { type filter hook input priority 0; }'
nft add rule arp r in meta nftrace set 1
nft 'add chain netdev n in { type filter hook ingress device v1 priority 0; }'
nft add rule netdev n in vlan id 5 meta nftrace set 1
nft monitor trace > /tmp/t1 &
nft monitor > /tmp/m &
@sleep 3
ip netns exec b ping -c 1 -W 1 10.0.0.1 | tail -n 2 | head -n 1
@sleep 1
grep -c trace /tmp/t1
sed 's/trace id [0-9a-f]*/trace/; s/ ip id [0-9]*//; s/ icmp id [0-9]*//; s/sport [0-9]*/sport N/; s/ @th,64,96 0x[0-9a-f]*//' /tmp/t1 | sort
nft monitor trace > /tmp/t2 &
@sleep 2
ip netns exec b ping -c 1 -W 1 10.1.0.2 | grep -c ttl=
@sleep 1
sed 's/trace id [0-9a-f]*/trace/; s/ ip id [0-9]*//; s/ icmp id [0-9]*//; s/sport [0-9]*/sport N/; s/ @th,64,96 0x[0-9a-f]*//' /tmp/t2
nft monitor trace > /tmp/t3 &
nft -nn monitor trace > /tmp/n &
@sleep 2
ip netns exec b bash -c 'echo hello > /dev/udp/10.0.0.1/9; echo hello > /dev/udp/10.0.0.1/10; echo hello > /dev/udp/10.0.0.1/11; echo hello > /dev/udp/10.0.0.1/12'
ip netns exec b bash -c 'echo hello > /dev/tcp/10.0.0.1/90' 2>/dev/null
ip netns exec b bash -c 'echo hello > /dev/tcp/10.0.0.1/82' 2>/dev/null
@sleep 1
sed 's/trace id [0-9a-f]*/trace/; s/ ip id [0-9]*//; s/ icmp id [0-9]*//; s/sport [0-9]*/sport N/; s/ @th,64,96 0x[0-9a-f]*//' /tmp/t3
sed 's/trace id [0-9a-f]*/trace/; s/ ip id [0-9]*//; s/ icmp id [0-9]*//; s/sport [0-9]*/sport N/' /tmp/n | head -n 12
nft monitor trace > /tmp/t4 &
@sleep 2
ip -n b neigh del 10.0.0.1 dev eth0
ip -n c link add v5 link eth0 type vlan id 5
ip -n c link set v5 up
ip -n c addr add 10.5.0.2/24 dev v5
ip netns exec c ping -c 1 -W 1 10.5.0.1 | grep -c ttl=
ip netns exec b arping -c 1 -I eth0 10.0.0.1 | grep -c reply
@sleep 1
sed 's/trace id [0-9a-f]*/trace/' /tmp/t4
nft monitor trace > /tmp/t5 &
@sleep 2
nft flush chain inet t pre
nft add rule inet t out oif lo udp dport 5 meta nftrace set 1
nft add rule inet t out udp dport 6 meta nftrace set 1 meta nftrace 1 mark set 0x9
nft add rule inet t pre udp dport 5 meta nftrace set 0
nft add rule inet t in udp dport 6 accept
bash -c 'echo hello > /dev/udp/127.0.0.1/5; echo hello > /dev/udp/10.1.0.2/6; echo hello > /dev/udp/127.0.0.1/6' 2>/dev/null
@sleep 1
sed 's/trace id [0-9a-f]*/trace/; s/ ip id [0-9]*//; s/ icmp id [0-9]*//; s/sport [0-9]*/sport N/; s/ @th,64,96 0x[0-9a-f]*//' /tmp/t5
grep -v '^trace' /tmp/m | sed 's/process [0-9]*/process N/'
tail -n 3 /tmp/m | sed 's/trace id [0-9a-f]*/trace/'
