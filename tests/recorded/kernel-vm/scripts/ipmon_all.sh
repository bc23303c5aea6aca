# ip monitor all: labels, namespaces, nexthops, JSON, files, options
ip netns add b
ip monitor >> /tmp/m.none &
ip monitor all >> /tmp/m.all &
ip monitor label >> /tmp/m.label &
ip monitor all dev v0 >> /tmp/m.dev &
ip -t monitor link | sed 's/^Timestamp:.*/Timestamp/' >> /tmp/m.t &
ip -j monitor route >> /tmp/m.j &
ip -o monitor link >> /tmp/m.o &
ip -d monitor link >> /tmp/m.d &
ip -br monitor link >> /tmp/m.br &
ip monitor nexthop >> /tmp/m.nh &
ip monitor netconf >> /tmp/m.netconf &
ip monitor nsid >> /tmp/m.nsid &
ip monitor link address >> /tmp/m.two &
ip -n b monitor >> /tmp/m.b &
@sleep 2
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set v1 up
@sleep 3
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev v1
ping -c 1 -W 1 10.0.0.2
ping -c 1 -W 1 10.0.0.7
@sleep 4
ip nexthop add id 1 via 10.0.0.2 dev v0
ip nexthop add id 2 group 1
ip route add 10.5.0.0/24 nhid 1
ip nexthop del id 1
sysctl -qw net.ipv4.conf.v0.forwarding=1
sysctl -qw net.ipv4.conf.all.rp_filter=1
sysctl -qw net.ipv6.conf.all.forwarding=1
ip rule add from 10.0.0.0/8 table 100
ip link del v0
@sleep 1
cat /tmp/m.none
cat /tmp/m.all
cat /tmp/m.label
cat /tmp/m.dev
cat /tmp/m.t
cat /tmp/m.j
cat /tmp/m.o
cat /tmp/m.d
cat /tmp/m.br
cat /tmp/m.nh
cat /tmp/m.netconf
cat /tmp/m.nsid
cat /tmp/m.two
cat /tmp/m.b
ip monitor nonsense
ip monitor help
ip monitor link dev nonsense
ip monitor all file /tmp/none
timeout 1 ip monitor all-nsid
timeout 1 ip mo l
timeout 1 ip monitor link rule
timeout 1 ip monitor addr
timeout 1 ip monitor a
timeout 1 ip monitor n
timeout 1 ip monitor r
timeout 1 ip monitor stats
timeout 1 ip monitor mroute
timeout 1 ip monitor prefix
ip monitor link > /tmp/m.x & sleep 1; ip link add d5 type dummy; ip link del d5; sleep 1; kill %1; wait; cat /tmp/m.x | sed 's/ether [0-9a-f:]*/ether MAC/'
bridge monitor nonsense
timeout 1 bridge monitor
timeout 1 bridge monitor link
