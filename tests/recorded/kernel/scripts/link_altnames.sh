# Alternative names of devices
ip link add v0 type veth peer name v1
ip link property add dev v0 altname uplink
ip link property add dev v0 altname a-very-long-name-of-a-device-0123456789 altname third
ip link show v0
ip link show uplink
ip -br link show uplink
ip -o link show v0
ip -j link show v0
ip addr show third
ip -d link show dev v0
ip link set uplink up
ip addr add 10.0.0.1/24 dev uplink
ip route add 10.9.0.0/16 via 10.0.0.2 dev third
ip route
ip link property add dev v1 altname uplink
ip link property add dev v1 altname v0
ip link property add dev v1 altname v1
ip link set v1 name uplink
ip link add uplink type bridge
ip link property add dev nosuch altname x
ip link property add altname x
ip link property add dev v0 bogus x
ip link property add dev v0
ip link property
ip link property del dev v0 altname nosuch
ip link property del dev v0 altname third
ip link show v0
ip link property del dev uplink altname uplink
ip link show v0
ip link property add dev v0 altname up0
ip netns add n
ip link set v0 netns n
ip -n n link show v0
ip link show up0
ip -n n link show up0
ip -n n link property add dev v0 altname back
ip -n n link set v0 name v9
ip link property add dev v1 altname v7
ip link
ip -n n link
ip link set v1 netns n
ip -n n link
ip netns add m
ip -n m link add br0 type bridge
ip -n m link property add dev br0 altname v7
ip -n n link set v1 netns m
ip -n m link
ip -n m link set br0 name br1
ip -n m link show br0
ip -n m link
ip -n m link set br1 alias hello
ip -n m link show br1
ip -n m link del dev v7
ip -n m link
ip -n m link del dev br0
ip netns exec n ping -c 1 -I v7 10.0.0.1
ip netns exec n sysctl net.ipv4.conf.v7.rp_filter
ip netns exec n ip -br addr
ip link help
