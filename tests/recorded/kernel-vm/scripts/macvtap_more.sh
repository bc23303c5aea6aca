# macvtap: its tap device in sysfs, modes, no second handler, together with macvlan; what is refused
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add r
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add p0 type veth peer name q0 netns r
ip link set p0 up
ip -n r link set q0 up
ip -n r addr add 10.0.0.9/24 dev q0
ip link add link p0 name mt0 address 02:00:00:00:00:11 type macvtap mode bridge
ip link add link p0 name mv0 address 02:00:00:00:00:12 type macvlan mode bridge
ip link set mt0 up
ip link set mv0 up
ls -d /sys/class/net/mt0/tap*
ls /sys/class/net/mt0/macvtap
cat /sys/class/net/mt0/ifindex
ip link add br0 type bridge
ip link set mt0 master br0
ip link set mv0 master br0
ip link set mv0 nomaster
ip link add link mt0 name mt1 type macvtap
ip -br link show mt1
ip link set mt0 type macvtap mode vepa
ip -d -o link show mt0 | grep -o 'macvtap.*bcqueuelen'
ip link set mt0 type macvlan mode bridge
ip link set mt0 type macvtap mode passthru
ip link set mt0 type macvtap mode wrong
ip netns add c
ip link set mt0 netns c
ip -n c link show mt0
ip -n c link set mt0 up
ip -n c addr add 10.0.0.5/24 dev mt0
ip netns exec c ping -c 1 -W 2 10.0.0.9
ip link del p0
ip -n c -br link
