# iptables -j TEE: a router sends copies of what it forwards to a monitor; where the copies are seen, TTL and DF, own packets, errors
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns add b
ip netns add mon
for n in a b mon; do ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1; done
ip link add eth0 netns a address 02:00:00:00:00:0a type veth peer name va address 02:00:00:00:00:aa
ip link add eth0 netns b address 02:00:00:00:00:0b type veth peer name vb address 02:00:00:00:00:bb
ip link add eth0 netns mon address 02:00:00:00:00:0c type veth peer name vm address 02:00:00:00:00:cc
for n in a b mon; do ip -n $n link set eth0 up; done
for v in va vb vm; do ip link set $v up; done
ip addr add 10.1.0.1/24 dev va
ip addr add 10.2.0.1/24 dev vb
ip addr add 10.9.0.1/24 dev vm
ip -n a addr add 10.1.0.2/24 dev eth0
ip -n b addr add 10.2.0.2/24 dev eth0
ip -n mon addr add 10.9.0.9/24 dev eth0
ip -n a route add default via 10.1.0.1
ip -n b route add default via 10.2.0.1
sysctl -qw net.ipv4.ip_forward=1
iptables -t mangle -A PREROUTING -i va -p icmp -j TEE --gateway 10.9.0.9
iptables -t mangle -S PREROUTING
iptables -t mangle -nL PREROUTING
ip netns exec mon timeout 8 tcpdump -nnvi eth0 icmp > /tmp/mon.txt 2>/dev/null &
@sleep 1
ip netns exec a ping -c 2 -W 1 10.2.0.2
@sleep 9
grep -cE 'ICMP echo request' /tmp/mon.txt
grep -oE 'ttl [0-9]+, id [0-9]+, offset 0, flags \[[A-Z]+\]' /tmp/mon.txt | sed -E 's/id [0-9]+/id N/' | sort | uniq -c
iptables -t mangle -nvL PREROUTING | awk 'NR==3{print $1}'
iptables -t mangle -F
iptables -t mangle -A POSTROUTING -o va -p icmp -j TEE --gateway 10.9.0.9 --oif vm
ip netns exec mon timeout 8 tcpdump -nnvi eth0 icmp > /tmp/mon2.txt 2>/dev/null &
@sleep 1
ip netns exec a ping -c 2 -W 1 10.2.0.2
ip netns exec a ping -c 1 -W 1 10.1.0.1
@sleep 9
grep -c 'ICMP echo reply' /tmp/mon2.txt
grep -oE 'ttl [0-9]+, id [0-9]+, offset 0, flags \[[a-zA-Z]+\]' /tmp/mon2.txt | sed -E 's/id [0-9]+/id N/' | sort | uniq -c
iptables -t mangle -nvL POSTROUTING
iptables -t mangle -A POSTROUTING -j TEE
iptables -t mangle -A POSTROUTING -j TEE --gateway 0.0.0.0
iptables -t mangle -A POSTROUTING -j TEE --gateway fd00::1
iptables -t mangle -A OUTPUT -p icmp -j TEE --gateway 10.77.0.1
ping -c 1 -W 1 10.2.0.2
ip route get 10.77.0.1
