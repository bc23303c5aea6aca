# Where programs are, and who agrees about it
command -v ip ping nc tcpdump sysctl iptables nosuch; echo $?
which ip ping nosuch; echo $?
which -a ip
type ip; type ping; type nosuch; echo $?
type -p ping; type -t ip; type -a ping
for f in /sbin/ip /usr/sbin/ip /bin/ip /usr/bin/ip /bin/ping /usr/bin/ping /usr/sbin/ping /usr/local/bin/ip /usr/bin/nosuch; do [ -x $f ]; echo "$f $?"; done
for f in /sbin/ip /bin/ping /bin /sbin /usr/bin; do for t in -e -f -d -x -s -r; do [ $t $f ] && echo "$t $f"; done; done
/sbin/ip -br link show lo
/usr/bin/ip -br link show lo
/usr/local/bin/ip -br link show lo; echo $?
/usr/sbin/ping -c 1 127.0.0.1; echo $?
/usr/bin/nosuch; echo $?
ls /sbin/ip /bin/ping /usr/bin/nosuch; echo $?
cd /usr/sbin; ./ip -br link show lo; [ -x ip ]; echo $?; [ -x ./ip ]; echo $?
PATH=/usr/bin; command -v ip; command -v sysctl; sysctl -n net.ipv4.ip_forward; echo $?
PATH=/nosuch; ip link; echo $?; command -v ip; echo $?
test -x /sbin/ip; echo $?
/usr/bin/test -x /sbin/ip; echo $?
ip netns add n; ip netns exec n /sbin/ip -br link; ip netns exec n /usr/local/bin/ip link; echo $?
ip netns exec n which ip; ip netns exec n sh -c '[ -x /sbin/iptables ] && echo yes'
env /sbin/ip -br link show lo; env /usr/local/bin/ip link; echo $?
timeout 1 /usr/local/bin/ip link; echo $?
hash -r; hash ip; echo $?
if [ -x "$(command -v ip)" ]; then echo has; fi
if [ ! -x /usr/bin/nosuch ]; then echo lacks; fi
[[ -x /sbin/ip ]] && echo yes
command -v /sbin/ip; command -v /usr/local/bin/ip; echo $?
command -v ./ip; echo $?
