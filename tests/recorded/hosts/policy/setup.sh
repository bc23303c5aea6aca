for n in a b c lan-up1 lan-up2; do ip netns add $n; link_lo $n; done
ip link add toa type veth peer name eth0 netns a; ip link add tob type veth peer name eth0 netns b
ip -n a link add toc type veth peer name toa netns c
ip link add up1 type veth peer name eth0 netns lan-up1; ip link add up2 type veth peer name eth0 netns lan-up2
ip addr add 10.1.0.1/24 dev toa; ip addr add 10.2.0.1/24 dev tob; ip addr add 198.51.100.2/30 dev up1; ip addr add 203.0.113.2/30 dev up2
for d in toa tob up1 up2; do ip link set $d up; done
ip -n a addr add 10.1.0.2/24 dev eth0; ip -n b addr add 10.2.0.2/24 dev eth0; ip -n a addr add 10.3.0.1/24 dev toc; ip -n c addr add 10.3.0.2/24 dev toa
ip -n lan-up1 addr add 198.51.100.1/30 dev eth0; ip -n lan-up2 addr add 203.0.113.1/30 dev eth0
for n in a b lan-up1 lan-up2; do ip -n $n link set eth0 up; done; ip -n a link set toc up; ip -n c link set toa up
ip -n a route add default via 10.1.0.1; ip -n b route add default via 10.2.0.1; ip -n c route add default via 10.3.0.1
ip -n lan-up1 route add default via 198.51.100.2; ip -n lan-up2 route add default via 203.0.113.2
ip -n lan-up1 addr add 8.8.8.8/32 dev lo; ip -n lan-up2 addr add 8.8.8.8/32 dev lo
outside lan-up1; outside lan-up2
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.up2.rp_filter=1 net.ipv4.conf.tob.rp_filter=1
ip netns exec a sysctl -qw net.ipv4.ip_forward=1
ip route add default via 198.51.100.1
ip route add default via 203.0.113.1 table 200
ip route add 10.3.0.0/24 via 10.1.0.2
ip route add prohibit 10.1.0.0/24 table 300
ip rule add pref 100 from 10.2.0.0/24 to 10.1.0.0/24 lookup 300
ip rule add pref 200 from 10.2.0.0/24 lookup 200
ip rule add pref 150 from 203.0.113.2 lookup 200
ip rule add pref 50 to 10.3.0.0/24 ipproto tcp dport 81 blackhole
iptables -t mangle -A PREROUTING -i toa -p tcp --dport 443 -j MARK --set-mark 7
ip rule add pref 90 fwmark 7 lookup 200
serve 0.0.0.0:22; serve_in a 0.0.0.0:80 0.0.0.0:443; serve_in b 0.0.0.0:80 10.2.0.2:443; serve_in c 0.0.0.0:80 0.0.0.0:81
