# secure_redirects and shared_media: which redirects a router sends and a host believes
ip netns add h
ip netns add r
ip netns add s
ip netns add w
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1
ip netns exec s sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1
ip netns exec w sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip -n w link add br0 type bridge
ip link add eh netns h address 02:00:00:00:00:0a type veth peer name ph netns w
ip link add er netns r address 02:00:00:00:00:0b type veth peer name pr netns w
ip link add es netns s address 02:00:00:00:00:0c type veth peer name ps netns w
ip -n w link set ph master br0
ip -n w link set pr master br0
ip -n w link set ps master br0
ip -n w link set br0 up
ip -n w link set ph up
ip -n w link set pr up
ip -n w link set ps up
ip -n h link set eh up
ip -n r link set er up
ip -n s link set es up
ip -n s link set lo up
ip -n h addr add 10.0.0.1/24 dev eh
ip -n r addr add 10.0.0.2/24 dev er
ip -n s addr add 10.0.0.3/24 dev es
ip -n s addr add 10.9.0.1/32 dev lo
ip -n r route add 10.9.0.1 via 10.0.0.3
ip -n h route add 10.9.0.1 via 10.0.0.2
@sleep 1
ip netns exec h sysctl net.ipv4.conf.eh.shared_media net.ipv4.conf.eh.secure_redirects net.ipv4.conf.all.secure_redirects
# believed, once the new gateway is known to be there
ip netns exec h ping -c 1 -W 1 10.0.0.3
ip netns exec h ping -c 2 -i 0.3 -W 1 10.9.0.1
ip -n h route get 10.9.0.1 | sed 's/[0-9]*sec//'
ip -n h route flush cache
# not shared, and 10.0.0.3 is nobody's gateway
@sleep 12
ip netns exec h sysctl -w net.ipv4.conf.eh.shared_media=0 net.ipv4.conf.all.shared_media=0
ip netns exec h ping -c 1 -W 1 10.0.0.3
ip netns exec h ping -c 1 -W 1 10.9.0.1
ip -n h route get 10.9.0.1 | sed 's/[0-9]*sec//'
# it is a gateway of another route
ip -n h route add 10.8.0.0/16 via 10.0.0.3
@sleep 12
ip netns exec h ping -c 1 -W 1 10.0.0.3
ip netns exec h ping -c 2 -i 0.3 -W 1 10.9.0.1
ip -n h route get 10.9.0.1 | sed 's/[0-9]*sec//'
ip -n h route flush cache
ip -n h route del 10.8.0.0/16
@sleep 12
ip netns exec h sysctl -w net.ipv4.conf.eh.secure_redirects=0 net.ipv4.conf.all.secure_redirects=0
ip netns exec h ping -c 1 -W 1 10.0.0.3
ip netns exec h ping -c 2 -i 0.3 -W 1 10.9.0.1
ip -n h route get 10.9.0.1 | sed 's/[0-9]*sec//'
