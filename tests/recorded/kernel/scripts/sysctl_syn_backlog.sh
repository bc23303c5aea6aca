# tcp_syncookies 0 and 1: how many half-open connections a listener holds
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h link set ea up
ip -n r link set eb up
ip netns exec r nc -lk 5000 &
ip netns exec r ss -Htln
ip netns exec r sysctl net.ipv4.tcp_syncookies net.ipv4.tcp_max_syn_backlog
# SYN-ACKs do not arrive: connections stay half open
ip netns exec h iptables -A INPUT -p tcp --sport 5000 -j DROP
ip netns exec r sysctl -w net.ipv4.tcp_syncookies=0
ip netns exec h timeout 9 nc 10.0.0.2 5000 &
ip netns exec h timeout 9 nc 10.0.0.2 5000 &
ip netns exec h timeout 9 nc 10.0.0.2 5000 &
ip netns exec h timeout 9 nc 10.0.0.2 5000 &
@sleep 1
ip netns exec r ss -Htan state syn-recv | wc -l
@sleep 12
# a limit of the host is near
ip netns exec r sysctl -w net.ipv4.tcp_max_syn_backlog=1
ip netns exec h timeout 9 nc 10.0.0.2 5000 &
ip netns exec h timeout 9 nc 10.0.0.2 5000 &
@sleep 1
ip netns exec r ss -Htan state syn-recv | wc -l
