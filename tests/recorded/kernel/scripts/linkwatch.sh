# When is a carrier told? Dumps show the old state up to a second, asking for one device settles it
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
@sleep 1.2
ip netns add a
ip link add v0 type veth peer name v1 netns a
@sleep 1.2
# both ends have number 2: the first news of v0 is not urgent, that of v1 is
ip -n a link set v1 up
ip -br link
ip link set v0 up
ip -br link
ip -n a -br link
cat /sys/class/net/v0/operstate
ip link show v0
ip -br link
cat /sys/class/net/v0/operstate
# a bridge's news is never urgent
ip link add br0 type bridge
ip link set br0 up
@sleep 1.2
ip -br link
ip link set v0 master br0
ip -br link
@sleep 1.2
ip -br link
ip -n a link set v1 down
ip -br link
bridge link
ip -br link show br0
ip -br link
ip -n a link set v1 up
ip -br link
@sleep 1.2
ip -br link
ip link set v0 nomaster
ip -br link
ip route
ip addr add 10.0.0.1/24 dev v0
ip -n a link set v1 down
ip route
@sleep 1.2
ip route
ifconfig v0
ip -n a link set v1 up
ip route
# a pair with different numbers is told at once
ip link add w0 type veth peer name w1
ip -br link
ip link set w0 up
ip -br link
ip link set w1 up
ip -br link
ip link set w1 down
ip -br link
ip link del w0
ip netns del a
@sleep 0.3
ip -br link
