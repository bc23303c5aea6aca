# wget of GNU and of busybox, busybox nc
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
mkdir -p /tmp/vn_wg
echo 'it works' > /tmp/vn_wg/index.html
head -c 100000 /dev/zero > /tmp/vn_wg/big
ip netns exec b busybox httpd -f -p 80 -h /tmp/vn_wg &
ip netns exec b nc -lk 8080 &
ip netns exec a wget -qO- http://10.0.0.2/
ip netns exec a sh -c "cd /tmp/vn_wg; wget -q http://10.0.0.2/; ls; wget -q http://10.0.0.2/; ls"
ip netns exec a sh -c "cd /tmp/vn_wg; wget -q http://10.0.0.2/big -O x; wc -c x"
ip netns exec a wget -q -O - http://10.0.0.2/nosuch
ip netns exec a wget -q --spider http://10.0.0.2/nosuch
ip netns exec a wget -q --spider http://10.0.0.2/big
ip netns exec a wget -O /tmp/nodir/x http://10.0.0.2/
ip netns exec a wget -q -T 1 -t 1 http://10.0.0.2:81/
ip netns exec a wget -q -T 1 -t 2 http://10.0.0.99/
ip netns exec a wget -q -T 1 -t 1 http://10.9.0.1/
ip netns exec a wget -q -T 1 -t 1 -O - http://10.0.0.2:8080/
ip netns exec a wget -q -T 1 -t 1 -O - http://nosuch.invalid/
ip netns exec a wget --nosuch
ip netns exec a wget -Q
ip netns exec a wget -T x http://10.0.0.2
ip netns exec a wget
ip netns exec a wget foo://10.0.0.2/
ip netns exec a wget -q --post-data a=b -O - http://10.0.0.2/
ip netns exec a wget -q -O - http://10.0.0.2/ http://10.0.0.2/
ip netns exec a sh -c "wget -O - http://10.0.0.2/ 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a sh -c "wget -O - http://10.0.0.2/nosuch 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a sh -c "wget -O - -S http://10.0.0.2/ 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a sh -c "wget -O - -nv http://10.0.0.2/ 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a sh -c "wget -O - -T 1 -t 2 http://10.0.0.2:81/ 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a sh -c "wget -O - -T 1 -t 1 http://10.0.0.99/ 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a sh -c "wget -O - --spider http://10.0.0.2/big 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a sh -c "wget -O - http://10.0.0.2/sub 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a sh -c "wget -O - -T 1 -t 1 http://10.0.0.2:8080/ 2>&1 | sed 's/^--.*--/--when--/; s/^20[0-9-]* [0-9:]*/when/; s/ *[0-9.]*[KMGT]*=0s//; s/(.*B.s)/(speed)/' | grep -v -e Date: -e Last-Mod -e ETag"
ip netns exec a busybox wget -qO- http://10.0.0.2/
ip netns exec a busybox wget -q -O - http://10.0.0.2:81/
ip netns exec a busybox wget -O - http://10.0.0.2/nosuch
ip netns exec a busybox wget -O - http://nosuch.invalid/
ip netns exec a busybox wget
ip netns exec a busybox nc 10.0.0.2 81
ip netns exec a busybox nc -w 1 10.0.0.99 80
ip netns exec a busybox nc -z 10.0.0.2 80
ip netns exec a busybox nc -zv 10.0.0.2 80
ip netns exec a sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | busybox nc 10.0.0.2 80 | tail -n 1"
ip netns exec b busybox nc --help
ip netns exec b busybox nosuch
