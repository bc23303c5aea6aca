# IPv6 prefix translation: SNPT and DNPT on a router between fd00 inside and 2001:db8 outside, who sees which address, errors
sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
ip netns add in
ip netns add out
for n in in out; do ip netns exec $n sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0; done
ip link add eth0 netns in address 02:00:00:00:00:0a type veth peer name vi address 02:00:00:00:00:aa
ip link add eth0 netns out address 02:00:00:00:00:0b type veth peer name vo address 02:00:00:00:00:bb
ip -n in link set eth0 up
ip -n out link set eth0 up
ip link set vi up
ip link set vo up
ip -n in addr add fd01:203:405:1::1234/64 dev eth0 nodad
ip addr add fd01:203:405:1::1/64 dev vi nodad
ip addr add 2001:db8:9::1/64 dev vo nodad
ip -n out addr add 2001:db8:9::2/64 dev eth0 nodad
ip -n in route add default via fd01:203:405:1::1
ip -n out route add default via 2001:db8:9::1
sysctl -qw net.ipv6.conf.all.forwarding=1
@sleep 2
ip6tables -t mangle -A POSTROUTING -o vo -j SNPT --src-pfx fd01:203:405::/48 --dst-pfx 2001:db8:1::/48
ip6tables -t mangle -A PREROUTING -i vo -j DNPT --src-pfx 2001:db8:1::/48 --dst-pfx fd01:203:405::/48
ip6tables -t mangle -S
ip6tables -t mangle -nL PREROUTING
ip netns exec out timeout 4 tcpdump -nni eth0 'icmp6 and (ip6[40] == 128 or ip6[40] == 129)' > $OUT/o.txt 2>/dev/null &
@sleep 1
ip netns exec in ping -c 2 -W 1 2001:db8:9::2
@sleep 4
grep -oE '2001:db8[^ ]* > [^ ]* ICMP6, echo [a-z]+' $OUT/o.txt | sort | uniq -c
ip netns exec out ping -c 1 -W 1 2001:db8:1:d550::1234
ip netns exec out ping -c 1 -W 1 2001:db8:1:1::1234
ip6tables -t mangle -A PREROUTING -j SNPT --src-pfx fd00::/48 --dst-pfx 2001:db8::/48
ip6tables -t mangle -A POSTROUTING -j SNPT --src-pfx fd00::1/48 --dst-pfx 2001:db8::/48
ip6tables -t mangle -A POSTROUTING -j SNPT --src-pfx fd00::/80 --dst-pfx 2001:db8::/80
ip6tables -t mangle -A POSTROUTING -j SNPT --src-pfx fd00::/48
iptables -t mangle -A POSTROUTING -j SNPT --src-pfx fd00::/48 --dst-pfx 2001:db8::/48
