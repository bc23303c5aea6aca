# ip_local_reserved_ports, somaxconn
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip -n h link set lo up
ip -n r link set lo up
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h link set ea up
ip -n r link set eb up
ip netns exec h sysctl net.ipv4.ip_local_reserved_ports net.core.somaxconn
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=8080,9148
ip netns exec h sysctl net.ipv4.ip_local_reserved_ports
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=9148,8080-8082,8083
ip netns exec h sysctl net.ipv4.ip_local_reserved_ports
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=70000
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=x
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=0
ip netns exec h sysctl net.ipv4.ip_local_reserved_ports
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=0-65535
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=1-65535
ip netns exec h sysctl net.ipv4.ip_local_reserved_ports
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=
ip netns exec h sysctl net.ipv4.ip_local_reserved_ports
ip netns exec h sysctl -w net.ipv4.ip_local_port_range='40000 40003'
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=40000-40002
ip netns exec r nc -lk 5000 &
ip netns exec r nc -luk 5000 &
ip netns exec h nc 10.0.0.2 5000 &
ip netns exec h ss -Htn
# the only port that is left may be used again for another destination only
ip netns exec h nc -w 1 10.0.0.2 5000
ip netns exec h nc -w 1 -p 40000 10.0.0.2 5000
ip netns exec h nc -u 10.0.0.2 5000 &
ip netns exec h ss -Hun
ip netns exec h nc -u -w 1 10.0.0.2 5000
ip netns exec h nc -l 40001 &
ip netns exec h ss -Htln
ip netns exec h sysctl -w net.ipv4.ip_local_reserved_ports=40000-40003
ip netns exec h nc -w 1 10.0.0.2 5000
# somaxconn is what a backlog is cut to
ip netns exec r python3 -m http.server --bind 10.0.0.2 8000 &
ip netns exec r nc -lk 5002 &
@sleep 1
ip netns exec r ss -Htln
ip netns exec r sysctl -w net.core.somaxconn=3
ip netns exec r python3 -m http.server --bind 10.0.0.2 8001 &
ip netns exec r nc -lk 5003 &
@sleep 1
ip netns exec r ss -Htln
ip netns exec r sysctl -w net.core.somaxconn=0
ip netns exec r nc -lk 5004 &
ip netns exec r ss -Htln
ip netns exec r sysctl -w net.core.somaxconn=-1
ip netns exec r sysctl -w net.core.somaxconn=5000
