# ip_no_pmtu_disc: DF of what is sent, as tcpdump -v tells it
ip netns add h
ip netns add r
ip link add ea netns h address 02:00:00:00:00:0a type veth peer name eb netns r address 02:00:00:00:00:0b
ip netns exec h sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip netns exec r sysctl -qw net.ipv6.conf.all.disable_ipv6=1
ip -n h addr add 10.0.0.1/24 dev ea
ip -n r addr add 10.0.0.2/24 dev eb
ip -n h link set ea up
ip -n r link set eb up
ip netns exec r nc -lk 5000 &
ip netns exec r nc -lku 5000 &
ip netns exec h ping -c 1 -W 1 10.0.0.2
ip netns exec r timeout 4 tcpdump -n -v -i eb ip > /tmp/df.txt &
@sleep 1
ip netns exec h ping -c 1 -W 1 10.0.0.2
echo hello | ip netns exec h nc -N -w 1 10.0.0.2 5000
echo hello | ip netns exec h nc -u -w 1 10.0.0.2 5000
@sleep 3
grep -o 'flags [^,]*, proto [A-Z]*' /tmp/df.txt
ip netns exec h sysctl -w net.ipv4.ip_no_pmtu_disc=1
ip netns exec r timeout 4 tcpdump -n -v -i eb ip > /tmp/df.txt &
@sleep 1
ip netns exec h ping -c 1 -W 1 10.0.0.2
echo hello | ip netns exec h nc -N -w 1 10.0.0.2 5000
echo hello | ip netns exec h nc -u -w 1 10.0.0.2 5000
@sleep 3
grep -o 'flags [^,]*, proto [A-Z]*' /tmp/df.txt
rm /tmp/df.txt
