# ipset in rules, with packets: blocklist and allowlist, swap, ports, interfaces, lists, nomatch, counters, SET with timeouts, marks
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip addr add 10.0.0.3/24 dev v0
ip addr add 10.0.1.9/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip -n b route add 10.0.1.0/24 dev eth0
ip netns exec b nc -l -k -p 80 &
ip netns exec b nc -l -k -p 81 &
ip netns exec b ipset create block hash:net counters initval 0x1
ip netns exec b ipset add block 10.0.1.0/24
ip netns exec b iptables -A INPUT -m set --match-set block src -j DROP
ping -c 1 -W 1 -I 10.0.1.9 10.0.0.2
ping -c 1 -W 1 -I 10.0.0.3 10.0.0.2
ip netns exec b ipset add block 10.0.1.9 nomatch
ping -c 1 -W 1 -I 10.0.1.9 10.0.0.2
ip netns exec b ipset list block
ip netns exec b ipset create block2 hash:net counters initval 0x1
ip netns exec b ipset add block2 10.0.0.3
ip netns exec b ipset swap block block2
ping -c 1 -W 1 -I 10.0.1.9 10.0.0.2
ping -c 1 -W 1 -I 10.0.0.3 10.0.0.2
ip netns exec b ipset save block
ip netns exec b ipset destroy block
ip netns exec b ipset destroy block2
ip netns exec b iptables -F
ip netns exec b ipset destroy block
ip netns exec b ipset create svc bitmap:port range 0-1024
ip netns exec b ipset add svc 80
ip netns exec b iptables -A INPUT -p tcp -m set ! --match-set svc dst -j REJECT
nc -z -v -w 2 10.0.0.2 80
nc -z -v -w 2 10.0.0.2 81
ip netns exec b iptables -F
ip netns exec b ipset create triple hash:ip,port,ip counters initval 0x1
ip netns exec b ipset add triple 10.0.0.1,tcp:81,10.0.0.2
ip netns exec b iptables -A INPUT -m set --match-set triple src,dst,dst -j REJECT
nc -z -v -w 2 10.0.0.2 81
nc -z -v -w 2 -s 10.0.0.3 10.0.0.2 81
ip netns exec b ipset list triple
ip netns exec b iptables -F
ip netns exec b ipset create pings hash:ip,port counters
ip netns exec b ipset add pings 10.0.0.1,icmp:echo-request
ip netns exec b iptables -A INPUT -m set --match-set pings src,src -j DROP
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ping -c 1 -W 1 -I 10.0.0.3 10.0.0.2
ip netns exec b iptables -F
ip netns exec b ipset create ifs hash:net,iface initval 0x1
ip netns exec b ipset add ifs 10.0.0.0/24,eth0
ip netns exec b iptables -A INPUT -m set --match-set ifs src,src -j DROP
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ping -c 1 -W 1 -I 10.0.1.9 10.0.0.2
ip netns exec b iptables -F
ip netns exec b ipset create macs hash:mac
ip netns exec b ipset add macs 02:00:00:00:00:01
ip netns exec b iptables -A INPUT -m set --match-set macs src -j DROP
ping -c 1 -W 1 10.0.0.2
ip netns exec b ipset del macs 02:00:00:00:00:01
ping -c 1 -W 1 10.0.0.2
ip netns exec b iptables -F
ip netns exec b ipset create a hash:ip counters
ip netns exec b ipset create c hash:net
ip netns exec b ipset create all list:set counters
ip netns exec b ipset add all a
ip netns exec b ipset add all c
ip netns exec b ipset add c 10.0.1.0/24
ip netns exec b iptables -A INPUT -m set --match-set all src -j DROP
ping -c 1 -W 1 -I 10.0.1.9 10.0.0.2
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ip netns exec b ipset add a 10.0.0.1
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ip netns exec b ipset list all
ip netns exec b ipset list a | tail -n 1
ip netns exec b ipset destroy a
ip netns exec b iptables -F
ip netns exec b ipset create seen hash:ip timeout 2
ip netns exec b iptables -A INPUT -p icmp -m set --match-set seen src -j DROP
ip netns exec b iptables -A INPUT -p icmp -j SET --add-set seen src
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
sleep 3
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ip netns exec b iptables -F
ip netns exec b iptables -A INPUT -p icmp -j SET --add-set seen src --exist --timeout 1000
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ip netns exec b ipset list seen | tail -n 1 | cut -c1-20
ip netns exec b iptables -F
ip netns exec b iptables -A INPUT -p icmp -j SET --del-set seen src
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ip netns exec b ipset test seen 10.0.0.1
ip netns exec b iptables -F
ip netns exec b ipset create marks hash:ip skbinfo
ip netns exec b ipset add marks 10.0.0.1 skbmark 0x5
ip netns exec b iptables -t mangle -A PREROUTING -j SET --map-set marks src --map-mark
ip netns exec b iptables -A INPUT -m mark --mark 0x5 -j DROP
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ping -c 1 -W 1 -I 10.0.0.3 10.0.0.2
ip netns exec b iptables -F
ip netns exec b ipset create few hash:ip counters
ip netns exec b ipset add few 10.0.0.1
ip netns exec b iptables -A INPUT -m set --match-set few src --packets-gt 2 -j DROP
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ip netns exec b ipset list few | tail -n 1
ip netns exec b iptables -I INPUT -m set --match-set few src ! --update-counters -j ACCEPT
ping -c 1 -W 1 -I 10.0.0.1 10.0.0.2
ip netns exec b ipset list few | tail -n 1
ip netns exec b iptables -nvL INPUT | tail -n 2
ip netns exec b iptables-save | grep match-set
ip netns del b
