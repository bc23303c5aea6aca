# curl and busybox httpd: answers, exit codes, the log, what -v tells
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
mkdir -p /tmp/vn_www/sub /tmp/vn_www/cgi-bin
echo 'it works' > /tmp/vn_www/index.html
echo plain > /tmp/vn_www/file.txt
ip netns exec b sh -c "busybox httpd -fv -p 80 -h /tmp/vn_www > /tmp/vn_log 2>&1" &
ip netns exec b sh -c "busybox httpd -fvv -p 10.0.0.2:82 -h /tmp/vn_www > /tmp/vn_log2 2>&1" &
ip netns exec b nc -lk 8080 &
@capture a eth0
ip netns exec a curl -s --local-port 41000 http://10.0.0.2/
@stop
@capture a eth0
ip netns exec a curl -si --local-port 41000 http://10.0.0.2/sub -o /dev/null
@stop
ip netns exec a sh -c "curl -s -i http://10.0.0.2/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2/sub | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2/sub/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -iL http://10.0.0.2/sub | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2/nosuch | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i --path-as-is http://10.0.0.2/../etc/passwd | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i -d a=b http://10.0.0.2/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i -X PUT http://10.0.0.2/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2/?x=1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2/cgi-bin/x | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2/cgi-bin/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i -r 0-3 http://10.0.0.2/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i -r 2- http://10.0.0.2/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i -0 http://10.0.0.2/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2:82/index.html | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2/%69ndex.html | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -i http://10.0.0.2//index.html | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -I http://10.0.0.2/ | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -I http://10.0.0.2/file.txt | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -s -I http://10.0.0.2/nosuch | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -d a=b http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -X POST http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -L http://10.0.0.2/sub 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -I http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -f http://10.0.0.2/nosuch 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -H 'X: y' -H 'Accept:' -A me http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 10.0.0.2/index.html?a=b#frag 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -u user:pw http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -G -d a=b -d c=d http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 --resolve foo:80:10.0.0.2 http://foo/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -4 --interface 10.0.0.1 http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 http://10.0.0.2:81/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 http://10.0.0.2/ http://10.0.0.2/file.txt 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -m 1 http://10.0.0.2:8080/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -r 0-3 http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a sh -c "curl -sv --local-port 42000-42050 -o /tmp/vn_out http://10.0.0.2/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e 'port 8' -e 'port 42' -e Excess"
ip netns exec a nc -z 10.0.0.2 80
@sleep 0.5
ip netns exec b sh -c "sed 's/^.*\]//; s/:4[0-9]*:/:/; s/:[35][0-9]*:/:/' /tmp/vn_log | head -12"
ip netns exec a curl -s -o /dev/null -w '%{http_code} %{size_download} %{num_connects} %{remote_ip} %{remote_port} %{local_ip} %{url_effective} %{content_type} %{response_code} %{num_redirects} %{method} %{scheme} %{http_version} %{exitcode} %{errormsg}\n' http://10.0.0.2/
ip netns exec a curl -s -w '\n%{http_code}\t%{nosuch} %%\n' http://10.0.0.2/
ip netns exec a curl -s -o /dev/null -w '%{http_code}' http://10.0.0.2:81/
ip netns exec a curl -sf http://10.0.0.2/nosuch
ip netns exec a curl -sSf http://10.0.0.2/nosuch
ip netns exec a curl -f http://10.0.0.2/nosuch
ip netns exec a curl -s 10.0.0.2
ip netns exec a curl -s 10.0.0.2 10.0.0.2/file.txt
ip netns exec a curl -s http://10.0.0.2/ http://10.0.0.2:81/
ip netns exec a curl -s -H 'Host: foo' -H 'X-A: b' http://10.0.0.2/
ip netns exec a curl -s -o /tmp/vn_a.txt -o /tmp/vn_b.txt 10.0.0.2 10.0.0.2
ip netns exec a curl -sS -O http://10.0.0.2/
ip netns exec a curl -s http://10.0.0.2/ -o /tmp/nodir/x
ip netns exec a curl -sS http://10.0.0.2/ -o /tmp/nodir/x
ip netns exec a curl -sS ftp://10.0.0.2/
ip netns exec a curl -sS foo://10.0.0.2/
ip netns exec a curl -sS http://
ip netns exec a curl
ip netns exec a curl -sS
ip netns exec a curl --nosuch
ip netns exec a curl -m
ip netns exec a curl -m x http://10.0.0.2/
ip netns exec a curl -sS --interface eth0 http://10.0.0.2/
ip netns exec a curl -sS --interface 10.0.0.77 http://10.0.0.2/
ip netns exec a curl -sS --local-port 80 http://10.0.0.2/
ip netns exec a curl -sS http://10.0.0.2:81/
ip netns exec a curl -sS http://10.9.0.2/
ip netns exec a curl -sS http://nosuch.invalid/
ip netns exec a curl -sS --max-time 0.5 http://10.0.0.99/
ip netns exec a curl -sS --connect-timeout 0.5 http://10.0.0.99/
ip netns exec a curl -sS http://10.0.0.99/
ip netns exec a curl -sS -m 1 http://10.0.0.2:8080/
ip netns exec a curl -s -6 http://10.0.0.2/
ip netns exec a curl -sS -6 http://10.0.0.2/
ip netns exec a curl -sS 'http://[::1]:8080/'
ip netns exec a curl -s -d hello=1 -w '%{http_code}\n' -o /dev/null http://10.0.0.2/nosuch
ip netns exec a curl -s -d hello=1 -w '%{http_code}\n' -o /dev/null http://10.0.0.2/sub/
ip netns exec a curl -s -X OPTIONS -w '%{http_code}\n' -o /dev/null http://10.0.0.2/nosuch
ip netns exec b busybox httpd -f -p 80
ip netns exec b busybox httpd -f -h /nosuch
ip netns exec b busybox httpd -fv -p 83 -h /tmp/vn_www -z
ip netns exec b busybox httpd --help
ip netns exec b busybox httpd -p 90 -h /tmp/vn_www
ip netns exec a curl -s http://10.0.0.2:90/
ip netns exec a sh -c "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 10.0.0.2 80 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "printf 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' | nc -w 1 10.0.0.2 80 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "printf 'garbage\\r\\n\\r\\n' | nc -w 1 10.0.0.2 80 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "printf 'HEAD / HTTP/1.0\\r\\n\\r\\n' | nc -w 1 10.0.0.2 80 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "printf 'GET /\\r\\n\\r\\n' | nc -w 1 10.0.0.2 80 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "printf 'GET\\r\\n\\r\\n' | nc -w 1 10.0.0.2 80 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "printf 'GET index.html HTTP/1.0\\r\\n\\r\\n' | nc -w 1 10.0.0.2 80 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
ip netns exec a sh -c "printf 'GET / HTTP/1.0\\n\\n' | nc -w 1 10.0.0.2 80 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag:"
