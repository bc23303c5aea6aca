# ebtables anti-spoofing as clouds do it: each port may send with its own MAC and IP address only, in a chain of its own; counters, -L --Lc --Ln, -S, errors
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
for n in a b c; do ip netns add $n; ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; ip link add eth0 netns $n address 02:00:00:00:00:0$n type veth peer name p$n address 02:00:00:00:00:a$n; ip -n $n link set eth0 up; ip link set p$n up; ip link set p$n master br0; done
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n b addr add 10.0.0.2/24 dev eth0
ip -n c addr add 10.0.0.3/24 dev eth0
@sleep 1
ebtables -N port-a
ebtables -P port-a RETURN
ebtables -A FORWARD -i pa -j port-a
ebtables -A port-a -s ! 02:00:00:00:00:0a -j DROP
ebtables -A port-a -p IPv4 --ip-src ! 10.0.0.1 -j DROP
ebtables -A port-a -p ARP --arp-ip-src ! 10.0.0.1 -j DROP
ebtables -L --Lc
ebtables -L port-a --Ln
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip -n a addr add 10.0.0.66/24 dev eth0
ip netns exec a ping -c 1 -W 1 -I 10.0.0.66 10.0.0.2
ebtables -L port-a --Lc
ip -n a link set eth0 address 02:00:00:00:00:77
ip -n a neigh flush all
ip netns exec a ping -c 1 -W 1 10.0.0.2
ebtables -L port-a --Lc | grep 77
ebtables -L port-a --Lc
ebtables-save
ebtables -D port-a 1
ebtables -D port-a -p IPv4 --ip-src ! 10.0.0.1 -j DROP
ebtables -L port-a
ebtables -D port-a 7
ebtables -I FORWARD 1 -o pb -j ACCEPT
ebtables -L FORWARD
ebtables -Z
ebtables -L FORWARD --Lc
ebtables -E port-a port-x
ebtables -L FORWARD
ebtables -X port-x
ebtables -F FORWARD
ebtables -X port-x
ebtables -L
ebtables -N FORWARD
ebtables -N averyveryverylongnamethatistoolongforit
ebtables -A nochain -j DROP
ebtables -A FORWARD -s bogus -j DROP
ebtables -A FORWARD -i pa -o pb
ebtables -L FORWARD
ebtables -A INPUT -o pb -j DROP
ebtables -A OUTPUT -i pb -j DROP
ebtables -A FORWARD -p 0x9999 -j DROP
ebtables -A FORWARD -p LENGTH -j DROP
ebtables -A FORWARD -d Broadcast -j DROP
ebtables -A FORWARD -d Multicast -j CONTINUE
ebtables -A FORWARD -d 01:00:5e:00:00:00/ff:ff:ff:80:00:00 -j ACCEPT
ebtables -A FORWARD --ip-src 10.0.0.1 -j DROP
ebtables -A FORWARD -p IPv4 --ip-dport 80 -j DROP
ebtables -L FORWARD
ebtables -P nochain DROP
ebtables -P FORWARD REJECT
ebtables -V
