# fwmark_reflect, tcp_fwmark_accept: the mark of what arrived on what answers it
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h link set ea up
ip -n r link set eb up
ip -n h addr add fd00::1/64 dev ea nodad
ip -n r addr add fd00::2/64 dev eb nodad
@sleep 2
ip netns exec r sysctl net.ipv4.fwmark_reflect net.ipv6.fwmark_reflect net.ipv4.tcp_fwmark_accept
ip netns exec r iptables -t mangle -A PREROUTING -i eb -j MARK --set-mark 7
ip netns exec r iptables -A OUTPUT -m mark --mark 7
ip netns exec r ip6tables -t mangle -A PREROUTING -i eb -j MARK --set-mark 7
ip netns exec r ip6tables -A OUTPUT -m mark --mark 7 ! -p ipv6-icmp
ip netns exec r ip6tables -A OUTPUT -m mark --mark 7 -p ipv6-icmp --icmpv6-type echo-reply
ip netns exec r ip6tables -A OUTPUT -m mark --mark 7 -p ipv6-icmp --icmpv6-type port-unreachable
ip netns exec r ip6tables -A OUTPUT -m mark --mark 7 -p ipv6-icmp --icmpv6-type neighbour-advertisement
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec h nc -zv -w 1 10.0.0.2 5000
echo x | ip netns exec h nc -u -w 1 10.0.0.2 5000
ip netns exec r iptables -nvxL OUTPUT
ip netns exec r sysctl -w net.ipv4.fwmark_reflect=1
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec r iptables -nvxL OUTPUT
ip netns exec h nc -zv -w 1 10.0.0.2 5000
ip netns exec r iptables -nvxL OUTPUT
echo x | ip netns exec h nc -u -w 1 10.0.0.2 5000
ip netns exec r iptables -nvxL OUTPUT
ip netns exec r nc -lk 5001 &
ip netns exec h nc -zv -w 1 10.0.0.2 5001
ip netns exec r iptables -nvxL OUTPUT
ip netns exec r sysctl -w net.ipv4.tcp_fwmark_accept=1
ip netns exec h nc -zv -w 1 10.0.0.2 5001
ip netns exec r iptables -nvxL OUTPUT
ip netns exec h ping -c 1 -W 1 fd00::2
ip netns exec h nc -zv -w 1 fd00::2 5000
echo x | ip netns exec h nc -u -w 1 fd00::2 5000
ip netns exec r ip6tables -nvxL OUTPUT
ip netns exec r sysctl -w net.ipv6.fwmark_reflect=1
ip netns exec h ping -c 1 -W 1 fd00::2
ip netns exec h nc -zv -w 1 fd00::2 5000
echo x | ip netns exec h nc -u -w 1 fd00::2 5000
ip netns exec r ip6tables -nvxL OUTPUT
# what it is for: answers by another table
ip netns exec r ip rule add fwmark 7 table 100
ip netns exec r ip route add blackhole default table 100
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec r sysctl -w net.ipv4.fwmark_reflect=0
ip netns exec h ping -c 1 -W 1 10.0.0.2
