# ip rule with ipproto, sport and dport: what packets of the host and of others obey; ip route get asks the same
ip netns add h
ip netns add r
ip netns add s
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.ip_forward=1
ip netns exec s sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name ra netns r address 02:00:00:00:00:aa
ip link add eb netns s address 02:00:00:00:00:0b type veth peer name rb netns r address 02:00:00:00:00:bb
ip -n r link set ra up
ip -n r link set rb up
ip -n h link set ea up
ip -n s link set eb up
ip -n h addr add 10.0.1.2/24 dev ea
ip -n r addr add 10.0.1.1/24 dev ra
ip -n r addr add 10.0.2.1/24 dev rb
ip -n s addr add 10.0.2.2/24 dev eb
ip -n h route add default via 10.0.1.1
ip -n s route add default via 10.0.2.1
ip netns exec s nc -lk 5000 &
ip netns exec s nc -lk 5001 &
ip netns exec s nc -lku 5000 &
# the host's own packets
ip -n h rule add ipproto tcp dport 5000 table 100
ip -n h route add unreachable default table 100
ip netns exec h nc -zv -w 1 10.0.2.2 5000
ip netns exec h nc -zv -w 1 10.0.2.2 5001
ip netns exec h ping -c 1 -W 1 10.0.2.2
ip -n h route get 10.0.2.2 ipproto tcp dport 5000
ip -n h route get 10.0.2.2 ipproto tcp dport 5001
ip -n h route get 10.0.2.2 ipproto udp dport 5000
ip -n h route get 10.0.2.2 dport 5000
ip -n h route get 10.0.2.2 ipproto icmp
ip -n h route get 10.0.2.2 ipproto gre
ip -n h route get 10.0.2.2 sport 99999
ip -n h route get 10.0.2.2 ipproto foo
ip -n h rule del ipproto tcp dport 5000 table 100
ip netns exec h nc -zv -w 1 10.0.2.2 5000
# what a router forwards
ip -n r rule add ipproto tcp dport 5000-5000 table 100
ip -n r route add prohibit default table 100
ip netns exec h nc -zv -w 1 10.0.2.2 5000
ip netns exec h nc -zv -w 1 10.0.2.2 5001
ip netns exec h ping -c 1 -W 1 10.0.2.2
ip -n r rule del ipproto tcp dport 5000-5000 table 100
ip netns exec h nc -zv -w 1 10.0.2.2 5000
ip -n r rule add ipproto icmp table 100
ip netns exec h ping -c 1 -W 1 10.0.2.2
ip netns exec h nc -zv -w 1 10.0.2.2 5000
