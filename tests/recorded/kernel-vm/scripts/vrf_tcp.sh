# sockets and vrfs: listeners outside and inside, tcp_l3mdev_accept, the same port in two vrfs, ss, refused ports
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns add b
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add va type veth peer name eth0 netns a
ip link add vb type veth peer name eth0 netns b
ip link add red type vrf table 10
ip link add blue type vrf table 20
ip link set red up
ip link set blue up
ip link set va master red up
ip link set vb master blue up
ip -n a link set eth0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev va
ip addr add 10.0.0.1/24 dev vb
ip -n a addr add 10.0.0.2/24 dev eth0
ip -n b addr add 10.0.0.2/24 dev eth0
ip netns exec a ping -c 1 -W 2 10.0.0.1
ip netns exec b ping -c 1 -W 2 10.0.0.1
nc -l -p 9000 >/tmp/out &
sleep 1
ss -Htln
ip netns exec a nc -w 2 -z 10.0.0.1 9000
sysctl -w net.ipv4.tcp_l3mdev_accept=1
ip netns exec a nc -w 2 -z 10.0.0.1 9000
sleep 1
sysctl -w net.ipv4.tcp_l3mdev_accept=0
ip vrf exec red nc -l -p 9001 >/tmp/red &
ip vrf exec blue nc -l -p 9001 >/tmp/blue &
sleep 1
ss -Htln
ip netns exec a nc -w 2 -z 10.0.0.1 9001
ip netns exec a nc -w 2 -z 10.0.0.1 9002
nc -w 2 -z 10.0.0.1 9001
ip vrf exec blue nc -w 2 -z 10.0.0.1 9001
ip vrf exec red nc -w 2 -z 10.0.0.2 80
nc -w 2 -z 10.0.0.2 80
ip vrf exec red ip vrf identify
ip vrf identify
