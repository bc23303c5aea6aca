# /dev/tcp of bash
ip netns add a
ip netns exec a ip link set lo up
ip netns exec a sh -c "nc -lk 8080 > /tmp/vn_got" &
ip netns exec a sh -c "while :; do echo hello | nc -N -l 8081; done" &
ip netns exec a bash -c 'echo hi > /dev/tcp/127.0.0.1/8080'
cat /tmp/vn_got
ip netns exec a bash -c 'echo > /dev/tcp/nosuch.invalid/80'
ip netns exec a bash -c 'echo > /dev/tcp/localhost/81'
ip netns exec a bash -c 'echo > /dev/tcp/localhost/http'
ip netns exec a bash -c 'echo > /dev/tcp/localhost/nosuch'
ip netns exec a bash -c 'echo > /dev/tcp/localhost'
ip netns exec a bash -c 'cat < /dev/tcp/127.0.0.1/8081'
ip netns exec a bash -c 'exec 3<>/dev/tcp/127.0.0.1/8081; cat <&3'
ip netns exec a bash -c 'exec 3<>/dev/tcp/127.0.0.1/81; echo next'
ip netns exec a bash -c '(echo > /dev/tcp/127.0.0.1/8080) && echo open || echo closed'
ip netns exec a bash -c '(echo > /dev/tcp/127.0.0.1/81) 2>/dev/null && echo open || echo closed'
ip netns exec a timeout 1 bash -c 'echo > /dev/tcp/127.0.0.1/8080'
ip netns exec a timeout 1 bash -c '</dev/tcp/127.0.0.1/8080' && echo open
ip netns exec a sh -c 'echo > /dev/tcp/127.0.0.1/8080'
ip netns exec a bash -c 'echo > /dev/tcp/10.9.9.9/8080'
