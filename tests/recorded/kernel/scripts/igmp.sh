# Groups: who joins, who reports, what ip maddr and /proc/net/igmp show, and which rules see the reports
ip netns add a
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02 netns a
ip maddr
ip maddr show dev v0
ip link set lo up
@capture a eth0
iptables -A OUTPUT -p igmp
iptables -t nat -A POSTROUTING -j ACCEPT
ip link set v0 up
ip -n a link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip maddr
ip maddr show dev v0
ip -4 maddr
ip -6 maddr show dev v0
ip -0 maddr
ip -j maddr show dev v0
@sleep 4
@stop
iptables -L OUTPUT -nvx
ip6tables -S
cat /proc/net/igmp
cat /proc/net/igmp6
cat /proc/net/dev_mcast
netstat -gn
@capture a eth0
ip link add br0 address 02:00:00:00:00:b0 type bridge
ip link set v0 master br0
ip link set br0 up
ip addr add 10.1.0.1/24 dev br0
@sleep 4
@stop
ip maddr show dev br0
ip -n a maddr show dev eth0
iptables -L OUTPUT -nvx
iptables -t nat -L POSTROUTING -nvx
cat /proc/net/igmp
@capture a eth0
sysctl -w net.ipv6.conf.v0.forwarding=1
sysctl -w net.ipv4.ip_forward=1
ip maddr show dev br0
sysctl -w net.ipv6.conf.all.forwarding=1
ip maddr show dev br0
@sleep 3
@stop
@capture a eth0
ip -6 addr add fd00::1/64 dev br0
@sleep 3
ip -6 addr del fd00::1/64 dev br0
@sleep 3
@stop
ip -6 maddr show dev br0
@capture a eth0
ip link set br0 down
@sleep 1
ip link set br0 up
@sleep 4
@stop
@capture a eth0
ip link set br0 type bridge mcast_snooping 0
@sleep 2
ip maddr show dev br0
ip link set br0 type bridge mcast_snooping 1
@sleep 3
@stop
ip maddr show dev br0
@capture a eth0
ip maddr add 01:00:5e:01:02:03 dev v0
ip maddr add 01:00:5e:01:02:03 dev v0
ip maddr show dev v0
ip maddr del 01:00:5e:01:02:03 dev v0
ip maddr del 01:00:5e:01:02:03 dev v0
ip maddr del 01:00:5e:01:02:04 dev v0
ip maddr add 224.1.2.3 dev v0
ip maddr show dev nosuch
ip maddr bogus
ip maddr add 01:00:5e:01:02:03
@stop
@capture a eth0
ip -n a addr add 10.1.0.2/24 dev eth0
timeout 3 /usr/bin/python3 -c "import socket,struct,time; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.setsockopt(0,35,struct.pack('4s4si',socket.inet_aton('239.1.2.3'),socket.inet_aton('10.1.0.1'),0)); time.sleep(2)"
@sleep 3
@stop
