# ipset: the order of each type of hash with a given initval; iptables -m set and -j SET: options and errors
ipset create o hash:ip initval 0x12345678
ipset add o 10.0.0.1
ipset add o 10.0.0.2
ipset add o 10.0.0.3
ipset add o 10.0.0.4
ipset add o 10.0.0.5
ipset add o 10.0.0.6
ipset add o 10.0.0.7
ipset add o 10.0.0.8
ipset save o
ipset create o2 hash:net initval 0x12345678
ipset add o2 10.0.1.0/24
ipset add o2 10.0.2.0/24
ipset add o2 10.0.3.0/24
ipset add o2 10.0.4.0/24
ipset add o2 10.0.5.0/24
ipset add o2 10.0.6.0/24
ipset add o2 10.0.7.0/24
ipset add o2 10.0.8.0/24
ipset save o2
ipset create o3 hash:ip,port initval 0x12345678
ipset add o3 10.0.0.1,udp:53
ipset add o3 10.0.0.2,udp:53
ipset add o3 10.0.0.3,udp:53
ipset add o3 10.0.0.4,udp:53
ipset add o3 10.0.0.5,udp:53
ipset add o3 10.0.0.6,udp:53
ipset add o3 10.0.0.7,udp:53
ipset add o3 10.0.0.8,udp:53
ipset save o3
ipset create o4 hash:ip family inet6 initval 0x12345678
ipset add o4 fd00::1
ipset add o4 fd00::2
ipset add o4 fd00::3
ipset add o4 fd00::4
ipset add o4 fd00::5
ipset add o4 fd00::6
ipset add o4 fd00::7
ipset add o4 fd00::8
ipset save o4
ipset create o5 hash:net,port initval 0x12345678
ipset add o5 10.0.1.0/24,udp:53
ipset add o5 10.0.2.0/24,udp:53
ipset add o5 10.0.3.0/24,udp:53
ipset add o5 10.0.4.0/24,udp:53
ipset add o5 10.0.5.0/24,udp:53
ipset add o5 10.0.6.0/24,udp:53
ipset add o5 10.0.7.0/24,udp:53
ipset add o5 10.0.8.0/24,udp:53
ipset save o5
ipset create o6 hash:ip,port,ip initval 0x12345678
ipset add o6 10.0.0.1,udp:53,1.2.3.4
ipset add o6 10.0.0.2,udp:53,1.2.3.4
ipset add o6 10.0.0.3,udp:53,1.2.3.4
ipset add o6 10.0.0.4,udp:53,1.2.3.4
ipset add o6 10.0.0.5,udp:53,1.2.3.4
ipset add o6 10.0.0.6,udp:53,1.2.3.4
ipset add o6 10.0.0.7,udp:53,1.2.3.4
ipset add o6 10.0.0.8,udp:53,1.2.3.4
ipset save o6
ipset create o7 hash:mac initval 0x12345678
ipset add o7 02:00:00:00:00:01
ipset add o7 02:00:00:00:00:02
ipset add o7 02:00:00:00:00:03
ipset add o7 02:00:00:00:00:04
ipset add o7 02:00:00:00:00:05
ipset add o7 02:00:00:00:00:06
ipset add o7 02:00:00:00:00:07
ipset add o7 02:00:00:00:00:08
ipset save o7
ipset create o8 hash:net,iface initval 0x12345678
ipset add o8 10.0.1.0/24,eth0
ipset add o8 10.0.2.0/24,eth0
ipset add o8 10.0.3.0/24,eth0
ipset add o8 10.0.4.0/24,eth0
ipset add o8 10.0.5.0/24,eth0
ipset add o8 10.0.6.0/24,eth0
ipset add o8 10.0.7.0/24,eth0
ipset add o8 10.0.8.0/24,eth0
ipset save o8
ipset create o9 hash:net family inet6 initval 0x12345678
ipset add o9 fd00:1::/32
ipset add o9 fd00:2::/32
ipset add o9 fd00:3::/32
ipset add o9 fd00:4::/32
ipset add o9 fd00:5::/32
ipset add o9 fd00:6::/32
ipset add o9 fd00:7::/32
ipset add o9 fd00:8::/32
ipset save o9
ipset create p1 hash:ip,mac initval 0x12345678
ipset add p1 10.0.0.1,02:00:00:00:00:01
ipset add p1 10.0.0.2,02:00:00:00:00:01
ipset add p1 10.0.0.3,02:00:00:00:00:01
ipset add p1 10.0.0.4,02:00:00:00:00:01
ipset add p1 10.0.0.5,02:00:00:00:00:01
ipset add p1 10.0.0.6,02:00:00:00:00:01
ipset add p1 10.0.0.7,02:00:00:00:00:01
ipset add p1 10.0.0.8,02:00:00:00:00:01
ipset save p1
ipset create p2 hash:ip,mark initval 0x12345678
ipset add p2 10.0.0.1,1
ipset add p2 10.0.0.2,1
ipset add p2 10.0.0.3,1
ipset add p2 10.0.0.4,1
ipset add p2 10.0.0.5,1
ipset add p2 10.0.0.6,1
ipset add p2 10.0.0.7,1
ipset add p2 10.0.0.8,1
ipset save p2
ipset create p3 hash:net,net initval 0x12345678
ipset add p3 10.0.1.0/24,10.0.0.0/8
ipset add p3 10.0.2.0/24,10.0.0.0/8
ipset add p3 10.0.3.0/24,10.0.0.0/8
ipset add p3 10.0.4.0/24,10.0.0.0/8
ipset add p3 10.0.5.0/24,10.0.0.0/8
ipset add p3 10.0.6.0/24,10.0.0.0/8
ipset add p3 10.0.7.0/24,10.0.0.0/8
ipset add p3 10.0.8.0/24,10.0.0.0/8
ipset save p3
ipset create p4 hash:net,port,net initval 0x12345678
ipset add p4 10.0.1.0/24,tcp:1,10.0.0.0/8
ipset add p4 10.0.2.0/24,tcp:1,10.0.0.0/8
ipset add p4 10.0.3.0/24,tcp:1,10.0.0.0/8
ipset add p4 10.0.4.0/24,tcp:1,10.0.0.0/8
ipset add p4 10.0.5.0/24,tcp:1,10.0.0.0/8
ipset add p4 10.0.6.0/24,tcp:1,10.0.0.0/8
ipset add p4 10.0.7.0/24,tcp:1,10.0.0.0/8
ipset add p4 10.0.8.0/24,tcp:1,10.0.0.0/8
ipset save p4
ipset create p6 hash:ip,port,net initval 0x12345678
ipset add p6 10.0.0.1,tcp:1,10.0.0.0/8
ipset add p6 10.0.0.2,tcp:1,10.0.0.0/8
ipset add p6 10.0.0.3,tcp:1,10.0.0.0/8
ipset add p6 10.0.0.4,tcp:1,10.0.0.0/8
ipset add p6 10.0.0.5,tcp:1,10.0.0.0/8
ipset add p6 10.0.0.6,tcp:1,10.0.0.0/8
ipset add p6 10.0.0.7,tcp:1,10.0.0.0/8
ipset add p6 10.0.0.8,tcp:1,10.0.0.0/8
ipset save p6
ipset destroy
iptables -A INPUT -m set --match-set nosuch src
ipset create h hash:ip
iptables -A INPUT -m set --match-set h src,dst -j ACCEPT
iptables -A INPUT -m set --match-set h src -m set --match-set h dst
iptables -A INPUT -m set --match-set h src --return-nomatch ! --update-counters ! --update-subcounters --packets-gt 5 --bytes-lt 100
iptables -A INPUT -m set --match-set h src ! --packets-eq 5 ! --bytes-eq 100
iptables -A INPUT -m set --set h src
iptables -A INPUT -m set
iptables -A INPUT -m set --match-set h
iptables -A INPUT -m set --match-set h src --packets-eq 1 --packets-lt 1
iptables -A INPUT -m set --match-set h src --update-counters
iptables -A INPUT -m set --match-set h src --packets-eq x
iptables -A INPUT -m set --match-set h src --match-set h dst
iptables -A INPUT -j SET
iptables -A INPUT -j SET --add-set h src --exist --timeout 5
iptables -A INPUT -j SET --add-set h src --timeout x
iptables -A INPUT -j SET --add-set h src --del-set h dst
iptables -A INPUT -j SET --exist
iptables -A INPUT -j SET --add-set h
iptables -A INPUT -j SET --add-set nosuch src
iptables -A INPUT -j SET --map-set h src
iptables -t mangle -A INPUT -j SET --map-set h src
iptables -t mangle -A INPUT -j SET --map-set h src --map-mark
iptables -t mangle -A INPUT -j SET --map-mark
iptables -t nat -A POSTROUTING -j SET --add-set h src
iptables -A INPUT -j SET ! --add-set h src
iptables -A INPUT -m set --match-set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa src
iptables -S
iptables -nL
iptables -t mangle -S
iptables -t mangle -nL
ipset list h -t
ip6tables -A INPUT -m set --match-set h src
ip6tables -S INPUT
ipset create h2 hash:ip
ipset swap h h2
iptables -S INPUT | head -2
ipset list -t
iptables -t nat -S
ipset rename h h3
