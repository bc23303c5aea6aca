# nc of OpenBSD: what it says, when it ends
ip netns add a
ip netns add b
ip netns exec a sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add eth0 netns a address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip -n a link set lo up
ip -n b link set lo up
ip -n a link set eth0 up
ip -n b link set eth0 up
ip -n a addr add 10.0.0.1/24 dev eth0
ip -n b addr add 10.0.0.2/24 dev eth0
ip netns exec b nc -lk 8080 &
ip netns exec a nc -p 40000 -zv -w 1 10.0.0.2 8080
ip netns exec a ss -tan
ip netns exec b ss -tan
@capture a eth0
ip netns exec a nc -p 40000 -zv -w 1 10.0.0.2 8080
ip netns exec a nc -p 40000 -zv -w 1 10.0.0.2 8080
@stop
ip netns exec a ss -tan
ip netns exec a ss -tanp
ip netns exec b ss -tanp
ip netns exec a sh -c 'echo hi | nc -w 2 10.0.0.2 8080'
ip netns exec a sh -c 'echo hi | nc -N 10.0.0.2 8080'
ip netns exec a sh -c 'echo hi | nc -q 1 10.0.0.2 8080'
ip netns exec a sh -c 'timeout 3 nc 10.0.0.2 8080 < /dev/null'
ip netns exec a sh -c 'echo x | timeout 3 nc 10.0.0.2 8080'
ip netns exec a sh -c 'echo x | timeout 3 nc -v 10.0.0.2 8080'
ip netns exec a sh -c 'echo x | timeout 3 nc -vn -N 10.0.0.2 8080'
ip netns exec a nc -v 10.0.0.2 81
ip netns exec a nc -vn 10.0.0.2 81
ip netns exec a nc -n localhost 81
ip netns exec a nc 10.0.0.2
ip netns exec a nc
ip netns exec a nc -z
ip netns exec a nc -l
ip netns exec a nc -lz 80
ip netns exec a nc -k 80
ip netns exec a nc -l -p 80 10.0.0.1 90
ip netns exec a timeout 1 nc -l -p 80
ip netns exec a timeout 1 nc -lv 80
ip netns exec a timeout 1 nc -lvn 10.0.0.1 80
ip netns exec a timeout 1 nc -luv 80
ip netns exec a nc -w x 10.0.0.2 80
ip netns exec a nc -zv 10.0.0.2 http
ip netns exec a nc -zv 10.0.0.2 nosuch
ip netns exec a nc -zv 10.0.0.2 80-79
ip netns exec a nc -zv 10.0.0.2 0
ip netns exec a nc -zv 10.0.0.2 8078-8081
ip netns exec a nc -zvn 10.0.0.2 8080
ip netns exec a nc -vz -s 10.0.0.1 10.0.0.2 8080
ip netns exec a nc -Q
ip netns exec a nc -q
ip netns exec a nc -x
ip netns exec a nc -6 -zv 10.0.0.2 8080
ip netns exec a nc -4 -zv ::1 8080
ip netns exec a nc -zv ::1 8080
ip netns exec b sh -c "nc -lvk 9000 > /tmp/vn_srv.txt 2>&1" &
ip netns exec a nc -p 40007 -zv 10.0.0.2 9000
ip netns exec a sh -c 'echo hello | nc -p 40008 -N 10.0.0.2 9000'
ip netns exec b cat /tmp/vn_srv.txt
ip netns exec b sh -c "nc -lv 9001 > /tmp/vn_srv.txt 2>&1" &
ip netns exec a sh -c 'echo hello | nc -p 40009 -N 10.0.0.2 9001'
ip netns exec b cat /tmp/vn_srv.txt
ip netns exec b sh -c "nc -luv 9002 > /tmp/vn_srv.txt 2>&1" &
ip netns exec a sh -c 'echo hello | nc -u -p 40010 -w 1 10.0.0.2 9002'
ip netns exec b cat /tmp/vn_srv.txt
ip netns exec a nc -zv -w 1 10.0.0.2 22 25 80
ip netns exec a nc -zv -w 0 10.0.0.2 8080
ip netns exec a nc -D -zv -w 1 10.0.0.2 8080
ip netns exec a nc -c -zv -w 1 10.0.0.2 8080
ip netns exec a nc -C -zv -w 1 10.0.0.2 8080
ip netns exec a nc -i 1 -zv -w 1 10.0.0.2 8080-8081
ip netns exec a nc -e /bin/sh 10.0.0.2 8080
ip netns exec a nc -r -zv -w 1 10.0.0.2 8080
ip netns exec a nc -b -zv -w 1 10.0.0.2 8080
ip netns exec b nc -luk 5000 &
@capture a eth0
ip netns exec a nc -zuv -w 1 10.0.0.2 5000
@stop
@capture a eth0
ip netns exec a nc -zuv -w 1 10.0.0.2 5001
@stop
ip netns exec b iptables -A INPUT -p udp --dport 5002 -j DROP
@capture a eth0
ip netns exec a nc -zuv -w 1 10.0.0.2 5002
@stop
ip netns exec a nc -zuv 10.0.0.2 5000
ip netns exec a nc -zuv 10.9.0.2 5000
ip netns exec a nc -zuv -w 2 10.0.0.99 5000
ip netns exec a nc -uv -w 1 10.0.0.2 5000
ip netns exec a sh -c 'echo hi | nc -uv -w 1 10.0.0.2 5000'
ip netns exec a timeout 1 nc -luvn 6000
ip netns exec a timeout 1 nc -lvn 6000
ip netns exec a timeout 1 nc -6lvn 6000
ip netns exec a timeout 1 nc -4lvn 6000
ip netns exec b sh -c "nc -lvnk 9010 > /tmp/vn_srv3.txt 2>&1" &
ip netns exec a nc -p 40007 -zv 10.0.0.2 9010
ip netns exec a sh -c 'echo hello | nc -p 40008 -N 10.0.0.2 9010'
ip netns exec b cat /tmp/vn_srv3.txt
ip netns exec b sh -c "nc -luvn 9012 > /tmp/vn_srv2.txt 2>&1" &
ip netns exec a sh -c 'echo hello | nc -u -p 40010 -w 1 10.0.0.2 9012'
ip netns exec b cat /tmp/vn_srv2.txt
ip netns exec a nc -k 10.0.0.2 80
ip netns exec a nc -l -s 10.0.0.1 80
ip netns exec a nc -p x 10.0.0.2 80
ip netns exec a nc -p 99999 10.0.0.2 80
ip netns exec a nc -z -p 0 10.0.0.2 80
ip netns exec a nc -s x -z 10.0.0.2 80
ip netns exec a nc -zv 10.0.0.2 80 -w 1
ip netns exec a nc -zv 10.0.0.2 -w 1 80
ip netns exec a nc -w -1 -z 10.0.0.2 80
ip netns exec a nc -q x -z 10.0.0.2 80
ip netns exec a nc -i x -z 10.0.0.2 80
ip netns exec a nc -lu -z 80
ip netns exec a nc -ln x
ip netns exec a nc -l 99999
ip netns exec a nc -l 80-90
ip netns exec a nc -zv 10.0.0.2 80-x
ip netns exec a nc -zv 10.0.0.2 80-99999
ip netns exec a nc -zv 10.0.0.2 -5
ip netns exec a nc -zv 10.0.0.2 ''
ip netns exec a nc -zv '' 80
ip netns exec b timeout 3 nc -l 9100 &
ip netns exec a nc -N 10.0.0.2 9100 < /dev/null
ip netns exec b nc -l 9101 &
@capture a eth0
ip netns exec a sh -c '(sleep 0.2; echo one; sleep 0.2; echo two) | nc -w 1 -p 40101 10.0.0.2 9101'
@stop
ip netns exec b nc -l 9102 &
@capture a eth0
ip netns exec a sh -c '(echo one) | nc -q 0 -p 40102 10.0.0.2 9102'
@stop
ip netns exec b sh -c "yes | head -c 100 | nc -l 9103" &
ip netns exec a sh -c 'nc -w 1 10.0.0.2 9103 < /dev/null | wc -c'
ip netns exec b sh -c "yes | head -c 100 | nc -l -w 1 9104" &
ip netns exec a sh -c 'nc -w 3 10.0.0.2 9104 < /dev/null | wc -c'
ip netns exec a timeout 2 nc -lk -w 1 9105
ip netns exec a timeout 2 nc -l -w 1 9105
