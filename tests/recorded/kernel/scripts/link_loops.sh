# A device on a bridge cannot be a port of that bridge
ip link add br0 type bridge
ip link add link br0 name m0 type macvlan mode bridge
ip link set m0 master br0
ip link show m0
ip link add br1 type bridge
ip link set m0 master br1
ip link show m0
ip link set br1 master m0
ip link set br0 master m0
ip link add link m0 name m1 type macvlan mode bridge
ip link set m1 master br1
ip link set m1 master br0
ip -br link
ip link add v0 type veth peer name v1
ip link set v0 master br0
ip link add link v0 name m2 type macvlan
ip link set v1 master br0
ip link add link v1 name m3 type macvlan
bridge link
