# HMARK: texts, errors, and which marks packets get by hashing; connlabel: labels of connections
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
iptables -t mangle -A INPUT -j HMARK --hmark-tuple src,dst --hmark-mod 10 --hmark-offset 100 --hmark-rnd 0x1234
iptables -t mangle -A INPUT -p tcp -j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 1000000 --hmark-rnd 0xfeed
iptables -t mangle -A INPUT -p tcp -j HMARK --hmark-tuple ct,src,dst,sport,dport --hmark-mod 1000000 --hmark-rnd 7
iptables -t mangle -A INPUT -p udp -j HMARK --hmark-src-prefix 24 --hmark-dst-prefix 16 --hmark-sport-mask 0xff00 --hmark-dport 0x0101 --hmark-mod 1000 --hmark-offset 5 --hmark-rnd 7
iptables -t mangle -A INPUT -j HMARK --hmark-spi-mask 0xffff0000 --hmark-spi 1 --hmark-mod 1000 --hmark-rnd 7
iptables -t mangle -S
iptables -t mangle -nL INPUT
iptables -t mangle -A INPUT -j HMARK
iptables -t mangle -A INPUT -j HMARK --hmark-tuple src --hmark-mod 10
iptables -t mangle -A INPUT -j HMARK --hmark-mod 10 --hmark-rnd 1
iptables -t mangle -A INPUT -j HMARK --hmark-tuple src,bogus --hmark-mod 10 --hmark-rnd 1
iptables -t mangle -A INPUT -j HMARK --hmark-tuple spi,sport --hmark-mod 10 --hmark-rnd 1
iptables -t mangle -A INPUT -j HMARK --hmark-tuple src --hmark-mod 0 --hmark-rnd 1
iptables -t mangle -A INPUT -j HMARK --hmark-src-prefix 33 --hmark-mod 10 --hmark-rnd 1
iptables -t mangle -A INPUT -j HMARK --hmark-tuple src, --hmark-mod 10 --hmark-rnd 1
iptables -t mangle -F
iptables -t mangle -A INPUT -j HMARK --hmark-tuple src,dst --hmark-mod 1000000 --hmark-rnd 0x1234
iptables -t mangle -A INPUT -j CONNMARK --save-mark
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
conntrack -L -p icmp 2>/dev/null | grep -o 'mark=[0-9]*'
iptables -t mangle -F
iptables -t mangle -A INPUT -j HMARK --hmark-tuple src,dst,sport,dport,proto --hmark-mod 1000000 --hmark-rnd 0xfeed --hmark-offset 3
iptables -t mangle -A INPUT -j CONNMARK --save-mark
ip netns exec b nc -l -p 80 > /dev/null &
@sleep 1
echo hello | nc -w 1 -p 4000 10.0.0.2 80
conntrack -L -p tcp 2>/dev/null | grep -o 'mark=[0-9]*'
conntrack -F
iptables -t mangle -F
iptables -t mangle -A INPUT -j HMARK --hmark-tuple ct,src,dst,sport,dport --hmark-mod 1000000 --hmark-rnd 7
iptables -t mangle -A INPUT -j CONNMARK --save-mark
ip netns exec b nc -l -p 80 > /dev/null &
@sleep 1
echo hello | nc -w 1 -p 4001 10.0.0.2 80
conntrack -L -p tcp 2>/dev/null | grep -o 'mark=[0-9]*'
iptables -t mangle -F
conntrack -F
iptables -t mangle -A OUTPUT -p udp -j HMARK --hmark-src-prefix 24 --hmark-dst-prefix 16 --hmark-sport-mask 0xff00 --hmark-dport 0x0101 --hmark-mod 1000 --hmark-offset 5 --hmark-rnd 7
iptables -t mangle -A OUTPUT -j CONNMARK --save-mark
echo hello | nc -u -w 1 -p 4002 10.0.0.2 99
conntrack -L -p udp 2>/dev/null | grep -o 'mark=[0-9]*'
iptables -t mangle -F
iptables -A INPUT -m connlabel --label 40
iptables -A INPUT -m connlabel ! --label 40
iptables -A INPUT -m connlabel --label 41 --set
iptables -A INPUT -m connlabel --label 41
iptables -A INPUT -m connlabel --label 128
iptables -A INPUT -m connlabel --label abc
iptables -A INPUT -m connlabel
iptables -S
iptables -nL INPUT
ping -c 2 -i 0.2 -W 1 10.0.0.2 | grep -c 'bytes from'
iptables -nvL INPUT
iptables-save -t filter
