# arptables: what rules do to ARP, and what of it is seen
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 address 02:00:00:00:00:0a type veth peer name eth0 netns b address 02:00:00:00:00:0b
ip link set eth0 up
ip addr add 10.0.0.1/24 dev eth0
ip -n b link set eth0 up
ip -n b addr add 10.0.0.2/24 dev eth0
arptables -A INPUT -i eth0 -s 10.0.0.2
arptables -A OUTPUT -o eth0 --opcode Request
@capture b eth0
ping -c 1 -W 1 10.0.0.2
@stop
arptables -L -v -n
arptables -F
arptables -A OUTPUT -j DROP
ip neigh flush all
ping -c 1 -W 1 10.0.0.2
arptables -L OUTPUT -v
ip neigh
arptables -F
arptables -P INPUT DROP
ip neigh flush all
ping -c 1 -W 1 10.0.0.2
ip netns exec b ping -c 1 -W 1 10.0.0.1
arptables -P INPUT ACCEPT
ping -c 1 -W 1 10.0.0.2
ip neigh flush all
ip -n b neigh flush all
arptables -A OUTPUT -j mangle --mangle-ip-s 10.0.0.77
@capture b eth0
ping -c 1 -W 1 10.0.0.2
@stop
ip -n b neigh
arptables -F
arptables -A OUTPUT --opcode Reply -j mangle --mangle-mac-s 02:00:00:00:00:99
ip -n b neigh flush all
@capture b eth0
ip netns exec b ping -c 1 -W 1 10.0.0.1
@stop
ip -n b neigh
arptables -F
arptables -A INPUT --src-mac 02:00:00:00:00:0b -j DROP
ip -n b neigh flush all
ip netns exec b ping -c 1 -W 1 10.0.0.1
arptables -F
arptables -A INPUT ! -s 10.0.0.0/30 -j DROP
ip netns exec b ping -c 1 -W 1 10.0.0.1
ip -n b addr add 10.0.0.9/24 dev eth0
ip -n b neigh flush all
ip netns exec b ping -c 1 -W 1 -I 10.0.0.9 10.0.0.1
arptables -F
arptables -A INPUT --h-type 6 --proto-type 0x800 --opcode 1 -d 10.0.0.1
arptables -A INPUT -j MARK --set-mark 5
arptables -A OUTPUT -j CLASSIFY --set-class 1:2
arptables -N chk
arptables -A INPUT -j chk
arptables -A chk ! --opcode Request -j RETURN
arptables -A chk -s 10.0.0.2 -j DROP
ip -n b neigh flush all
ip netns exec b ping -c 1 -W 1 10.0.0.1
arptables -L -v -n
