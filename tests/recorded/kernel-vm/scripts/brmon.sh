# bridge monitor beside commands
bridge monitor >> /tmp/b.none &
bridge monitor all >> /tmp/b.all &
bridge monitor link >> /tmp/b.link &
bridge monitor fdb >> /tmp/b.fdb &
bridge monitor mdb >> /tmp/b.mdb &
bridge monitor vlan >> /tmp/b.vlan &
ip monitor link >> /tmp/i.link &
ip monitor neigh >> /tmp/i.neigh &
@sleep 2
ip netns add c
ip link add br0 address 02:00:00:00:00:aa type bridge vlan_filtering 1
ip link add v0 address 02:00:00:00:00:01 type veth peer name e0 netns c address 02:00:00:00:00:02
ip link set v0 master br0
ip link set br0 up
ip link set v0 up
ip -n c link set e0 up
@sleep 3
bridge fdb add 02:00:00:00:00:77 dev v0 master static
bridge fdb replace 02:00:00:00:00:77 dev v0 master static vlan 1
bridge fdb add 02:00:00:00:00:78 dev br0 self local
bridge fdb del 02:00:00:00:00:77 dev v0 master
bridge vlan add dev v0 vid 5
bridge vlan del dev v0 vid 5
bridge vlan add dev v0 vid 10-12 pvid untagged
bridge mdb add dev br0 port v0 grp 239.1.1.1 permanent
bridge mdb del dev br0 port v0 grp 239.1.1.1
ip -n c addr add 10.0.0.2/24 dev e0
ip addr add 10.0.0.1/24 dev br0
ip netns exec c ping -c 1 -W 1 10.0.0.1
bridge link set dev v0 cost 50
bridge link set dev v0 learning off
bridge link set dev v0 state 3
ip link set v0 nomaster
ip link del br0
@sleep 1
cat /tmp/b.none
cat /tmp/b.all
cat /tmp/b.link
cat /tmp/b.fdb
cat /tmp/b.mdb
cat /tmp/b.vlan
cat /tmp/i.link
cat /tmp/i.neigh
