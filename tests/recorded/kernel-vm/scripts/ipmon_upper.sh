# ip monitor link beside devices above others: VLANs, macvlans, ports of a bridge, slaves of a VRF and of a bond
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link add d0 address 02:00:00:00:00:05 type dummy
ip link add d1 address 02:00:00:00:00:06 type dummy
ip link set d0 up
ip link set d1 up
@sleep 1
ip monitor link >> /tmp/m &
@sleep 1
ip link add link d0 name d0.5 type vlan id 5
ip link set d0.5 up
@sleep 2
cat /tmp/m
true > /tmp/m
ip link del d0.5
@sleep 1
cat /tmp/m
true > /tmp/m
ip link add link d0 name mv0 address 02:00:00:00:00:15 type macvlan mode bridge
ip link set mv0 up
@sleep 2
cat /tmp/m
true > /tmp/m
ip link del mv0
@sleep 1
cat /tmp/m
true > /tmp/m
ip link add vx0 address 02:00:00:00:00:16 type vxlan id 7 dev d0 dstport 4789 remote 10.0.0.9
ip link del vx0
@sleep 1
cat /tmp/m
true > /tmp/m
ip link add br0 address 02:00:00:00:00:aa type bridge
ip link set br0 up
ip link set d0 master br0
@sleep 2
cat /tmp/m
true > /tmp/m
ip link set d1 master br0
@sleep 2
cat /tmp/m
true > /tmp/m
ip link set br0 type bridge stp_state 1
@sleep 1
cat /tmp/m
true > /tmp/m
ip link set br0 type bridge forward_delay 200 hello_time 100
ip link set d1 type bridge_slave cost 10
ip link set d1 down
ip link set d1 up
@sleep 6
cat /tmp/m
true > /tmp/m
ip link set d1 nomaster
ip link set d0 nomaster
@sleep 1
cat /tmp/m
true > /tmp/m
ip link add red type vrf table 10
ip link set red up
ip link set d0 master red
ip link set d0 nomaster
ip link del red
@sleep 1
cat /tmp/m | sed 's/ether [0-9a-f:]* /ether MAC /'
true > /tmp/m
ip link add bo0 address 02:00:00:00:00:bb type bond mode active-backup miimon 100
ip link set d0 down
ip link set d0 master bo0
ip link set bo0 up
@sleep 2
ip link set d0 nomaster
@sleep 1
cat /tmp/m
true > /tmp/m
ip link set d1 txqueuelen 500
ip link set d1 group 5
ip link set d1 arp off
ip link set d1 multicast on
ip link set d1 allmulticast on
ip link set d1 addrgenmode none
ip link property add dev d1 altname other
ip link set d1 broadcast 02:ff:ff:ff:ff:ff
ip link set d1 carrier off
@sleep 2
ip link set d1 carrier on
tc qdisc add dev d1 root fq
@sleep 2
cat /tmp/m
