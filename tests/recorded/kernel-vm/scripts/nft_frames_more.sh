# bridge reject of IPv6, devices added to a chain of netdev, priorities around tracking, fragments at a bridge that tracks
ip link add br0 address 02:00:00:00:00:aa type bridge
ip link set br0 up
for n in a b; do ip netns add $n; ip link add eth0 netns $n address 02:00:00:00:00:0$n type veth peer name p$n address 02:00:00:00:01:0$n; done
for n in a b; do ip -n $n link set eth0 up; ip link set p$n up; ip link set p$n master br0; done
ip -n a addr add fd00::a/64 dev eth0 nodad
ip -n b addr add fd00::b/64 dev eth0 nodad
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n b addr add 10.0.0.2/24 dev eth0
@sleep 2
ip netns exec a ping -c 1 fd00::b | grep -c ttl=
nft add table bridge t
nft 'add chain bridge t pre { type filter hook prerouting priority 0; }'
nft add rule bridge t pre icmpv6 type echo-request reject
ip netns exec a ping -c 1 -W 1 fd00::b
nft flush chain bridge t pre
nft add rule bridge t pre icmpv6 type echo-request reject with icmpx admin-prohibited
ip netns exec a ping -c 1 -W 1 fd00::b
nft flush chain bridge t pre
nft add rule bridge t pre icmpv6 type echo-request reject with icmpv6 no-route
ip netns exec a ping -c 1 -W 1 fd00::b
nft flush chain bridge t pre
nft add rule bridge t pre tcp dport 80 reject with tcp reset
ip netns exec a nc -w 2 fd00::b 80
ip netns exec a nc -w 2 10.0.0.2 80
nft flush chain bridge t pre
nft add rule bridge t pre udp dport 80 reject with icmpv6 addr-unreachable
ip netns exec a bash -c 'exec 3<>/dev/udp/fd00::b/80; echo x >&3; read -t 1 l <&3; echo $?'
nft delete table bridge t
nft add table netdev n
nft 'add chain netdev n c { type filter hook ingress device pa priority 0; }'
nft 'add chain netdev n c { type filter hook ingress devices = { pa, pb } priority 0; }'
nft 'add chain netdev n c { type filter hook ingress device pb priority 0; }'
nft 'add chain netdev n c { type filter hook ingress device pb priority 5; }'
nft list table netdev n
nft add rule netdev n c counter
ip netns exec a ping -c 1 10.0.0.2 | grep -c ttl=
nft list table netdev n | grep -c 'counter packets 0'
nft delete table netdev n
nft add table bridge t
nft 'add chain bridge t e { type filter hook prerouting priority -201; }'
nft 'add chain bridge t m { type filter hook prerouting priority -200; }'
nft 'add chain bridge t l { type filter hook prerouting priority -199; }'
nft 'add chain bridge t fo { type filter hook forward priority 0; }'
nft add rule bridge t fo ct state new counter
for c in e m l; do nft add rule bridge t $c ip protocol icmp ct state new counter; nft add rule bridge t $c ip protocol icmp ct state untracked counter; nft add rule bridge t $c ip protocol icmp ct state invalid counter; nft add rule bridge t $c ip protocol icmp counter; done
ip netns exec a ping -c 1 10.0.0.2 | grep -c ttl=
nft list table bridge t
ip netns exec a ping -c 1 -s 3000 -W 1 10.0.0.2 | grep -c ttl=
nft list table bridge t
ip netns exec a ping -c 1 -s 3000 -W 1 fd00::b | grep -c ttl=
ip netns exec b timeout 5 tcpdump -lnvi eth0 -c 3 icmp > /tmp/d 2>/dev/null &
@sleep 2
ip netns exec a ping -c 1 -s 3000 -W 1 10.0.0.2 | grep -c ttl=
@sleep 1
sed 's/id [0-9]*/id N/g; s/^[0-9:.]* //' /tmp/d
conntrack -L -p icmp 2>/dev/null | wc -l
