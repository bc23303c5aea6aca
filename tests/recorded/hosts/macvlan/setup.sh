for n in lan m1 m2 iv; do ip netns add $n; link_lo $n; done
ip link add eth0 type veth peer name eth0 netns lan
ip addr add 192.168.0.10/24 dev eth0; ip link set eth0 up
ip route add default via 192.168.0.1
ip -n lan addr add 192.168.0.1/24 dev eth0; ip -n lan link set eth0 up
ip link add link eth0 name mv1 type macvlan mode bridge; ip link set mv1 netns m1 name eth0
ip link add link eth0 name mv2 type macvlan mode private; ip link set mv2 netns m2 name eth0
ip -n m1 addr add 192.168.0.21/24 dev eth0; ip -n m2 addr add 192.168.0.22/24 dev eth0
for n in m1 m2; do ip -n $n link set eth0 up; ip -n $n route add default via 192.168.0.1; done
ip -n lan route add default via 192.168.0.10
outside lan
ip link add br0 type bridge; ip link set br0 up; ip addr add 10.5.0.1/24 dev br0
for n in p1 p2 p3; do ip netns add $n; link_lo $n; ip link add $n type veth peer name eth0 netns $n; ip link set $n master br0 up; ip -n $n link set eth0 up; ip -n $n addr add 10.5.0.1${n#p}/24 dev eth0; ip -n $n route add default via 10.5.0.1; done
bridge link set dev p1 isolated on; bridge link set dev p2 isolated on
for n in m1 m2 p1 p2 p3; do serve_in $n 0.0.0.0:80; done
ip link del dev iv 2>/dev/null; ip netns del iv
serve '*:22'
