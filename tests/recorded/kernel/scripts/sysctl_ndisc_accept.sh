# ndisc_evict_nocarrier of all and of the device; drop_unsolicited_na, accept_untracked_na
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip -n h addr add fd00::1/64 dev ea nodad
ip -n r addr add fd00::2/64 dev eb nodad
ip -n h link set ea up
ip -n r link set eb up
@sleep 3
ip netns exec r ping -c 1 -W 1 fd00::1
ip -n h link set ea down
@sleep 2
ip -n r -6 neigh show fd00::1
ip -n h addr add fd00::1/64 dev ea nodad
ip -n h link set ea up
@sleep 2
ip netns exec r sysctl -w net.ipv6.conf.eb.ndisc_evict_nocarrier=0
ip netns exec r ping -c 1 -W 1 fd00::1
ip -n h link set ea down
@sleep 2
ip -n r -6 neigh show fd00::1
ip -n h addr add fd00::1/64 dev ea nodad
ip -n h link set ea up
@sleep 2
ip netns exec r sysctl -w net.ipv6.conf.eb.ndisc_evict_nocarrier=1 net.ipv6.conf.all.ndisc_evict_nocarrier=0
ip netns exec r ping -c 1 -W 1 fd00::1
ip -n h link set ea down
@sleep 2
ip -n r -6 neigh show fd00::1
ip -n h addr add fd00::1/64 dev ea nodad
ip -n h link set ea up
@sleep 2
# unsolicited advertisements: of a MAC that is new
ip netns exec h sysctl -w net.ipv6.conf.ea.ndisc_notify=1
ip netns exec r ping -c 1 -W 1 fd00::1
ip -n h link set ea address 02:00:00:00:00:1a
@sleep 1
ip -n r -6 neigh show fd00::1
ip netns exec r sysctl -w net.ipv6.conf.eb.drop_unsolicited_na=1
ip -n h link set ea address 02:00:00:00:00:2a
@sleep 1
ip -n r -6 neigh show fd00::1
ip netns exec r sysctl -w net.ipv6.conf.eb.drop_unsolicited_na=0 net.ipv6.conf.all.drop_unsolicited_na=1
ip -n h link set ea address 02:00:00:00:00:3a
@sleep 1
ip -n r -6 neigh show fd00::1
ip netns exec r sysctl -w net.ipv6.conf.all.drop_unsolicited_na=0
ip -n r -6 neigh flush dev eb
ip -n h link set ea address 02:00:00:00:00:4a
@sleep 1
ip -n r -6 neigh show fd00::1
ip netns exec r sysctl -w net.ipv6.conf.all.forwarding=1
ip netns exec r sysctl -w net.ipv6.conf.eb.accept_untracked_na=1
ip -n h link set ea address 02:00:00:00:00:5a
@sleep 1
ip -n r -6 neigh show fd00::1
ip -n r -6 neigh flush dev eb
ip netns exec r sysctl -w net.ipv6.conf.all.forwarding=0
ip -n h link set ea address 02:00:00:00:00:6a
@sleep 1
ip -n r -6 neigh show fd00::1
