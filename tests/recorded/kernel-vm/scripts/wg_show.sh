# wg show and its fields, dump, usage and refusals of every subcommand, with two peers
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
wg set wg0 private-key /tmp/ka listen-port 51820 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= allowed-ips 192.168.9.2/32 endpoint 10.0.0.2:51820
ip netns exec b wg set wg0 private-key /tmp/kb listen-port 51820 fwmark 0x10 peer 6JkImTYhfu7ac1y2CbUTIIqrpUQ0VK6gBsJEkxNjGT4= allowed-ips 192.168.9.1/32 endpoint 10.0.0.1:51820
ip addr add 192.168.9.1/24 dev wg0
ip -n b addr add 192.168.9.2/24 dev wg0
ip link set wg0 up
ip -n b link set wg0 up
wg show wg0
ping -c 1 -W 4 192.168.9.2
wg show wg0 transfer
ip netns exec b wg show wg0 transfer
wg set wg0 peer z26g8Fci0lKyyn2a/FG9b+1bgCIiWrSG1XBXVjzdlFQ= allowed-ips 10.7.0.9/24,10.8.0.0/16 persistent-keepalive 30
wg set wg0 peer 6JkImTYhfu7ac1y2CbUTIIqrpUQ0VK6gBsJEkxNjGT4= allowed-ips 10.9.0.0/16
wg show wg0 peers
wg show all endpoints
wg show all allowed-ips
wg show wg0 persistent-keepalive
wg show wg0 preshared-keys
wg show wg0 public-key
wg show all public-key
wg show wg0 private-key
wg show wg0 listen-port
ip netns exec b wg show all fwmark
wg show all listen-port
ip netns exec b wg show wg0
wg show interfaces
wg show wg0 bogus
wg show nosuch
wg show v0
wg show wg0 peers extra
wg bogus
wg help
wg --help
wg -h
wg --version
wg -v
wg show --help
wg showconf
wg showconf --help
wg showconf nosuch
wg set
wg set wg0
wg setconf
wg addconf wg0
wg syncconf wg0
wg genkey extra
wg genpsk extra
wg pubkey extra
sh -c 'wg genkey | wc -c'
sh -c 'wg genpsk | wc -c'
sh -c 'echo bad | wg pubkey'
sh -c 'echo dm5ldHNpbS1yZWNvcmRpbmcta2V5LWEtLS0tLS0tLS0= | wg pubkey'
sh -c 'printf "%s" dm5ldHNpbS1yZWNvcmRpbmcta2V5LWEtLS0tLS0tLS0= | wg pubkey'
sh -c 'echo dm5ldHNpbS1yZWNvcmRpbmcta2V5LWEtLS0tLS0tLS0= x | wg pubkey'
sh -c 'wg genkey > /tmp/kd'
sh -c 'umask 077; wg genkey > /tmp/ke'
wg set wg0 bogus
wg set wg0 listen-port
wg set wg0 listen-port abc
wg set wg0 listen-port -1
wg set wg0 listen-port http
wg set wg0 fwmark zz
wg set wg0 fwmark 0x
wg set wg0 fwmark off
wg set wg0 private-key /nosuch
sh -c 'echo short > /tmp/bad'
wg set wg0 private-key /tmp/bad
wg set wg0 peer
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= bogus
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= endpoint bogus
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= endpoint 10.0.0.2
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= endpoint 10.0.0.2:
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= endpoint :5
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= endpoint [fe80::1
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= endpoint [fe80::1]
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= endpoint 10.0.0.2:99999
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= allowed-ips 1.2.3.4/99
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= allowed-ips 1.2.3
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= allowed-ips 1.2.3.4/x
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= allowed-ips bogus
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= persistent-keepalive 99999999
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= persistent-keepalive x
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= preshared-key /nosuch
wg set wg0 peer JYqxuP0SOtvaw6HeMyjrRWyMfRAEgI1ph5tTIELEtQE= remove bogus
wg show wg0 allowed-ips
ss -Hlun
