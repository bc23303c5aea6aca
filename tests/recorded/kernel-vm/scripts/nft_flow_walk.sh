# what packets of an offloaded flow pass: chains, TTL, states of connections
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
ip -n b route add default via 10.2.0.1
sysctl -qw net.ipv4.ip_forward=1 net.netfilter.nf_conntrack_acct=1
nft add table inet t
nft 'add flowtable inet t f { hook ingress priority 0; devices = { va, vb }; counter; }'
nft 'add chain inet t pre { type filter hook prerouting priority -300; }'
nft 'add chain inet t fo { type filter hook forward priority 0; policy accept; }'
nft 'add chain inet t post { type filter hook postrouting priority 0; }'
nft add rule inet t pre counter
nft add rule inet t fo meta l4proto udp counter flow add @f counter
nft add rule inet t fo counter
nft add rule inet t post counter
ip netns exec b timeout 30 tcpdump -lnvi eth0 udp > /tmp/dump 2>/dev/null &
ip netns exec b sh -c '(sleep 3; echo r1; sleep 3; echo r2; sleep 1; echo r3; sleep 20) | nc -u -l 5000' > /dev/null &
@sleep 3
ip netns exec a sh -c '(for i in 1 2 3 4 5 6; do echo hello$i; sleep 1; done; sleep 3) | timeout 9 nc -u -p 6000 10.2.0.2 5000'
nft list table inet t
conntrack -L -p udp 2>/dev/null
cat /proc/net/nf_conntrack
grep -oE 'ttl [0-9]+.*proto UDP|10[.].*' /tmp/dump | sed 's/id [0-9]*/id N/'
nft flush chain inet t fo
nft list flowtables
@sleep 32
conntrack -L -p udp 2>/dev/null
nft add rule inet t fo meta l4proto tcp flow add @f
nft add rule inet t fo counter
ip netns exec b sh -c '(sleep 1; echo s1; sleep 1; echo s2; sleep 3) | nc -l 5001' > /tmp/got &
@sleep 1
ip netns exec a sh -c '(for i in 1 2 3 4 5; do echo hello$i; sleep 1; done; sleep 3) | nc -N -p 6001 10.2.0.2 5001' > /tmp/echoed &
@sleep 7
conntrack -L -p tcp 2>/dev/null
nft list chain inet t fo
@sleep 6
cat /tmp/echoed /tmp/got
conntrack -L -p tcp 2>/dev/null
nft list chain inet t fo
@sleep 32
conntrack -L -p tcp 2>/dev/null | sed "s/ 6 [0-9]* / 6 /"
