# matches of what a packet says: string, ecn, tcpmss, dscp; time of day; targets that change or tell
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
ip netns exec b iptables -A INPUT -p icmp -m string --string hello --algo bm -j DROP
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec a ping -c 1 -W 1 -p 68656c6c6f 10.0.0.2
ip netns exec b iptables -R INPUT 1 -p icmp -m string --hex-string "|68 45|llo" --algo kmp --icase -j DROP
ip netns exec a ping -c 1 -W 1 -p 68656c6c6f 10.0.0.2
ip netns exec b iptables -R INPUT 1 -p icmp -m string --string hello --algo bm --to 40 -j DROP
ip netns exec a ping -c 1 -W 1 -p 68656c6c6f 10.0.0.2
ip netns exec b iptables -R INPUT 1 -p icmp -m string --string hello --algo bm --from 80 -j DROP
ip netns exec a ping -c 1 -W 1 -p 68656c6c6f 10.0.0.2
ip netns exec b iptables -R INPUT 1 -p icmp -m string ! --string hello --algo bm -j DROP
ip netns exec a ping -c 1 -W 1 -p 68656c6c6f 10.0.0.2
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec b iptables -F
ip netns exec b iptables -A INPUT -p icmp -m ecn --ecn-ip-ect 3
ip netns exec b iptables -A INPUT -p icmp -m ecn ! --ecn-ip-ect 0
ip netns exec b iptables -A INPUT -p icmp -m dscp --dscp-class EF
ip netns exec a ping -c 1 -W 1 -Q 0x03 10.0.0.2
ip netns exec a ping -c 1 -W 1 -Q 0xb8 10.0.0.2
ip netns exec b iptables -L INPUT -n -v
ip netns exec b iptables -F
ip netns exec b nc -lk -p 80 &
@sleep 0.5
ip netns exec b iptables -A INPUT -p tcp -m tcpmss --mss 1460
ip netns exec b iptables -A INPUT -p tcp -m tcpmss ! --mss 1000:1459
ip netns exec a nc -z -w 1 10.0.0.2 80; echo $?
ip netns exec b iptables -L INPUT -n -v
ip netns exec b iptables -F
ip netns exec b iptables -A INPUT -p icmp -m time --datestart 2001-01-01 --datestop 2037-01-01 -m comment --comment now
ip netns exec b iptables -A INPUT -p icmp -m time --datestop 2001-01-01
ip netns exec b iptables -A INPUT -p icmp -m time --weekdays Mon,Tue,Wed,Thu,Fri,Sat,Sun
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec b iptables -L INPUT -n -v
ip netns exec b iptables -F
# targets after which the packet goes on
ip netns exec b iptables -t mangle -A INPUT -p icmp -j CLASSIFY --set-class 1:2
ip netns exec b iptables -t mangle -A POSTROUTING -p icmp -j CHECKSUM --checksum-fill
ip netns exec b iptables -A INPUT -p icmp -j NFLOG --nflog-prefix "seen: " --nflog-group 3
ip netns exec b iptables -A INPUT -p icmp -j AUDIT --type accept
ip netns exec b iptables -A INPUT -p icmp -j ACCEPT
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec b iptables -L -n -v
ip netns exec b iptables -t mangle -L -n -v
ip netns exec b iptables-save
ip netns exec b iptables -F
ip netns exec b iptables -A INPUT -p icmp -j NFQUEUE --queue-num 2
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec b iptables -R INPUT 1 -p icmp -j NFQUEUE --queue-num 2 --queue-bypass
ip netns exec a ping -c 1 -W 1 10.0.0.2
ip netns exec b iptables -S INPUT
