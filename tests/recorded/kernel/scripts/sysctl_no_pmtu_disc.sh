# ip_no_pmtu_disc 0, 1, 2, 3: DF, and what is learned from a router that cannot forward
ip netns add h
ip netns add r
ip netns add s
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name ra netns r address 02:00:00:00:00:aa
ip link add eb netns s address 02:00:00:00:00:0b type veth peer name rb netns r address 02:00:00:00:00:bb
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec s sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n r link set ra up
ip -n r link set rb mtu 1000
ip -n r link set rb up
ip -n h link set lo up
ip -n h link set ea up
ip -n s link set lo up
ip -n s link set eb mtu 1000
ip -n s link set eb up
ip -n h addr add 10.0.1.2/24 dev ea
ip -n r addr add 10.0.1.1/24 dev ra
ip -n r addr add 10.0.2.1/24 dev rb
ip -n s addr add 10.0.2.2/24 dev eb
ip -n h route add default via 10.0.1.1
ip -n s route add default via 10.0.2.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip netns exec h sysctl net.ipv4.ip_no_pmtu_disc
ip netns exec s nc -lk 5000 &
ip netns exec s nc -lku 5000 &
ip netns exec h ping -c 1 -W 1 -s 100 10.0.2.2
ip netns exec h ping -c 1 -W 1 -s 1200 10.0.2.2
ip netns exec h ping -c 1 -W 1 -s 1200 10.0.2.2
ip -n h route get 10.0.2.2 | grep -o 'mtu.*' | sed 's/[0-9]*sec//'
ip -n h route flush cache
ip netns exec h sysctl -w net.ipv4.ip_no_pmtu_disc=1
@capture h ea
ip netns exec h ping -c 1 -W 1 -s 100 10.0.2.2
ip netns exec h ping -c 1 -W 1 -s 1200 10.0.2.2
echo hello | ip netns exec h nc -N -w 1 10.0.2.2 5000
echo hello | ip netns exec h nc -u -w 1 10.0.2.2 5000
@stop
ip -n h route get 10.0.2.2 | grep -o 'mtu.*' | sed 's/[0-9]*sec//'
# with DF a router still complains: how much is believed
ip netns exec h ping -c 1 -W 1 -M do -s 1200 10.0.2.2
ip -n h route get 10.0.2.2 | grep -o 'mtu.*' | sed 's/[0-9]*sec//'
ip netns exec h ping -c 1 -W 1 -M do -s 1200 10.0.2.2
ip -n h route flush cache
ip netns exec h sysctl -w net.ipv4.ip_no_pmtu_disc=2
@capture h ea
ip netns exec h ping -c 1 -W 1 -s 100 10.0.2.2
@stop
ip netns exec h ping -c 1 -W 1 -M do -s 1200 10.0.2.2
ip -n h route get 10.0.2.2 | grep -o 'mtu.*' | sed 's/[0-9]*sec//'
ip -n h route flush cache
ip netns exec h sysctl -w net.ipv4.ip_no_pmtu_disc=3
@capture h ea
ip netns exec h ping -c 1 -W 1 -s 100 10.0.2.2
head -c 1400 /dev/zero | tr '\0' x | ip netns exec h nc -N -w 1 10.0.2.2 5000
@stop
ip netns exec h ping -c 1 -W 1 -M do -s 1200 10.0.2.2
ip -n h route get 10.0.2.2 | grep -o 'mtu.*' | sed 's/[0-9]*sec//'
ip netns exec h sysctl -w net.ipv4.ip_no_pmtu_disc=4
ip netns exec h sysctl -w net.ipv4.ip_no_pmtu_disc=0
# ip_forward_use_pmtu, a router that learned something itself
ip netns exec h sysctl net.ipv4.ip_forward_use_pmtu
