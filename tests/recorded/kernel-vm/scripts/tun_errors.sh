# IP tunnels: modes and names, ttl and tos, keys of each direction, what ip tunnel and ip link refuse, path MTU
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip tunnel show
ip link add gre1 type gre local 10.0.0.1 remote 10.0.0.2 ttl 64 ikey 5 okey 6 seq csum
ip -d -o link show gre1
ip -d -o link show gre0
ip -d -o link show erspan0
ip tunnel show gre1
ip -j tunnel show gre1
ip tunnel add ti mode ipip remote 10.0.0.2 local 10.0.0.1 dev v0 tos inherit
ip -d -o link show ti
ip tunnel add ts mode sit remote 10.0.0.2 local 10.0.0.1 ttl 64
ip -s tunnel show
ip -d -j link show ti
ip tunnel show remote 10.0.0.2
ip link add g3 type gre local 10.0.0.1 remote 10.0.0.2 ikey 5
ip link add g3 type gre local 10.0.0.1 remote 10.0.0.2 key 300.1
ip link add g3 type gre ttl 300
ip link add g3 type gre remote bogus
ip tunnel add g3 mode gre remote 10.0.0.2 nopmtudisc ttl 3
ip tunnel add g3 mode gre remote 10.0.0.9 key abc
ip tunnel add g3 mode ipip remote 10.0.0.9 key 4
ip tunnel add g3 mode gre remote 10.0.0.9 dev nosuch
ip tunnel add g3 mode gre remote 10.0.0.9 bogus
ip tunnel add foo
ip tunnel bogus
ip tunnel del gre0
ip tunnel del v0
ip tunnel del
ip tunnel change nosuch ttl 4
ip link set gre0 netns b
ip link set gre1 address 1.2.3.4
ip link set gre1 mtu 60
ip link set gre1 type gre key 9 noseq nocsum
ip -d -o link show gre1
ip -n b link add gre1 type gre local 10.0.0.2 remote 10.0.0.1 key 9
ip link set gre1 up
ip -n b link set gre1 up
ip addr add 192.168.9.1/30 dev gre1
ip -n b addr add 192.168.9.2/30 dev gre1
ping -c 1 -W 2 192.168.9.2
ip link set v0 mtu 1400
ping -c 1 -W 2 -s 1400 192.168.9.2
ping -c 1 -W 2 -M do -s 1400 192.168.9.2
ip route get 192.168.9.2
ip -s link show gre1
ip netns add c
ip link set gre1 netns c
ip -n c link show gre1
ip -n c addr add 192.168.9.1/30 dev gre1
ip -n c link set gre1 up
ip netns exec c ping -c 1 -W 2 192.168.9.2
ip -n c tunnel show gre1
