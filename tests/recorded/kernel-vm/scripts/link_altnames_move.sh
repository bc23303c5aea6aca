# alternative names, groups, and devices that move between namespaces: what they keep, what is lost, what is refused
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add a
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link property add dev v0 altname uplink altname internet
ip link show uplink
ip link set uplink up
ip addr add 10.0.0.1/24 dev internet
ip route add 10.9.0.0/16 dev uplink
ip route
ip -j link show uplink
ip link property add dev v1 altname uplink
ip link property add dev v1 altname v0
ip link property del dev v0 altname nosuch
ip link property del dev v0 altname v0
ip link set dev uplink group 7
ip link set v1 group 7
ip -o link show group 7
ip link set group 7 mtu 1400
ip link set group 7 down
ip -o link show group 7
ip link set dev v0 group default
ip link del group 9
ip link del group 0
ip link set v0 alias "to the world" up
ip link set v0 netns a
ip -n a link show v0
ip -n a addr show v0
ip -n a route
ip link show v1
ip -n a link set v0 name w0
ip -n a link show uplink
ip -n a link set internet name uplink
ip -n a link property del dev w0 altname internet
ip -n a link set w0 netns a index 77
ip -n a link show w0
ip netns add b
ip -n a link set w0 netns b index 77
ip -n b -o link show w0
ip -n b link set w0 netns a index 1
ip -n b link set w0 netns a index -1
ip -n b link set w0 netns a index x
ip -n b link set w0 netns a index 0
ip -n a -o link show w0
ip link add d0 type dummy
ip link set d0 netns a name eth9 up
ip -n a -br link show eth9
ip link add eth9 type dummy
ip link set eth9 netns a
ip link property add dev eth9 altname here
ip -n a link property add dev eth9 altname here
ip link set eth9 netns a name eth10
ip link set dev eth9 index 77
ip -n a link add link w0 name w0.5 type vlan id 5
ip -n a link set w0 netns b
ip -n a -br link
ip -n b -br link
ip netns del b
ip -n a -br link
ip -br link
ip link set lo netns 1
ip link add br0 type bridge
ip netns add c
ip link set br0 netns c
ip link property add dev eth9 altname 123456789012345678901234567890
ip link show dev 123456789012345678901234567890
ip link property add dev br0
ip link property add altname x
ip link property
