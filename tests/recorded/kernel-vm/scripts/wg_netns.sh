# wireguard in another namespace than its UDP socket: made outside, moved into a container without any other device
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
ip netns add c
ip -n c link set lo up
wg set wg0 private-key /tmp/ka listen-port 51820 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= allowed-ips 192.168.9.2/32 endpoint 10.0.0.2:51820
ip netns exec b wg set wg0 private-key /tmp/kb listen-port 51820 peer 6JkImTYhfu7ac1y2CbUTIIqrpUQ0VK6gBsJEkxNjGT4= allowed-ips 192.168.9.1/32
ip link set wg0 netns c
wg show
ip -n c addr add 192.168.9.1/24 dev wg0
ip -n b addr add 192.168.9.2/24 dev wg0
ip -n c link set wg0 up
ip -n b link set wg0 up
ip -n c -d link show wg0
ip netns exec c ping -c 1 -W 4 192.168.9.2
ss -Hlun
ip netns exec c ss -Hlun
ip netns exec c wg show
ip netns exec b wg show wg0 endpoints
ip netns exec b ping -c 1 -W 4 192.168.9.1
ip netns exec b ping -c 1 -W 4 -s 1372 -M do 192.168.9.1
ip netns exec b ping -c 1 -W 1 -s 1393 -M do 192.168.9.1
ip -n c route
sysctl net.ipv4.conf.all.send_redirects
ip netns exec c sysctl net.ipv4.conf.all.send_redirects net.ipv4.conf.wg0.send_redirects
ip -n c link set wg0 down
ss -Hlun
ip -n c link set wg0 up
ip netns exec c wg set wg0 listen-port 10.0.0.1
ip -n c link add wg1 type wireguard
ip netns exec c wg set wg1 listen-port 51820
ip -n c link set wg1 up
ip link add wg2 type wireguard
wg set wg2 listen-port 51820
ip link set wg2 up
wg set wg2 listen-port 51821
ip link set wg2 up
wg set wg2 listen-port 51820
wg show wg2
ip link del wg2
ip link add wg3 address 02:00:00:00:00:09 type wireguard
ip link add wg3 type wireguard foo
ip link add wg3 mtu 9000 type wireguard
ip link show wg3
ip link set wg3 master nosuch
ip netns exec c ping -c 1 -W 4 192.168.9.2
ip netns del c
ss -Hlun
