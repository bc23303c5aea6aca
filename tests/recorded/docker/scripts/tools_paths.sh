# Where programs are in a container, and who agrees about it
docker run -d --name app1 alpine sleep 1d
docker exec app1 sh -c 'command -v ip ping nc arping tcpdump traceroute sysctl'
docker exec app1 sh -c 'command -v ping; command -v ip; command -v nosuch; echo $?'
docker exec app1 sh -c 'type ip; type ping; type nosuch; echo $?'
docker exec app1 bash -c 'type ip; type -p ping; type nosuch; echo $?; command -v ip ping nosuch; echo $?'
docker exec app1 which ip ping
docker exec app1 which -a ip
docker exec app1 sh -c 'for f in /sbin/ip /usr/sbin/ip /bin/ip /usr/bin/ip /bin/ping /usr/bin/ping /usr/sbin/ping /usr/local/bin/ip /usr/bin/nosuch; do [ -x $f ]; echo "$f $?"; done'
docker exec app1 sh -c 'for f in /sbin/ip /bin/ping /bin /sbin /etc/hosts /usr/bin; do for t in -e -f -d -x -s -r; do [ $t $f ] && echo "$t $f"; done; done'
docker exec app1 /sbin/ip -br link show lo
docker exec app1 /usr/sbin/ip -br link show lo
docker exec app1 /usr/local/bin/ip -br link show lo
docker exec app1 /usr/sbin/ping -c 1 127.0.0.1
docker exec app1 /usr/bin/nosuch
docker exec app1 /etc/hosts
docker exec app1 sh -c '/usr/local/bin/ip link'
docker exec app1 sh -c '/etc/hosts'
docker exec app1 bash -c '/usr/local/bin/ip link'
docker exec app1 ls /sbin/ip /bin/ping /usr/bin/nosuch
docker exec app1 sh -c 'cd /usr/sbin; ./ip -br link show lo; [ -x ip ]; echo $?; [ -x ./ip ]; echo $?'
docker exec app1 sh -c 'PATH=/usr/bin; command -v ip; command -v sysctl; sysctl -n net.ipv4.ip_forward; echo $?'
docker exec app1 sh -c 'PATH=/nosuch; ip link; echo $?; command -v ip; echo $?'
docker exec app1 test -x /sbin/ip
docker exec app1 env which sh
docker exec app1 sh -c 'command -v [; command -v test; command -v echo; [ -x /bin/test ]; echo $?'
docker exec app1 sh -c 'for n in ip bridge ss tc ping arping tracepath dig curl nc busybox tcpdump traceroute ps sysctl sh bash hostname getent grep sed awk cat echo ls sleep head env timeout nsenter unshare iptables nft conntrack ethtool which wget python3 telnet iperf3; do command -v $n; done'
docker exec app1 sh -c 'rm /usr/bin/ping; command -v ping; [ -e /usr/bin/ping ]; echo $?; ping -c 1 127.0.0.1; echo $?'
