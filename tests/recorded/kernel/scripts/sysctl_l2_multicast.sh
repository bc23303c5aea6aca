# drop_unicast_in_l2_multicast: packets for one host in frames for all
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h addr add fd00::1/64 dev ea nodad
ip -n r addr add fd00::2/64 dev eb nodad
ip -n h link set ea up
ip -n r link set eb up
@sleep 3
ip -n h neigh add 10.0.0.2 lladdr ff:ff:ff:ff:ff:ff dev ea nud permanent
ip -n h neigh add fd00::2 lladdr ff:ff:ff:ff:ff:ff dev ea nud permanent
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec h ping -c 1 -W 1 fd00::2
ip netns exec r sysctl -w net.ipv4.conf.eb.drop_unicast_in_l2_multicast=1
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec r sysctl -w net.ipv4.conf.eb.drop_unicast_in_l2_multicast=0 net.ipv4.conf.all.drop_unicast_in_l2_multicast=1
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec r sysctl -w net.ipv4.conf.all.drop_unicast_in_l2_multicast=0
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip -n h neigh replace 10.0.0.2 lladdr 01:00:5e:00:00:05 dev ea nud permanent
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec r sysctl -w net.ipv4.conf.eb.drop_unicast_in_l2_multicast=1
ip netns exec h ping -c 1 -W 1 10.0.0.2
# what is for all may come to all
ip netns exec r sysctl -w net.ipv4.icmp_echo_ignore_broadcasts=0
ip netns exec h ping -c 1 -W 1 -b 10.0.0.255
ip netns exec h ping -c 1 -W 1 fd00::2
ip netns exec r sysctl -w net.ipv6.conf.all.drop_unicast_in_l2_multicast=1
ip netns exec h ping -c 1 -W 1 fd00::2
ip netns exec r sysctl -w net.ipv6.conf.all.drop_unicast_in_l2_multicast=0 net.ipv6.conf.eb.drop_unicast_in_l2_multicast=1
ip netns exec h ping -c 1 -W 1 fd00::2
ip netns exec h ping -c 1 -W 1 ff02::1%ea
