# arp_notify: gratuitous ARP when a device comes up or its address changes; all and the device's own
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n r link set eb up
ip -n h addr add 10.0.0.1/24 dev ea
ip -n h addr add 10.0.0.7/24 dev ea
@capture r eb
ip -n h link set ea up
@stop
ip -n h link set ea down
ip netns exec h sysctl -w net.ipv4.conf.ea.arp_notify=1
@capture r eb
ip -n h link set ea up
@sleep 1
ip -n h link set ea address 02:00:00:00:00:1a
@sleep 1
ip -n h addr add 10.0.0.8/24 dev ea
@stop
# the device of all counts as well
ip netns exec h sysctl -w net.ipv4.conf.ea.arp_notify=0 net.ipv4.conf.all.arp_notify=1
@capture r eb
ip -n h link set ea address 02:00:00:00:00:0a
@stop
# default reaches no device that has an address
ip netns exec h sysctl -w net.ipv4.conf.all.arp_notify=0 net.ipv4.conf.default.arp_notify=1
ip netns exec h sysctl net.ipv4.conf.ea.arp_notify
@capture r eb
ip -n h link set ea address 02:00:00:00:00:1a
@stop
# without a carrier
ip netns exec h sysctl -w net.ipv4.conf.ea.arp_notify=1
ip -n r link set eb down
ip -n h link set ea down
ip -n h link set ea up
@capture r eb
ip -n r link set eb up
@sleep 1
@stop
