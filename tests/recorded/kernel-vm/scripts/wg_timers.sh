# wireguard timers: handshake tried again, passive and persistent keepalives, a new handshake after two minutes, two devices and their order
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link set lo up
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n b link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
sh -c 'echo dm5ldHNpbS1yZWNvcmRpbmcta2V5LWEtLS0tLS0tLS0= > /tmp/ka; echo dm5ldHNpbS1yZWNvcmRpbmcta2V5LWItLS0tLS0tLS0= > /tmp/kb; echo dm5ldHNpbS1yZWNvcmRpbmcta2V5LWMtLS0tLS0tLS0= > /tmp/kc'
ip link add wg0 type wireguard
ip -n b link add wg0 type wireguard
ip link add wg1 type wireguard
wg show
wg showconf wg1
wg set wg0 private-key /tmp/ka listen-port 51820 peer z26g8Fci0lKyyn2a/FG9b+1bgCIiWrSG1XBXVjzdlFQ= allowed-ips 10.5.0.0/16 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= allowed-ips 192.168.9.2/32 endpoint 10.0.0.2:51820
ip netns exec b wg set wg0 private-key /tmp/kb listen-port 51820 peer 6JkImTYhfu7ac1y2CbUTIIqrpUQ0VK6gBsJEkxNjGT4= allowed-ips 192.168.9.1/32
ip addr add 192.168.9.1/24 dev wg0
ip -n b addr add 192.168.9.2/24 dev wg0
ip link set wg0 up
@capture - v0
ping -c 1 -W 9 192.168.9.2
wg show wg0 | grep -v transfer
@stop
ip -n b link set wg0 up
@capture b eth0
ping -c 1 -W 9 192.168.9.2
sleep 12
@stop
wg show wg0 peers
sh -c "wg show all latest-handshakes | grep -c '[1-9]$'"
wg show wg0 endpoints
wg show | grep -v transfer
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= persistent-keepalive 2
@capture b eth0
sleep 5
@stop
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= persistent-keepalive 0
sleep 35
sleep 35
sleep 30
@capture b eth0
ping -c 1 -W 4 192.168.9.2
@stop
wg show wg0 | grep -v transfer
sleep 20
@capture b eth0
ping -c 1 -W 4 192.168.9.2
@stop
wg show wg0 | grep -v transfer
