# gvrp and mvrp: what a VLAN device that is up sends to 01:80:c2:00:00:21, and what it sends when it goes down
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set v1 up
ip link add link v0 name v0.5 type vlan id 5 gvrp on
@capture b v1
ip link set v0.5 up
@sleep 2
ip link set v0.5 down
@sleep 1
@stop
ip link add link v0 name v0.6 type vlan id 6 mvrp on
@capture b v1
ip link set v0.6 up
@sleep 3.5
ip link set v0.6 type vlan mvrp off
@sleep 2
@stop
@capture b v1
ip link set v0.5 up
@sleep 1
ip link set v0.6 type vlan gvrp on
@sleep 1
ip link set v0.5 type vlan gvrp off
ip link del v0.6
@sleep 1
@stop
@capture b v1
ip link set v0.5 type vlan gvrp on
@sleep 1
ip link set v0 down
@sleep 0.5
ip link set v0 up
@sleep 1
@stop
