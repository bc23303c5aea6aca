# note: which packets of a VRF have a way back, for rpfilter of iptables and fib of nft
ip link add red type vrf table 10
ip link set red up
for i in 1 2; do ip netns add c$i; ip link add e$i type veth peer name eth0 netns c$i; ip link set e$i addrgenmode none; ip -n c$i link set eth0 addrgenmode none; ip link set e$i master red; ip link set e$i up; ip -n c$i link set eth0 up; ip addr add 10.0.$i.1/24 dev e$i; ip addr add fd00:$i::1/64 dev e$i nodad; ip -n c$i addr add 10.0.$i.2/24 dev eth0; ip -n c$i addr add fd00:$i::2/64 dev eth0 nodad; ip -n c$i route add default via 10.0.$i.1; ip -n c$i route add default via fd00:$i::1; done
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
sleep 3
for d in e1 red; do for o in "" --loose --invert --accept-local; do iptables -t raw -A PREROUTING -i $d -p icmp --icmp-type 8 -m rpfilter $o; ip6tables -t raw -A PREROUTING -i $d -p icmpv6 --icmpv6-type 128 -m rpfilter $o; done; done
nft add table inet t; nft 'add chain inet t p { type filter hook prerouting priority -300; }'
for d in e1 red; do for x in "fib saddr oif missing" "fib saddr . iif oif missing" 'fib saddr oifname "e1"' 'fib saddr . iif oifname "red"' "fib daddr oif exists"; do nft "add rule inet t p iifname $d icmp type echo-request $x counter"; nft "add rule inet t p iifname $d icmpv6 type echo-request $x counter"; done; done
ip netns exec c1 ping -c 1 -W 3 10.0.2.2
iptables-save -c -t raw | grep -e -A; iptables -t raw -Z
ip netns exec c1 ping -c 1 -W 3 10.0.1.1
iptables-save -c -t raw | grep -e -A; iptables -t raw -Z
ip netns exec c1 ping -c 1 -W 3 fd00:2::2
ip6tables-save -c -t raw | grep -e -A; ip6tables -t raw -Z
nft list chain inet t p | grep counter
# note: sources of another slave, of nobody, and of the router itself
ip -n c1 addr add 10.0.2.77/32 dev eth0; ip -n c1 addr add 10.7.0.1/32 dev eth0; ip -n c1 addr add 10.0.2.1/32 dev eth0
for source in 10.0.2.77 10.7.0.1 10.0.2.1; do ip netns exec c1 ping -c 1 -W 1 -q -I $source 10.0.1.1; iptables-save -c -t raw | grep -e -A; iptables -t raw -Z; done
# note: link-local sources pass on each of two devices
for i in 1 2; do ip link set e$i nomaster; ip addr add fe80::$i:1/64 dev e$i nodad; ip addr add fd00:$i::1/64 dev e$i nodad; ip -n c$i addr add fe80::$i:2/64 dev eth0 nodad; done
nft 'add rule inet t p icmpv6 type { echo-request, nd-neighbor-solicit } fib saddr . iif oif missing counter drop'
nft 'add rule inet t p icmpv6 type nd-neighbor-solicit fib daddr . iif oif missing counter drop'
ip6tables -t raw -A PREROUTING -p icmpv6 --icmpv6-type 128 -m rpfilter --invert -j DROP
for i in 1 2; do ip netns exec c$i ping -c 1 -W 3 -q fe80::$i:1%eth0; done
