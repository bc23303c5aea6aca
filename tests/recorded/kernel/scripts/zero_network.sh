# note: addresses below 1.0.0.0 are those of any host, but for 0.0.0.0
for n in a b r; do ip netns add $n; done
ip link add eth0 netns a type veth peer name ra netns r; ip link add eth0 netns b type veth peer name rb netns r
for x in "a eth0" "b eth0" "r ra" "r rb"; do set -- $x; ip -n $1 link set $2 up; done
ip -n r addr add 0.1.2.1/24 dev ra; ip -n r addr add 10.0.2.1/24 dev rb; ip -n a addr add 0.1.2.2/24 dev eth0; ip -n b addr add 10.0.2.2/24 dev eth0
ip -n a route add default via 0.1.2.1; ip -n b route add default via 10.0.2.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip -n a route; ip -n r route show table all | grep -v -e ff00 -e fe80
ip netns exec a ping -c 1 -W 1 0.1.2.1 | grep transm
ip netns exec a ping -c 1 -W 1 10.0.2.2 | grep transm
ip netns exec b ping -c 1 -W 1 0.1.2.2 | grep transm
ip netns exec a ping -c 1 -W 1 -I 0.1.2.2 10.0.2.1 | grep transm
ip netns exec a ping -c 1 -W 1 0.0.0.0 | grep transm
ip netns exec a ping -c 1 -W 1 -b 0.1.2.255 2>&1| grep transm
ip netns exec r sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.ra.rp_filter=1
ip -n a addr add 0.9.9.9/32 dev eth0
ip netns exec a ping -c 1 -W 1 -I 0.9.9.9 10.0.2.2 | grep transm
ip -n r route get 10.0.2.2 from 0.1.2.2 iif ra; ip -n r route get 0.1.2.2 from 10.0.2.2 iif rb; ip -n r route get 0.1.2.1 from 10.0.2.2 iif rb; ip -n r route get 0.5.5.5 from 10.0.2.2 iif rb; ip -n r route get 0.0.0.0 from 10.0.2.2 iif rb; ip -n r route get 10.0.2.2 from 0.0.0.0 iif ra;  ip -n r route get 10.0.2.2 from 0.9.9.9 iif ra; ip -n r route get 0.1.2.2 from 0.1.2.1; ip -n r route get 0.0.0.0; ip -n r route get 255.255.255.255 from 0.1.2.2 iif ra;  ip -n r route get 255.255.255.255 from 0.9.2.2 iif ra
ip -n r addr add 0.0.0.9/24 dev rb; ip -n r addr add 0.0.1.9/32 dev rb; ip -n r addr add 0.0.0.10/24 dev rb; ip -n r route show table all | grep rb | grep -v -e ff00 -e fe80; ip -n r addr del 0.0.0.9/24 dev rb;  ip -n r route show table all | grep rb | grep -v -e ff00 -e fe80
ip -n r addr del 0.1.2.1/24 dev ra; ip -n r route show table all | grep -v rb | grep -v -e ff00 -e fe80
ip netns exec b ping -c 1 -W 1 0.0.1.9 | grep transm
ip -n r route add 0.7.0.0/16 via 10.0.2.2; ip -n r route add 10.77.0.0/16 via 0.1.2.7; ip -n r route get 0.7.1.1; ip netns exec r ping -c 1 -W 1 0.7.1.1
