# ndisc_notify: unsolicited neighbour advertisements when an address was found unique, and when the MAC changes
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n r link set eb up
ip -n h addr add fd00::1/64 dev ea nodad
@capture r eb
ip -n h link set ea up
@sleep 4
@stop
ip -n h link set ea down
ip netns exec h sysctl -w net.ipv6.conf.ea.ndisc_notify=1
@capture r eb
ip -n h link set ea up
@sleep 4
@stop
@capture r eb
ip -n h addr add fd00::2/64 dev ea
@sleep 3
ip -n h addr add fd00::3/64 dev ea nodad
@sleep 2
@stop
@capture r eb
ip -n h link set ea address 02:00:00:00:00:1a
@sleep 1
@stop
ip netns exec h sysctl -w net.ipv6.conf.ea.ndisc_notify=0 net.ipv6.conf.all.ndisc_notify=1
@capture r eb
ip -n h link set ea address 02:00:00:00:00:0a
@sleep 1
@stop
ip netns exec h sysctl -w net.ipv6.conf.all.forwarding=1
@capture r eb
ip -n h link set ea address 02:00:00:00:00:1a
@sleep 1
@stop
# the carrier goes and comes back
@capture h ea
ip -n r link set eb down
@sleep 1
ip -n r link set eb up
@sleep 1
@stop
