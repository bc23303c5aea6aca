# how long connections stay that were in a flowtable: idle, closed, reset
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
nft 'add chain inet t fo { type filter hook forward priority 0; policy accept; }'
nft add rule inet t fo meta l4proto tcp flow add @f
ip netns exec b sh -c 'sleep 90 | nc -l 5001' > /tmp/got &
ip netns exec b sh -c 'sleep 1 | nc -l 5002' > /tmp/got2 &
@sleep 1
ip netns exec a sh -c '(echo hello1; sleep 60) | nc -N -p 6001 10.2.0.2 5001' > /tmp/echoed &
ip netns exec a sh -c '(echo hello1; sleep 1) | nc -N -p 6002 10.2.0.2 5002' > /tmp/echoed &
@sleep 10
conntrack -L -p tcp 2>/dev/null
@sleep 22
conntrack -L -p tcp 2>/dev/null
@sleep 3
conntrack -L -p tcp 2>/dev/null
@sleep 3
conntrack -L -p tcp 2>/dev/null
@sleep 4
conntrack -L -p tcp 2>/dev/null
