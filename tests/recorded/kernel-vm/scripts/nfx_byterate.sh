# hashlimit with bytes and with rate-match: large pings beyond a rate of bytes a second are dropped, bursts, counters, texts
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a type veth peer name v0
ip -n a link set eth0 up
ip link set v0 up
ip -n a addr add 10.0.0.1/24 dev eth0
ip addr add 10.0.0.2/24 dev v0
@sleep 1
iptables -A INPUT -p icmp -m hashlimit --hashlimit-above 1kb/s --hashlimit-mode srcip --hashlimit-name big -j DROP
iptables -S INPUT
iptables -nL INPUT
ip netns exec a ping -c 4 -i 0.2 -W 1 -s 972 -q 10.0.0.2 | grep -oE '[0-9]+ received'
iptables -nvL INPUT | awk 'NR==3{print $1}'
@sleep 2
ip netns exec a ping -c 1 -W 1 -s 972 -q 10.0.0.2 | grep -oE '[0-9]+ received'
iptables -F
iptables -A INPUT -p icmp -m hashlimit --hashlimit-above 1kb/s --hashlimit-burst 3kb --hashlimit-mode srcip --hashlimit-name big2 -j DROP
iptables -S INPUT
ip netns exec a ping -c 6 -i 0.2 -W 1 -s 972 -q 10.0.0.2 | grep -oE '[0-9]+ received'
iptables -F
iptables -A INPUT -p icmp -m hashlimit --hashlimit-upto 3/sec --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name rm --hashlimit-rate-match -j ACCEPT
iptables -A INPUT -p icmp -j DROP
iptables -S INPUT
iptables -nL INPUT
ip netns exec a ping -c 8 -i 0.1 -W 1 -q 10.0.0.2 | grep -oE '[0-9]+ received'
iptables -nvL INPUT | awk 'NR>2{print $1}'
@sleep 3
ip netns exec a ping -c 1 -W 1 -q 10.0.0.2 | grep -oE '[0-9]+ received'
iptables -F
iptables -A INPUT -p icmp -m hashlimit --hashlimit-upto 2kb/s --hashlimit-mode srcip --hashlimit-name rb --hashlimit-rate-match --hashlimit-rate-interval 2 -j ACCEPT
iptables -A INPUT -p icmp -j DROP
iptables -S INPUT
ip netns exec a ping -c 6 -i 0.2 -W 1 -s 472 -q 10.0.0.2 | grep -oE '[0-9]+ received'
iptables -F
iptables -A INPUT -m hashlimit --hashlimit-above 10kb/s --hashlimit-burst 10 --hashlimit-name e -j DROP
iptables -A INPUT -m hashlimit --hashlimit-above 10/s --hashlimit-burst 1mb --hashlimit-name e -j DROP
iptables -A INPUT -m hashlimit --hashlimit-above 0kb/s --hashlimit-name e -j DROP
iptables -A INPUT -m hashlimit --hashlimit-above 10kb/m --hashlimit-name e -j DROP
iptables -S INPUT
