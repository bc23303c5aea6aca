# ebtables: log, nflog, among and 802_3, and what they do to frames
sysctl -qw net.ipv6.conf.default.accept_dad=0
ip link add br0 address 02:00:00:00:00:01 type bridge mcast_snooping 0
ip link set br0 up
ip netns add a
ip netns add b
ip link add eth0 netns a address 02:00:00:00:00:0a type veth peer name pa address 02:00:00:00:01:0a
ip link add eth0 netns b address 02:00:00:00:00:0b type veth peer name pb address 02:00:00:00:01:0b
ip link set pa master br0 up
ip link set pb master br0 up
ip -n a addr add 10.0.0.10/24 dev eth0
ip -n b addr add 10.0.0.11/24 dev eth0
ip -n a addr add fd00::a/64 dev eth0 nodad
ip -n b addr add fd00::b/64 dev eth0 nodad
ip -n a link set eth0 up
ip -n b link set eth0 up
@sleep 3
ebtables -A FORWARD -p ARP --log --log-prefix plain
ebtables -A FORWARD -p ARP --log-arp --log-level info --log-prefix arp:
ebtables -A FORWARD -p IPv4 --log-ip
ebtables -t nat -A POSTROUTING -p IPv4 --log-arp --log-prefix post
ip netns exec a ping -c 1 -W 1 10.0.0.11
ebtables -F
ebtables -t nat -F
ebtables -A FORWARD -p IPv4 --ip-proto tcp --log-ip --log-prefix tcp -j DROP
ip netns exec a nc -w 1 -p 40000 10.0.0.11 80
ebtables -L FORWARD
ebtables -F
ebtables -A FORWARD -p IPv6 --ip6-icmp-type echo-request --ip6-proto ipv6-icmp --log-ip6 --log-prefix six
ip netns exec a ping -c 1 -W 1 fd00::b
ebtables -F
ebtables -A FORWARD --nflog-group 5
ebtables -A FORWARD --among-src 02:00:00:00:00:0a=10.0.0.10 -j DROP
ip netns exec a ping -c 1 -W 1 10.0.0.11
ip netns exec b ping -c 1 -W 1 10.0.0.10
ip netns exec a ping -c 1 -W 1 fd00::b
ip netns exec a ip neigh flush all
ip netns exec a ping -c 1 -W 1 10.0.0.11
ip -n a neigh show to 10.0.0.11
ebtables -F
ebtables -A FORWARD --among-src ! 02:00:00:00:00:0a=10.0.0.10,02:00:00:00:00:0b=10.0.0.11 -j DROP
ip netns exec a ping -c 1 -W 1 10.0.0.11
ip netns exec a ping -c 1 -W 1 fd00::b
ip -n a addr add 10.0.0.12/24 dev eth0
ip netns exec a ping -c 1 -W 1 -I 10.0.0.12 10.0.0.11
ebtables -L FORWARD --Lc
ebtables -F
ebtables -A FORWARD --among-dst ! 02:00:00:00:00:0a,02:00:00:00:00:0b,ff:ff:ff:ff:ff:ff -j DROP
ip netns exec a ping -c 1 -W 1 10.0.0.11
ebtables -D FORWARD --among-dst ! 02:00:00:00:00:0a,02:00:00:00:00:0b,ff:ff:ff:ff:ff:ff -j DROP
ebtables -D FORWARD 1
ebtables -A INPUT -p LENGTH --802_3-sap 0x42 -j DROP
ebtables -A INPUT -p LENGTH --802_3-sap ! 0x42 -j DROP
ebtables -A INPUT -p LENGTH --802_3-type 0x2000 -j DROP
ebtables -L INPUT
ebtables-save
