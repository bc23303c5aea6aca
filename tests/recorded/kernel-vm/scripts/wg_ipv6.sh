# wireguard over IPv6, and IPv6 through wireguard
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
ip link set lo up
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
ip -n b link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip addr add 2001:db8::1/64 dev v0 nodad
ip -n b addr add 2001:db8::2/64 dev eth0 nodad
ip link set v0 up
ip -n b link set eth0 up
sh -c 'echo dm5ldHNpbS1yZWNvcmRpbmcta2V5LWEtLS0tLS0tLS0= > /tmp/ka; echo dm5ldHNpbS1yZWNvcmRpbmcta2V5LWItLS0tLS0tLS0= > /tmp/kb'
ip link add wg0 type wireguard
ip -n b link add wg0 type wireguard
wg set wg0 private-key /tmp/ka listen-port 51820 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= allowed-ips fd00:9::2/128,192.168.9.2/32 endpoint [2001:db8::2]:51820
ip netns exec b wg set wg0 private-key /tmp/kb listen-port 51820 peer 6JkImTYhfu7ac1y2CbUTIIqrpUQ0VK6gBsJEkxNjGT4= allowed-ips fd00:9::/64
ip addr add fd00:9::1/64 dev wg0
ip -n b addr add fd00:9::2/64 dev wg0
ip link set wg0 up
ip -n b link set wg0 up
ip addr show wg0
ip -6 route show dev wg0
@sleep 2
@capture b eth0
ping -c 1 -W 4 fd00:9::2
@stop
wg show wg0
wg showconf wg0
ip netns exec b wg show wg0 endpoints
ping -c 1 -W 1 fd00:9::3
ip netns exec b ping -c 1 -W 4 fd00:9::1
ping -c 1 -W 4 -s 1372 -M do fd00:9::2
ping -c 1 -W 1 -s 1373 -M do fd00:9::2
ip -s link show wg0
