# The files of /proc/net about devices, neighbours, routes and groups
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=0
ip netns add a
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02 netns a
cat /proc/net/dev
cat /proc/net/arp
cat /proc/net/route
cat /proc/net/igmp
cat /proc/net/igmp6
cat /proc/net/dev_mcast
cat /proc/net/if_inet6
ip link set lo up
ip link set v0 up
ip -n a link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n a addr add 10.0.0.2/24 dev eth0
ip route add 10.66.0.0/16 via 10.0.0.2 metric 50
ip route add default via 10.0.0.2
ip route add 10.67.0.1 dev v0
ip route add blackhole 10.68.0.0/16
ip route add unreachable 10.69.0.0/16
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0
@sleep 2
ping -c 2 -i 0.2 10.0.0.2
ping -c 1 -W 1 10.0.0.3
cat /proc/net/dev
cat /proc/net/arp
cat /proc/net/route
cat /proc/net/igmp
cat /proc/net/igmp6
cat /proc/net/dev_mcast
netstat -g
ip netns exec a cat /proc/net/if_inet6
ip netns exec a cat /proc/net/route
cat /proc/net/ip_conntrack
cat /proc/net/nosuch
cat /proc/net
ls /proc/net/nosuch
cat /sys/class/net/v0/statistics/rx_packets
cat /sys/class/net/v0/statistics/tx_errors
cat /sys/class/net/v0/statistics/collisions
