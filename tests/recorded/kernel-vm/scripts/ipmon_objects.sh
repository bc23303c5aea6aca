# ip monitor beside commands: links, addresses, routes, neighbours, rules, one monitor for each kind of object
ip netns add b
ip monitor link >> /tmp/m.link &
ip monitor address >> /tmp/m.addr &
ip monitor route >> /tmp/m.route &
ip monitor neigh >> /tmp/m.neigh &
ip monitor rule >> /tmp/m.rule &
ip -4 monitor route >> /tmp/m.route4 &
ip -6 monitor address >> /tmp/m.addr6 &
@sleep 2
ip link add d0 address 02:00:00:00:00:01 type dummy
ip link set d0 up
@sleep 2
ip addr add 10.0.0.1/24 dev d0
ip addr add 10.0.0.2/24 dev d0
ip addr add 192.0.2.1/24 brd + dev d0 label d0:1
ip addr add fd00::1/64 dev d0 nodad
ip addr add 10.9.0.1 peer 10.9.0.2 dev d0
ip addr change 10.0.0.1/24 dev d0 valid_lft 1000 preferred_lft 500
ip addr del 10.0.0.2/24 dev d0
@sleep 1
cat /tmp/m.link
cat /tmp/m.addr
cat /tmp/m.addr6
cat /tmp/m.route
cat /tmp/m.route4
true > /tmp/m.link
true > /tmp/m.addr
true > /tmp/m.route
true > /tmp/m.route4
ip route add 10.1.0.0/24 via 10.0.0.9
ip route add 10.1.0.0/24 via 10.0.0.9
ip route append 10.1.0.0/24 via 10.0.0.10
ip route replace 10.1.0.0/24 via 10.0.0.11
ip route change 10.1.0.0/24 via 10.0.0.12 metric 0
ip route add blackhole 10.2.0.0/16
ip route add 10.3.0.0/16 nexthop via 10.0.0.8 weight 2 nexthop via 10.0.0.9
ip route add 10.4.0.0/16 via 10.0.0.9 table 100
ip -6 route add fd01::/64 via fd00::9
ip -6 route append fd01::/64 via fd00::a
ip -6 route del fd01::/64 via fd00::9
ip route del 10.2.0.0/16
ip route flush table 100
ip rule add from 10.0.0.0/8 table 100
ip -6 rule add from fd00::/8 lookup 100 priority 50
ip rule add fwmark 3 iif d0 prohibit
ip rule del from 10.0.0.0/8 table 100
ip rule del priority 32766
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev d0
ip neigh change 10.0.0.9 lladdr 02:00:00:00:00:19 dev d0 nud stale
ip neigh del 10.0.0.9 dev d0
ip neigh add fd00::9 lladdr 02:00:00:00:00:09 nud permanent dev d0
ip neigh flush dev d0
ip neigh add proxy 10.0.0.77 dev d0
@sleep 1
cat /tmp/m.route
cat /tmp/m.route4
cat /tmp/m.rule
cat /tmp/m.neigh
true > /tmp/m.route
true > /tmp/m.neigh
true > /tmp/m.addr
ip link set d0 mtu 1400
ip link set d0 address 02:00:00:00:00:02
ip link set d0 alias hello
ip link set d0 promisc on
ip link set d0 down
@sleep 1
cat /tmp/m.link
cat /tmp/m.addr
cat /tmp/m.route
cat /tmp/m.neigh
true > /tmp/m.link
true > /tmp/m.route
ip link set d0 name d1
ip link set d1 up
@sleep 2
ip link set d1 netns b
@sleep 1
cat /tmp/m.link
cat /tmp/m.addr
cat /tmp/m.route
true > /tmp/m.link
true > /tmp/m.addr
true > /tmp/m.route
