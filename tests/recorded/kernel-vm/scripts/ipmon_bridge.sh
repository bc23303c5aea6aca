# ip monitor link beside bridges, veth pairs and VLAN devices
ip monitor link >> /tmp/m.link &
@sleep 1
ip link add br0 address 02:00:00:00:00:aa type bridge
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link set v0 master br0
ip link set br0 up
ip link set v0 up
ip link set v1 up
@sleep 3
@sleep 1
cat /tmp/m.link
true > /tmp/m.link
ip link set v0 nomaster
@sleep 1
cat /tmp/m.link
true > /tmp/m.link
ip link add link v1 name v1.5 type vlan id 5
ip link del v0
ip link del br0
@sleep 1
cat /tmp/m.link
