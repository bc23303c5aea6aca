# log_martians: what the kernel writes down about packets that cannot come from where they came
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n h link set lo up
ip -n r link set lo up
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h link set ea up
ip -n r link set eb up
ip -n h addr add 10.9.9.9/32 dev lo
ip netns exec r sysctl -w net.ipv4.conf.eb.rp_filter=1
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec h ping -c 1 -W 1 -I 10.9.9.9 10.0.0.2

ip netns exec r sysctl -w net.ipv4.conf.eb.log_martians=1
ip netns exec h ping -c 1 -W 1 -I 10.9.9.9 10.0.0.2
dmesg | tail -n 2 | sed 's/^[^]]*] //'
# all counts as well; many are not told
ip netns exec r sysctl -w net.ipv4.conf.eb.log_martians=0 net.ipv4.conf.all.log_martians=1
ip netns exec h ping -c 30 -i 0.1 -W 0.1 -q -I 10.9.9.9 10.0.0.2

dmesg | grep -A 1 martian | tail -n 3 | sed 's/^[^]]*] //'
@sleep 6
ip netns exec h ping -c 1 -W 1 -I 10.9.9.9 10.0.0.2
dmesg | tail -n 3 | sed 's/^[^]]*] //'
