# RATEEST and rateest: texts, rates of packets, errors
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
iptables -A INPUT -j RATEEST --rateest-name RE1 --rateest-interval 250ms --rateest-ewmalog 500ms
iptables -A INPUT -j RATEEST --rateest-name RE2 --rateest-interval 250.0ms --rateest-ewmalog 500.0ms
iptables -A INPUT -j RATEEST --rateest-name RE3 --rateest-interval 1s --rateest-ewmalog 4s
iptables -A INPUT -j RATEEST --rateest-name RE4 --rateest-interval 8s --rateest-ewmalog 32s
iptables -A INPUT -j RATEEST --rateest-name RE1 --rateest-interval 500ms --rateest-ewmalog 1s
iptables -A INPUT -m rateest --rateest RE1 --rateest-lt --rateest-bps 8bit
iptables -A INPUT -m rateest --rateest RE1 --rateest-eq --rateest-pps 5
iptables -A INPUT -m rateest --rateest RE1 --rateest-gt --rateest-bps 5kbit
iptables -A INPUT -m rateest --rateest-delta --rateest RE1 --rateest-bps1 8bit --rateest-lt --rateest-bps2 16bit
iptables -A INPUT -m rateest --rateest1 RE1 --rateest-lt --rateest-bps --rateest2 RE2
iptables -A INPUT -m rateest --rateest-delta --rateest1 RE1 --rateest-pps1 0 --rateest-lt --rateest-pps2 42 --rateest2 RE2
iptables -A INPUT -m rateest --rateest-delta --rateest RE1 --rateest-bps1 8bit --rateest-eq --rateest-bps2 16bit
iptables -A INPUT -m rateest --rateest-delta --rateest RE1 --rateest-bps1 8bit --rateest-gt --rateest-bps2 16bit
iptables -A INPUT -m rateest --rateest-delta --rateest RE1 --rateest-pps1 8 --rateest-lt --rateest-pps2 9
iptables -A INPUT -m rateest ! --rateest RE1 --rateest-gt --rateest-pps 9
iptables -A INPUT -m rateest --rateest RE1 --rateest-lt --rateest-bps 8mbit
iptables -A INPUT -m rateest --rateest RE1 --rateest-lt --rateest-bps 100
iptables -A INPUT -m rateest --rateest RE1 --rateest-lt --rateest-bps 100kbps
iptables -S INPUT
iptables -nL INPUT
iptables -A INPUT -m rateest --rateest nosuch --rateest-lt --rateest-bps 8bit
iptables -A INPUT -m rateest
iptables -A INPUT -m rateest --rateest RE1
iptables -A INPUT -m rateest --rateest RE1 --rateest-lt
iptables -A INPUT -m rateest --rateest RE1 --rateest-lt --rateest-bps x
iptables -A INPUT -j RATEEST
iptables -A INPUT -j RATEEST --rateest-name RE5
iptables -A INPUT -j RATEEST --rateest-name RE5 --rateest-interval 1s
iptables -A INPUT -j RATEEST --rateest-name RE5 --rateest-interval 9s --rateest-ewmalog 9s
iptables -A INPUT -j RATEEST --rateest-name RE5 --rateest-interval x --rateest-ewmalog 9s
iptables -F INPUT
iptables -A INPUT -j RATEEST --rateest-name RE1 --rateest-interval 250ms --rateest-ewmalog 500ms
iptables -A INPUT -m rateest --rateest RE1 --rateest-gt --rateest-pps 3
iptables -A INPUT -m rateest --rateest RE1 --rateest-lt --rateest-pps 3
iptables -A INPUT -m rateest --rateest RE1 --rateest-gt --rateest-bps 100kbit
ping -q -c 40 -i 0.1 10.0.0.2 | grep -c '40 received'
iptables -nvL INPUT | awk 'NR>2{print $1}'
