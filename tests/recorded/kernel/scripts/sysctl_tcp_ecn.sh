# tcp_ecn: who asks, who agrees; ECT on data; a mark is echoed until CWR; tcp_ecn_fallback
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h link set ea up
ip -n r link set eb up
ip -n h neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev ea
ip -n r neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev eb
ip netns exec h sysctl net.ipv4.tcp_ecn net.ipv4.tcp_ecn_fallback
ip netns exec r nc -lk 5000 &
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec r iptables -A INPUT -p tcp -m ecn --ecn-ip-ect 0
ip netns exec r iptables -A INPUT -p tcp -m ecn --ecn-ip-ect 2
ip netns exec r iptables -A INPUT -p tcp -m ecn --ecn-ip-ect 3
ip netns exec h sysctl -w net.ipv4.tcp_ecn=1
@capture r eb
echo hello | ip netns exec h nc -N -w 1 10.0.0.2 5000
@stop
ip netns exec r iptables -nvxL INPUT
ip netns exec r iptables -Z INPUT
ip netns exec r sysctl -w net.ipv4.tcp_ecn=0
@capture r eb
echo hello | ip netns exec h nc -N -w 1 10.0.0.2 5000
@stop
ip netns exec r iptables -nvxL INPUT
ip netns exec r iptables -Z INPUT
ip netns exec h sysctl -w net.ipv4.tcp_ecn=2
ip netns exec r sysctl -w net.ipv4.tcp_ecn=1
@capture r eb
echo hello | ip netns exec h nc -N -w 1 10.0.0.2 5000
@stop
ip netns exec h sysctl -w net.ipv4.tcp_ecn=1
# a router on the way marks what it would otherwise lose
ip netns exec r nft add table ip t
ip netns exec r nft add chain ip t c '{ type filter hook prerouting priority -200 ; }'
ip netns exec r nft add rule ip t c ip ecn ect0 tcp dport 5000 ip ecn set ce
@capture r eb
{ echo hello; sleep 0.5; echo more; sleep 0.5; echo last; } | ip netns exec h nc -N -w 1 10.0.0.2 5000
@stop
ip netns exec r iptables -nvxL INPUT
ip netns exec r iptables -Z INPUT
ip netns exec r nft delete table ip t
# only the first mark
ip netns exec r nft add table ip t
ip netns exec r nft add chain ip t c '{ type filter hook prerouting priority -200 ; }'
ip netns exec r nft add rule ip t c ip ecn ect0 tcp dport 5000 limit rate 1/day burst 1 packets ip ecn set ce
@capture r eb
{ echo hello; sleep 0.5; echo more; sleep 0.5; echo last; } | ip netns exec h nc -N -w 1 10.0.0.2 5000
@stop
ip netns exec r nft delete table ip t
ip netns exec h sysctl -w net.ipv4.tcp_ecn=3
# what a socket tells of it
sh -c "{ echo hello; sleep 3; } | ip netns exec h nc 10.0.0.2 5000" &
ip netns exec h ss -Htino dst 10.0.0.2 | grep -ow 'ecn\|ecnseen'
ip netns exec r ss -Htino sport = 5000 | grep -ow 'ecn\|ecnseen'
@sleep 4
# a SYN that asks and is not answered is sent again without
ip netns exec r nft add table ip t
ip netns exec r nft add chain ip t c '{ type filter hook prerouting priority -200 ; }'
ip netns exec r nft add rule ip t c 'tcp flags & ecn == ecn drop'
@capture r eb
echo hello | ip netns exec h nc -N -w 5 10.0.0.2 5000
@stop
ip netns exec h sysctl -w net.ipv4.tcp_ecn_fallback=0
@capture r eb
echo hello | ip netns exec h nc -N -w 4 10.0.0.2 5000
@stop
# over IPv6
ip netns exec r nft delete table ip t
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=0
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=0
ip -n h addr add fd00::1/64 dev ea nodad
ip -n r addr add fd00::2/64 dev eb nodad
@sleep 3
ip netns exec r nc -6 -lk 5001 &
ip netns exec r nft add table ip6 t
ip netns exec r nft add chain ip6 t c '{ type filter hook input priority 0 ; }'
ip netns exec r nft add rule ip6 t c ip6 ecn ect0 tcp dport 5001 counter
ip netns exec r nft add rule ip6 t c ip6 ecn not-ect tcp dport 5001 counter
ip netns exec h ping -c 1 fd00::2
echo hello | ip netns exec h nc -N -w 1 fd00::2 5001
ip netns exec r nft list table ip6 t
