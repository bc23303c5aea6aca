# telnet as people use it to see whether a port answers.
ip netns add s
ip netns add c
ip link add e0 netns s type veth peer name e0 netns c
ip -n s addr add 10.0.0.1/24 dev e0
ip -n c addr add 10.0.0.2/24 dev e0
ip -n s link set e0 up
ip -n c link set e0 up
ip -n s link set lo up
ip -n c link set lo up
ip netns exec c telnet 10.0.0.1 80
ip netns exec s sh -c 'echo hello | nc -N -l -p 80' &
sleep 1 | ip netns exec c telnet 10.0.0.1 80
ip netns exec s sh -c 'nc -l -p 82 >/tmp/got' &
(echo one; sleep 1) | ip netns exec c telnet 10.0.0.1 82
sleep 0.3
cat -A /tmp/got
ip netns exec s nc -l -p 23 &
ip netns exec c telnet 10.0.0.1
ip netns exec c telnet 10.0.0.1 telnet
ip netns exec c telnet 10.0.0.9 80
ip netns exec c telnet 10.9.0.9 80
ip netns exec c telnet nosuchhost 80
ip netns exec c telnet 10.0.0.1 nosuchport
ip netns exec s iptables -A INPUT -p tcp --dport 85 -j REJECT --reject-with tcp-reset
ip netns exec c telnet 10.0.0.1 85
ip netns exec s iptables -A INPUT -p tcp --dport 86 -j DROP
ip netns exec c timeout 2 telnet 10.0.0.1 86; echo $?
ip netns exec c telnet ::1 80
