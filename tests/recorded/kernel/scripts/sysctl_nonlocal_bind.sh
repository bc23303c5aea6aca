# ip_nonlocal_bind: sockets with an address that this host has not; IPv4 and IPv6
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h link set ea up
ip -n r link set eb up
ip -n h addr add fd00::1/64 dev ea nodad
ip -n r addr add fd00::2/64 dev eb nodad
@sleep 2
ip netns exec h sysctl net.ipv4.ip_nonlocal_bind net.ipv6.ip_nonlocal_bind
ip netns exec h ping -c 1 -W 1 -I 10.9.9.9 10.0.0.2
ip netns exec h timeout 1 nc -l 10.9.9.9 5000
ip netns exec h timeout 1 nc -u -l 10.9.9.9 5000
ip netns exec h timeout 1 nc -w 1 -s 10.9.9.9 10.0.0.2 5000
ip netns exec h ping -c 1 -W 1 -I fd09::9 fd00::2
ip netns exec h timeout 1 nc -l fd09::9 5000
ip netns exec h timeout 1 nc -w 1 -s fd09::9 fd00::2 5000
ip netns exec h sysctl -w net.ipv4.ip_nonlocal_bind=1
@capture r eb
ip netns exec h ping -c 1 -W 1 -I 10.9.9.9 10.0.0.2
ip netns exec h timeout 1 nc -w 1 -s 10.9.9.9 10.0.0.2 5000
ip netns exec h timeout 1 nc -u -w 1 -s 10.9.9.9 10.0.0.2 5000
@stop
ip netns exec h nc -l 10.9.9.9 5000 &
ip netns exec h nc -u -l 10.9.9.9 5000 &
ip netns exec h ss -Htuln
# an address that arrives later, as with keepalived
ip -n h addr add 10.9.9.9/32 dev lo
ip -n r route add 10.9.9.9 via 10.0.0.1
ip netns exec r nc -zv -w 1 10.9.9.9 5000
ip netns exec h ping -c 1 -W 1 -I fd09::9 fd00::2
ip netns exec h sysctl -w net.ipv4.ip_nonlocal_bind=0 net.ipv6.ip_nonlocal_bind=1
@capture r eb
ip netns exec h ping -c 1 -W 1 -I fd09::9 fd00::2
ip netns exec h timeout 1 nc -w 1 -s fd09::9 fd00::2 5000
ip netns exec h timeout 1 nc -u -w 1 -s fd09::9 fd00::2 5000
@stop
ip netns exec h nc -l fd09::9 5001 &
ip netns exec h ss -Htln
ip netns exec h ping -c 1 -W 1 -I 10.9.9.8 10.0.0.2
ip netns exec h ip addr add fd09::9/128 dev lo nodad
ip netns exec r ip route add fd09::9 via fd00::1
ip netns exec r nc -zv -w 1 fd09::9 5001
