ip netns add lan-eth0; ip netns add lan-eth1; ip netns add app; ip netns add mail
ip link add eth0 type veth peer name eth0 netns lan-eth0; ip link add eth1 type veth peer name eth0 netns lan-eth1
ip addr add 203.0.113.10/24 dev eth0; ip -6 addr add 2001:db8:1::10/64 dev eth0 nodad; ip link set eth0 up
ip addr add 192.168.1.1/24 dev eth1; ip -6 addr add 2001:db8:2::1/64 dev eth1 nodad; ip link set eth1 up
ip -n lan-eth0 addr add 203.0.113.1/24 dev eth0; ip -n lan-eth0 -6 addr add 2001:db8:1::1/64 dev eth0 nodad; ip -n lan-eth0 link set eth0 up; link_lo lan-eth0
ip -n lan-eth0 route add default via 203.0.113.10; ip -n lan-eth0 -6 route add default via 2001:db8:1::10
ip -n lan-eth1 addr add 192.168.1.254/24 dev eth0; ip -n lan-eth1 -6 addr add 2001:db8:2:0:ffff:ffff:ffff:ffff/64 dev eth0 nodad; ip -n lan-eth1 link set eth0 up; link_lo lan-eth1
ip -n lan-eth1 route add default via 192.168.1.1; ip -n lan-eth1 -6 route add default via 2001:db8:2::1
ip route add default via 203.0.113.1; ip -6 route add default via 2001:db8:1::1
outside lan-eth0; outside lan-eth1
ip link add dmz type bridge; ip addr add 10.1.0.1/24 dev dmz; ip -6 addr add 2001:db8:3::1/64 dev dmz nodad; ip link set dmz up
n=2; for c in app mail; do ip link add v-$c type veth peer name eth0 netns $c; ip link set v-$c master dmz up
ip -n $c addr add 10.1.0.$n/24 dev eth0; ip -n $c -6 addr add 2001:db8:3::$n/64 dev eth0 nodad; ip -n $c link set eth0 up; link_lo $c
ip -n $c route add default via 10.1.0.1;  ip -n $c -6 route add default via 2001:db8:3::1; n=$((n+1)); done
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
nft -f - <<'N'
table inet filter {
  set admins { type ipv4_addr; flags interval; elements = { 192.168.1.0/25, 192.168.1.254 }
 }
  map services { type inet_service : verdict; elements = { 80 : accept, 443 : jump secure }
 }
  chain secure { ip saddr @admins accept; meta nfproto ipv6 accept; reject with tcp reset
 }
  chain input { type filter hook input priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop
 }
    iif lo accept
    meta l4proto { icmp, ipv6-icmp } accept
    tcp dport 22 ip saddr @admins accept
    iifname "dmz" tcp dport { 53, 3142 } accept
 }
  chain forward { type filter hook forward priority filter; policy drop;
    ct state established,related accept
    meta l4proto ipv6-icmp accept
    iifname "eth1" oifname { "eth0", "dmz" } accept
    ct status dnat accept
    ip6 daddr 2001:db8:3::2 tcp dport vmap @services
    iifname "dmz" oifname "eth0" tcp dport != 25 accept
 }
}
table ip nat2 {
  chain pre { type nat hook prerouting priority dstnat;
    iifname "eth0" ip daddr 203.0.113.10 dnat to tcp dport map { 80 : 10.1.0.2, 443 : 10.1.0.2, 25 : 10.1.0.3 }
 }
  chain post { type nat hook postrouting priority srcnat; oifname "eth0" masquerade
 }
}
N
serve '*:22' 0.0.0.0:53 '*:3142'
serve_in app '*:80' '*:443' 6:8443; serve_in mail '*:25' 0.0.0.0:143 '2001:db8:3::3:993'
