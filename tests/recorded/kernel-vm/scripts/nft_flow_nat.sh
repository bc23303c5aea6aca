# offloaded flows with NAT; what a rule, a route, conntrack -D and a deleted flowtable do to them; TTL 1; long packets
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name va address 02:00:00:00:00:02
ip -n a link set eth0 up
ip link set va up
ip link add eth0 netns b address 02:00:00:00:00:03 type veth peer name vb address 02:00:00:00:00:04
ip -n b link set eth0 up
ip link set vb up
ip -n a addr add 10.1.0.2/24 dev eth0
ip addr add 10.1.0.1/24 dev va
ip -n b addr add 10.2.0.2/24 dev eth0
ip addr add 10.2.0.1/24 dev vb
ip -n a route add default via 10.1.0.1
sysctl -qw net.ipv4.ip_forward=1
nft add table ip t
nft 'add flowtable ip t f { hook ingress priority 0; devices = { va, vb }; }'
nft 'add chain ip t fo { type filter hook forward priority 0; }'
nft 'add chain ip t nat { type nat hook postrouting priority srcnat; }'
nft add rule ip t nat oif vb masquerade
nft add rule ip t fo flow add @f
nft add rule ip t fo counter
ip netns exec b sh -c '(sleep 2; echo r1; sleep 8; echo r2; sleep 90) | nc -u -l 5000' > /tmp/served &
ip netns exec a sh -c '(sleep 1; echo h1; sleep 2; echo h2; sleep 1; echo h3; sleep 5; echo h4; sleep 10; echo h5; sleep 10; echo h6; sleep 1; echo h7; sleep 10; echo h8; sleep 1; echo h9; sleep 9; echo h10; sleep 60) | timeout 100 nc -u -p 6000 10.2.0.2 5000' > /tmp/got &
@sleep 6
nft list chain ip t fo
conntrack -L -p udp 2>/dev/null
nft add rule ip t fo drop
@sleep 8
nft list chain ip t fo
cat /tmp/got /tmp/served
ip route add 10.9.0.0/24 via 10.2.0.2
@sleep 7
nft list chain ip t fo
conntrack -L -p udp 2>/dev/null
nft flush chain ip t fo
nft delete flowtable ip t f
conntrack -L -p udp 2>/dev/null
nft add rule ip t fo counter
@sleep 9
nft list chain ip t fo
nft 'add flowtable ip t f { hook ingress priority 0; devices = { va }; }'
nft insert rule ip t fo flow add @f
@sleep 9
nft list chain ip t fo
conntrack -D -p udp 2>/dev/null | sed 's/17 [0-9]* /17 /'
@sleep 9
conntrack -L -p udp 2>/dev/null
nft list chain ip t fo
cat /tmp/served
