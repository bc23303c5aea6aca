# ebtables in all its tables and matches: nat snat dnat redirect arpreply, broute, marks, vlan, ip ports, limit, log; what each does to a ping
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
for n in a b c; do ip netns add $n; ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip link add eth0 netns $n address 02:00:00:00:00:0$n type veth peer name p$n address 02:00:00:00:00:a$n; ip -n $n link set eth0 up; ip link set p$n up; ip link set p$n master br0; done
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n b addr add 10.0.0.2/24 dev eth0
ip -n c addr add 10.0.0.3/24 dev eth0
@sleep 1
ebtables -t nat -A PREROUTING -p ARP --arp-opcode Request --arp-ip-dst 10.0.0.9 -j arpreply --arpreply-mac 02:00:00:00:00:99
ebtables -t nat -L
ip netns exec a ping -c 1 -W 1 10.0.0.9
ip -n a neigh show 10.0.0.9
ebtables -t nat -F
ebtables -t nat -A POSTROUTING -o pb -s 02:00:00:00:00:0a -j snat --to-source 02:00:00:00:00:55
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip -n b neigh show 10.0.0.1
ebtables -t nat -L --Lc
ebtables -t nat -F
ebtables -t nat -A PREROUTING -i pa -p IPv4 -j mark --mark-set 5 --mark-target CONTINUE
ebtables -A FORWARD --mark 5 -j DROP
ip netns exec a ping -c 1 -W 1 10.0.0.3
ebtables -L FORWARD --Lc
ebtables -F
ebtables -t nat -F
ebtables -A FORWARD -p IPv4 --ip-proto udp --ip-dport 53 -j DROP
ebtables -A FORWARD -p IPv4 --ip-proto icmp --ip-icmp-type echo-request -j DROP
ebtables -L FORWARD
ip netns exec a ping -c 1 -W 1 10.0.0.2
ebtables -F
ebtables -A FORWARD -p IPv4 --ip-tos 0x10 -j DROP
ebtables -A FORWARD -p IPv4 --ip-src 10.0.0.0/24 --limit 1/s --limit-burst 2 -j ACCEPT
ebtables -A FORWARD -p IPv4 -j DROP
ebtables -L FORWARD
ip netns exec a ping -c 4 -i 0.2 -W 1 -q 10.0.0.2 | grep -oE '[0-9]+ received'
ebtables -F
ebtables -A FORWARD -p 802_1Q --vlan-id 10 -j DROP
ebtables -A FORWARD -p 802_1Q --vlan-encap IPv4 --vlan-prio 3 -j DROP
ebtables -L FORWARD
ebtables -F
ebtables -A FORWARD --pkttype-type broadcast -j DROP
ebtables -L FORWARD
ip -n a neigh flush all
ip netns exec a ping -c 1 -W 1 10.0.0.2
ebtables -F
ebtables -A FORWARD --log-level info --log-prefix seen --log-ip -j DROP
ebtables -A FORWARD --among-src 02:00:00:00:00:0a=10.0.0.1,02:00:00:00:00:0b -j DROP
ebtables -A FORWARD --stp-type config -j DROP
ebtables -L FORWARD
ebtables -F
ebtables -t nat -A PREROUTING -d 02:00:00:00:00:0b -j redirect
ebtables -t nat -L PREROUTING
ip netns exec a ping -c 1 -W 1 10.0.0.2
ebtables -t nat -F
ebtables -t broute -A BROUTING -p IPv4 -i pa -j DROP
ebtables -t broute -L
ip addr add 10.0.0.254/24 dev br0
ip netns exec a ping -c 1 -W 1 10.0.0.254
ebtables -t broute -F
ebtables -t nat -A PREROUTING -j snat --to-source 02:00:00:00:00:55
ebtables -A FORWARD -j dnat --to-destination 02:00:00:00:00:55
ebtables -t nat -A PREROUTING -j dnat
ebtables -A FORWARD -j mark
ebtables -A FORWARD -p ARP --arp-opcode Nonsense -j DROP
ebtables -A FORWARD -p IPv4 --ip-proto nosuch -j DROP
ebtables -A FORWARD --vlan-id 10 -j DROP
ebtables -L
