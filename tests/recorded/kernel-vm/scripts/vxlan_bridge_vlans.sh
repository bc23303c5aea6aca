# VLANs over vxlan: a vlan_filtering bridge on each side, one vxlan device per VLAN as an access port
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add under address 02:00:00:00:00:f0 type bridge mcast_snooping 0
ip link set under up
ip netns add l
ip netns exec l sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns l address 02:00:00:00:00:01 type veth peer name pl address 02:00:00:00:00:a1
ip -n l link set eth0 up
ip link set pl up master under
ip -n l addr add 10.0.0.1/24 dev eth0
ip -n l link add br0 address 02:00:00:00:01:01 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
ip -n l link set br0 up
ip -n l link add vx10 address 02:00:00:00:10:01 type vxlan id 10 local 10.0.0.1 remote 10.0.0.2 dstport 4789
ip -n l link set vx10 up master br0
bridge -n l vlan add dev vx10 vid 10 pvid untagged
ip netns add hl10
ip netns exec hl10 sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n l link add p10 address 02:00:00:00:a1:10 type veth peer name eth0 netns hl10 address 02:00:00:00:b1:10
ip -n l link set p10 up master br0
bridge -n l vlan add dev p10 vid 10 pvid untagged
ip -n hl10 link set eth0 up
ip -n hl10 addr add 192.168.0.1/24 dev eth0
ip -n l link add vx20 address 02:00:00:00:20:01 type vxlan id 20 local 10.0.0.1 remote 10.0.0.2 dstport 4789
ip -n l link set vx20 up master br0
bridge -n l vlan add dev vx20 vid 20 pvid untagged
ip netns add hl20
ip netns exec hl20 sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n l link add p20 address 02:00:00:00:a1:20 type veth peer name eth0 netns hl20 address 02:00:00:00:b1:20
ip -n l link set p20 up master br0
bridge -n l vlan add dev p20 vid 20 pvid untagged
ip -n hl20 link set eth0 up
ip -n hl20 addr add 192.168.0.1/24 dev eth0
ip netns add r
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns r address 02:00:00:00:00:02 type veth peer name pr address 02:00:00:00:00:a2
ip -n r link set eth0 up
ip link set pr up master under
ip -n r addr add 10.0.0.2/24 dev eth0
ip -n r link add br0 address 02:00:00:00:01:02 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
ip -n r link set br0 up
ip -n r link add vx10 address 02:00:00:00:10:02 type vxlan id 10 local 10.0.0.2 remote 10.0.0.1 dstport 4789
ip -n r link set vx10 up master br0
bridge -n r vlan add dev vx10 vid 10 pvid untagged
ip netns add hr10
ip netns exec hr10 sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n r link add p10 address 02:00:00:00:a2:10 type veth peer name eth0 netns hr10 address 02:00:00:00:b2:10
ip -n r link set p10 up master br0
bridge -n r vlan add dev p10 vid 10 pvid untagged
ip -n hr10 link set eth0 up
ip -n hr10 addr add 192.168.0.2/24 dev eth0
ip -n r link add vx20 address 02:00:00:00:20:02 type vxlan id 20 local 10.0.0.2 remote 10.0.0.1 dstport 4789
ip -n r link set vx20 up master br0
bridge -n r vlan add dev vx20 vid 20 pvid untagged
ip netns add hr20
ip netns exec hr20 sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n r link add p20 address 02:00:00:00:a2:20 type veth peer name eth0 netns hr20 address 02:00:00:00:b2:20
ip -n r link set p20 up master br0
bridge -n r vlan add dev p20 vid 20 pvid untagged
ip -n hr20 link set eth0 up
ip -n hr20 addr add 192.168.0.2/24 dev eth0
bridge -n l vlan show
@capture - pr
ip netns exec hl10 ping -c 1 -W 2 192.168.0.2
@stop
ip netns exec hl20 ping -c 1 -W 2 192.168.0.2
ip -n hl10 neigh show
ip -n hl20 neigh show
bridge -n l fdb show dynamic
bridge -n l fdb show br br0 dev vx10
bridge -n l fdb show dev vx20
ip -n l -d -o link show vx10
ip netns exec hl10 ping -c 1 -W 2 -M do -s 1472 192.168.0.2
ip netns exec hl10 ping -c 1 -W 2 -s 1472 192.168.0.2
ip netns exec hl10 ping -c 1 -W 2 -M do -s 1422 192.168.0.2
ip -n hl10 link set eth0 mtu 1450
ip netns exec hl10 ping -c 1 -W 2 -M do -s 1422 192.168.0.2
bridge -n r vlan del dev vx20 vid 20
ip netns exec hl20 ping -c 1 -W 1 192.168.0.2
bridge -n r vlan show
ip -n r link set vx10 nomaster
ip netns exec hl10 ping -c 1 -W 1 192.168.0.2
bridge -n r link show
