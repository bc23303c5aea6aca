# matches that remember by name and by address: recent, hashlimit, connlimit, quota
ip netns add a
ip netns add b
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip -n a link set lo up
ip -n b link set lo up
ip -n a link set eth0 up
ip -n b link set eth0 up
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n a addr add 10.0.0.3/24 dev eth0
ip -n b addr add 10.0.0.2/24 dev eth0
ip netns exec b iptables -A INPUT -p icmp -m recent --name seen --rcheck --seconds 2 --hitcount 3 -j DROP
ip netns exec b iptables -A INPUT -p icmp -m recent --name seen --set
ip netns exec a ping -c 5 -i 0.2 -W 1 10.0.0.2
ip netns exec b iptables -L INPUT -n -v
ip netns exec b sh -c "grep -o 'src=[0-9.]* ttl: [0-9]*' /proc/net/xt_recent/seen"
@sleep 2.5
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec a ping -c 1 -W 1 -I 10.0.0.3 10.0.0.2
ip netns exec b sh -c "grep -o 'src=[0-9.]* ttl: [0-9]*' /proc/net/xt_recent/seen | sort"
# another rule with the same name asks the same list
ip netns exec b iptables -F
ip netns exec b iptables -A INPUT -p icmp -m recent --name list --update --seconds 1 -j DROP
ip netns exec b iptables -A INPUT -p icmp -m recent --name list --set -j ACCEPT
ip netns exec a ping -c 3 -i 0.3 -W 1 10.0.0.2
@sleep 1.5
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec b iptables -I INPUT -p icmp -m recent --name list --remove
ip netns exec a ping -c 2 -i 0.3 -W 1 10.0.0.2
ip netns exec b iptables -L INPUT -n -v
ip netns exec b iptables -F
ip netns exec b iptables -A INPUT -p icmp -m recent --name never ! --rcheck -j REJECT
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec b sh -c "echo +10.0.0.1 > /proc/net/xt_recent/never"
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec b iptables -F
# a token bucket for each address
ip netns exec b iptables -A INPUT -p icmp -m hashlimit --hashlimit-upto 1/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name each -j ACCEPT
ip netns exec b iptables -A INPUT -p icmp -j DROP
ip netns exec a ping -c 5 -i 0.2 -W 1 10.0.0.2
ip netns exec a ping -c 5 -i 0.2 -W 1 -I 10.0.0.3 10.0.0.2
ip netns exec b iptables -L INPUT -n -v
ip netns exec b iptables -F
ip netns exec b iptables -A INPUT -p icmp -m hashlimit --hashlimit-above 1/sec --hashlimit-burst 1 --hashlimit-name all -j DROP
ip netns exec a ping -c 4 -i 0.5 -W 1 10.0.0.2
ip netns exec b iptables -L INPUT -n -v
ip netns exec b iptables -F
# two connections for each address
ip netns exec b nc -lk -p 80 &
@sleep 0.5
ip netns exec b iptables -A INPUT -p tcp --syn --dport 80 -m connlimit --connlimit-above 2 --connlimit-mask 32 -j REJECT --reject-with tcp-reset
ip netns exec a sh -c "sleep 8 | nc 10.0.0.2 80" &
ip netns exec a sh -c "sleep 8 | nc 10.0.0.2 80" &
@sleep 0.5
ip netns exec a nc -z -w 1 10.0.0.2 80; echo $?
ip netns exec a nc -z -w 1 -s 10.0.0.3 10.0.0.2 80; echo $?
ip netns exec b iptables -L INPUT -n -v
ip netns exec b iptables -F
# bytes that are used up
ip netns exec b iptables -A INPUT -p icmp -m quota --quota 200 -j ACCEPT
ip netns exec b iptables -A INPUT -p icmp -j DROP
ip netns exec a ping -c 4 -i 0.2 -W 1 10.0.0.2
ip netns exec b iptables -L INPUT -n -v
ip netns exec b iptables -F
