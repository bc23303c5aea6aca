# arp_accept 0, 1, 2; arp_evict_nocarrier of all and of the device
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h link set ea up
ip -n r link set eb up
ip netns exec h arping -c 1 -A -I ea -s 10.0.0.1 10.0.0.1
ip -n r neigh show
ip netns exec r sysctl -w net.ipv4.conf.eb.arp_accept=1
ip netns exec h arping -c 1 -A -I ea -s 10.0.0.1 10.0.0.1
ip -n r neigh show
ip -n r neigh flush all
ip netns exec h arping -c 1 -U -I ea -s 10.0.0.1 10.0.0.1
ip -n r neigh show
ip -n r neigh flush all
# 2: from the device's own subnet only
ip -n h addr add 172.16.0.1/24 dev ea
ip -n r route add 172.16.0.0/24 via 10.0.0.1
ip netns exec h arping -c 1 -U -I ea -s 172.16.0.1 172.16.0.1
ip -n r neigh show
ip -n r neigh flush all
ip netns exec r sysctl -w net.ipv4.conf.eb.arp_accept=2
ip netns exec h arping -c 1 -U -I ea -s 172.16.0.1 172.16.0.1
ip -n r neigh show
ip netns exec h arping -c 1 -U -I ea -s 10.0.0.1 10.0.0.1
ip -n r neigh show
ip -n r neigh flush all
ip netns exec r sysctl -w net.ipv4.conf.eb.arp_accept=0 net.ipv4.conf.all.arp_accept=1
ip netns exec h arping -c 1 -U -I ea -s 10.0.0.1 10.0.0.1
ip -n r neigh show
ip -n r neigh flush all
ip netns exec r sysctl -w net.ipv4.conf.eb.arp_accept=1 net.ipv4.conf.all.arp_accept=2
ip netns exec h arping -c 1 -U -I ea -s 172.16.0.1 172.16.0.1
ip -n r neigh show
ip netns exec r sysctl -w net.ipv4.conf.eb.arp_accept=0 net.ipv4.conf.all.arp_accept=0
# drop_gratuitous_arp
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip -n r neigh show
ip netns exec h arping -c 1 -U -I ea -s 10.0.0.1 10.0.0.1
ip -n r neigh flush all
ip netns exec r sysctl -w net.ipv4.conf.eb.arp_accept=1 net.ipv4.conf.eb.drop_gratuitous_arp=1
ip netns exec h arping -c 1 -U -I ea -s 10.0.0.1 10.0.0.1
ip -n r neigh show
ip netns exec r sysctl -w net.ipv4.conf.eb.drop_gratuitous_arp=0 net.ipv4.conf.all.drop_gratuitous_arp=1
ip netns exec h arping -c 1 -U -I ea -s 10.0.0.1 10.0.0.1
ip -n r neigh show
# what is known of neighbours when the carrier goes
ip netns exec r sysctl -w net.ipv4.conf.all.drop_gratuitous_arp=0 net.ipv4.conf.eb.arp_accept=0
ip -n r neigh flush all
ip netns exec r ping -c 1 -W 1 10.0.0.1
ip -n r neigh show
ip -n h link set ea down
@sleep 2
ip -n r neigh show
ip -n h link set ea up
@sleep 1
ip netns exec r sysctl -w net.ipv4.conf.eb.arp_evict_nocarrier=0
ip netns exec r ping -c 1 -W 1 10.0.0.1
ip -n h link set ea down
@sleep 2
ip -n r neigh show | sed 's/REACHABLE/STALE/; s/DELAY/STALE/'
ip -n h link set ea up
@sleep 1
ip netns exec r sysctl -w net.ipv4.conf.eb.arp_evict_nocarrier=1 net.ipv4.conf.all.arp_evict_nocarrier=0
ip netns exec r ping -c 1 -W 1 10.0.0.1
ip -n h link set ea down
@sleep 2
ip -n r neigh show | sed 's/REACHABLE/STALE/; s/DELAY/STALE/'
