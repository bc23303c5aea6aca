# note: by which device the rules of ip6tables see what comes in by a slave of a VRF
ip link add vrf1 type vrf table 101
ip link set vrf1 up
for i in 1 2; do ip netns add c$i; ip link add e$i type veth peer name eth0 netns c$i; ip link set e$i addrgenmode none; ip -n c$i link set eth0 addrgenmode none; ip link set e$i master vrf1; ip link set e$i up; ip -n c$i link set eth0 up; ip addr add fd00:$i::1/64 dev e$i nodad; ip addr add fe80::$i/64 dev e$i nodad; ip -n c$i addr add fd00:$i::2/64 dev eth0 nodad; ip -n c$i addr add fe80::9/64 dev eth0 nodad; ip -n c$i route add default via fd00:$i::1; done
sysctl -qw net.ipv6.conf.all.forwarding=1
sleep 3
for t in 128 135 136; do for d in e1 vrf1; do ip6tables -t raw -A PREROUTING -i $d -p icmpv6 --icmpv6-type $t; for h in INPUT FORWARD; do ip6tables -A $h -i $d -p icmpv6 --icmpv6-type $t; done; done; done
ip netns exec c1 ping -c 1 -W 3 fd00:1::1
ip6tables-save -c | grep -e '-A' | grep -v '^.0:0'; ip6tables -Z; ip6tables -t raw -Z
ip netns exec c1 ping -c 1 -W 3 fd00:2::2
ip6tables-save -c | grep -e '-A' | grep -v '^.0:0'; ip6tables -Z; ip6tables -t raw -Z
ip netns exec c1 ping -c 1 -W 3 fe80::1%eth0
ip6tables-save -c | grep -e '-A' | grep -v '^.0:0'; ip6tables -Z; ip6tables -t raw -Z
ip netns exec c1 ping -c 1 -W 3 ff02::1%eth0
ip6tables-save -c | grep -e '-A' | grep -v '^.0:0'; ip6tables -Z; ip6tables -t raw -Z
ip netns exec c1 ping -c 1 -W 3 -t 1 fd00:2::2
ip netns exec c1 ping -c 1 -W 3 fd00:9::2
# note: a DROP and a RETURN by device decide accordingly
ip6tables -A INPUT -i vrf1 -p icmpv6 --icmpv6-type 128 -j DROP
ip netns exec c1 ping -c 1 -W 3 fd00:1::1
ip netns exec c1 ping -c 1 -W 3 fd00:2::2
ip6tables -P FORWARD DROP
ip6tables -A FORWARD -i e1 -j ACCEPT
ip netns exec c1 ping -c 1 -W 3 fd00:2::2
ip6tables -A FORWARD -i vrf1 -j ACCEPT
ip netns exec c1 ping -c 1 -W 3 fd00:2::2
ip6tables -t raw -A PREROUTING -i vrf1 -p icmpv6 --icmpv6-type 128 -j DROP
ip netns exec c1 ping -c 1 -W 3 fd00:2::2
# note: a capture on the VRF
ip6tables -t raw -F
ip -s -j link show vrf1 | grep -o '"rx":{"bytes":[0-9]*,"packets":[0-9]*'
