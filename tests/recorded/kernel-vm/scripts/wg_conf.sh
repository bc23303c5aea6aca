# wg setconf, addconf, showconf, preshared keys, comments, errors of files
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
sh -c 'printf "[Interface]\nPrivateKey = dm5ldHNpbS1yZWNvcmRpbmcta2V5LWEtLS0tLS0tLS0=\nListenPort = 51820 # comment\n\n[peer]\npublickey=JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE=\nAllowedIPs = 192.168.9.2/32, 10.5.0.0/16\nAllowedIPs=fd00::2/64\nEndpoint = 10.0.0.2:51820\nPersistentKeepalive = 15\nPresharedKey = dm5ldHNpbS1yZWNvcmRpbmcta2V5LWMtLS0tLS0tLS0=\n" > /tmp/a.conf'
sh -c 'printf "[Interface]\nPrivateKey = dm5ldHNpbS1yZWNvcmRpbmcta2V5LWItLS0tLS0tLS0=\nListenPort = 51820\nFwMark = 0x2a\n[Peer]\nPublicKey = 6JkImTYhfu7ac1y2CbUTIIqrpUQ0VK6gBsJEkxNjGT4=\nPresharedKey = dm5ldHNpbS1yZWNvcmRpbmcta2V5LWMtLS0tLS0tLS0=\nAllowedIPs = 192.168.9.1\n" > /tmp/b.conf'
wg setconf wg0 /tmp/a.conf
ip netns exec b wg setconf wg0 /tmp/b.conf
wg showconf wg0
ip netns exec b wg showconf wg0
ip addr add 192.168.9.1/24 dev wg0
ip -n b addr add 192.168.9.2/24 dev wg0
ip link set wg0 up
ip -n b link set wg0 up
ping -c 1 -W 9 192.168.9.2
wg show wg0
ip netns exec b wg show wg0
sleep 5
wg show wg0 preshared-keys
sh -c "ip netns exec b wg show wg0 dump | sed 's/1[0-9]\{9\}/NOW/'"
sh -c 'printf "[Peer]\nPublicKey = z26g8Fci0lKyyn2a/FG9b+1bgCIiWrSG1XBXVjzdlFQ=\nAllowedIPs = 10.6.0.0/16\n" > /tmp/c.conf'
wg addconf wg0 /tmp/c.conf
wg showconf wg0
wg syncconf wg0 /tmp/a.conf
wg show wg0 allowed-ips
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= preshared-key /dev/null
wg show wg0 preshared-keys
wg set wg0 private-key /dev/null
wg show wg0 | grep -v transfer
wg showconf wg0
wg setconf wg0 /nosuch
sh -c 'printf "[Interface]\nBogus = 1\n" > /tmp/e1'
wg setconf wg0 /tmp/e1
sh -c 'printf "[Bogus]\n" > /tmp/e2'
wg setconf wg0 /tmp/e2
sh -c 'printf "[Interface]\nPrivateKey = short\n" > /tmp/e3'
wg setconf wg0 /tmp/e3
sh -c 'printf "[Peer]\nAllowedIPs = 10.0.0.0/8\n" > /tmp/e4'
wg setconf wg0 /tmp/e4
sh -c 'printf "[Interface]\nListenPort =\n" > /tmp/e5'
wg setconf wg0 /tmp/e5
sh -c 'printf "PrivateKey = dm5ldHNpbS1yZWNvcmRpbmcta2V5LWEtLS0tLS0tLS0=\n" > /tmp/e6'
wg setconf wg0 /tmp/e6
sh -c 'printf "[Interface]\nAddress = 10.0.0.1/24\n" > /tmp/e7'
wg setconf wg0 /tmp/e7
wg setconf nosuch /tmp/a.conf
wg setconf v0 /tmp/a.conf
wg show wg0 | grep -v transfer
