# settings of one line each: forwarding with path MTUs, marks in the reverse path check, force_forwarding, min_adv_mss
ip netns add h
ip netns add r
ip netns add s
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name ra netns r address 02:00:00:00:00:aa
ip link add eb netns s address 02:00:00:00:00:0b type veth peer name rb netns r address 02:00:00:00:00:bb
ip -n r link set ra up
ip -n r link set rb up
ip -n h link set lo up
ip -n h link set ea up
ip -n s link set lo up
ip -n s link set eb up
ip -n h addr add 10.0.1.2/24 dev ea
ip -n r addr add 10.0.1.1/24 dev ra
ip -n r addr add 10.0.2.1/24 dev rb
ip -n s addr add 10.0.2.2/24 dev eb
ip -n h addr add fd01::2/64 dev ea nodad
ip -n r addr add fd01::1/64 dev ra nodad
ip -n r addr add fd02::1/64 dev rb nodad
ip -n s addr add fd02::2/64 dev eb nodad
ip -n h route add default via 10.0.1.1
ip -n s route add default via 10.0.2.1
ip -n h route add default via fd01::1
ip -n s route add default via fd02::1
@sleep 2
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
# force_forwarding: only where it is on
ip netns exec h ping -c 1 -W 1 fd02::2
ip netns exec r sysctl -w net.ipv6.conf.ra.force_forwarding=1
ip netns exec h ping -c 1 -W 1 fd02::2
ip netns exec r sysctl -w net.ipv6.conf.rb.force_forwarding=1
ip netns exec h ping -c 1 -W 1 fd02::2
ip netns exec r sysctl -w net.ipv6.conf.ra.force_forwarding=0 net.ipv6.conf.rb.force_forwarding=0
ip netns exec r sysctl -w net.ipv6.conf.all.force_forwarding=1
ip netns exec r sysctl net.ipv6.conf.ra.force_forwarding net.ipv6.conf.default.force_forwarding
ip netns exec h ping -c 1 -W 1 fd02::2
ip netns exec r sysctl -w net.ipv6.conf.all.force_forwarding=0
ip netns exec r sysctl net.ipv6.conf.ra.force_forwarding net.ipv6.conf.default.force_forwarding
ip netns exec r sysctl -w net.ipv6.conf.default.force_forwarding=1
ip netns exec r sysctl net.ipv6.conf.ra.force_forwarding
# min_adv_mss
ip -n s link set eb mtu 1400
ip netns exec s nc -lk 5000 &
ip netns exec h nc -zv -w 1 10.0.2.2 5000
ip netns exec s sysctl -w net.ipv4.route.min_adv_mss=1440
ip netns exec s sysctl -w net.ipv6.route.min_adv_mss=1430
@capture s eb
ip netns exec h nc -zv -w 1 10.0.2.2 5000
ip netns exec s nc -zv -w 1 10.0.1.2 5000
ip netns exec s nc -zv -w 1 fd01::2 5000
@stop
ip -n s link set eb mtu 1500
# src_valid_mark: the way back is looked for with the mark of the packet
ip netns exec r sysctl -qw net.ipv4.conf.ra.rp_filter=1
ip netns exec r iptables -t mangle -A PREROUTING -i ra -j MARK --set-mark 5
ip -n r rule add fwmark 5 table 100
ip -n r route add 10.0.2.0/24 dev rb table 100
ip -n r route add blackhole 10.0.1.0/24 table 100
ip netns exec h ping -c 1 -W 1 10.0.2.2
ip netns exec r sysctl -w net.ipv4.conf.ra.src_valid_mark=1
ip netns exec h ping -c 1 -W 1 10.0.2.2
ip netns exec r sysctl -w net.ipv4.conf.ra.src_valid_mark=0 net.ipv4.conf.all.src_valid_mark=1
ip netns exec h ping -c 1 -W 1 10.0.2.2
ip netns exec r sysctl -w net.ipv4.conf.all.src_valid_mark=0
ip netns exec h ping -c 1 -W 1 10.0.2.2
ip -n r rule del fwmark 5 table 100
# ip_forward_use_pmtu: a router that learned a path MTU itself
ip netns add t
ip link add sc netns s address 02:00:00:00:00:cc type veth peer name ec netns t address 02:00:00:00:00:0c
ip -n s link set sc mtu 1000
ip -n t link set ec mtu 1000
ip -n s link set sc up
ip -n t link set ec up
ip -n s addr add 10.0.3.1/24 dev sc
ip -n t addr add 10.0.3.2/24 dev ec
ip -n t route add default via 10.0.3.1
ip -n r route add 10.0.3.0/24 via 10.0.2.2
ip netns exec s sysctl -qw net.ipv4.ip_forward=1
ip netns exec r ping -c 1 -W 1 -M do -s 1200 10.0.3.2
ip netns exec h ping -c 1 -W 1 -M do -s 1200 10.0.3.2
ip -n h route flush cache
ip netns exec r sysctl -w net.ipv4.ip_forward_use_pmtu=1
ip netns exec h ping -c 1 -W 1 -M do -s 1200 10.0.3.2
ip -n h route flush cache
# enhanced_dad and ndisc_tclass, force_tllao
ip netns exec h sysctl -w net.ipv6.conf.ea.enhanced_dad=0 net.ipv6.conf.all.enhanced_dad=0
@sleep 9
@capture r ra
ip -n h addr add fd01::9/64 dev ea
@sleep 2
@stop
ip netns exec h sysctl -w net.ipv6.conf.all.enhanced_dad=1
@sleep 9
@capture r ra
ip -n h addr add fd01::a/64 dev ea
@sleep 2
@stop
ip netns exec r nft add table ip6 t
ip netns exec r nft add chain ip6 t c '{ type filter hook input priority 0 ; }'
ip netns exec r nft add rule ip6 t c icmpv6 type '{ nd-neighbor-solicit, nd-neighbor-advert }' ip6 dscp 0 counter
ip netns exec r nft add rule ip6 t c icmpv6 type '{ nd-neighbor-solicit, nd-neighbor-advert }' ip6 dscp 8 counter
ip netns exec h sysctl -w net.ipv6.conf.ea.ndisc_tclass=32
ip -n h -6 neigh flush dev ea
ip -n r -6 neigh flush dev ra
ip netns exec h ping -c 1 -W 1 fd01::1
ip netns exec r nft list table ip6 t
ip netns exec h sysctl -w net.ipv6.conf.ea.ndisc_tclass=0
# an answer to who asks by unicast has no address of the link in it
ip netns exec r ping -c 1 -W 1 fd01::2
@capture r ra
@sleep 7
@stop
ip netns exec h sysctl -w net.ipv6.conf.ea.force_tllao=1
ip -n r -6 neigh flush dev ra
ip netns exec r ping -c 1 -W 1 fd01::2
@capture r ra
@sleep 7
@stop
