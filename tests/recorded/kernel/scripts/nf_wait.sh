# Waiting for the xtables lock: -w and -W of iptables and iptables-restore
iptables -w -A INPUT -s 10.0.0.1 -j ACCEPT
iptables -w 5 -A INPUT -s 10.0.0.2 -j ACCEPT
iptables -w5 -A INPUT -s 10.0.0.3 -j ACCEPT
iptables --wait -A INPUT -s 10.0.0.4 -j ACCEPT
iptables --wait 5 -A INPUT -s 10.0.0.5 -j ACCEPT
iptables --wait=5 -A INPUT -s 10.0.0.6 -j ACCEPT
iptables -w 5 -W 100000 -A INPUT -s 10.0.0.7 -j ACCEPT
iptables -W 100000 -A INPUT -s 10.0.0.8 -j ACCEPT
iptables --wait-interval=100000 --wait=5 -A INPUT -s 10.0.0.9 -j ACCEPT
iptables -A INPUT -w 5 -s 10.0.0.10 -j ACCEPT
iptables -A INPUT -s 10.0.0.11 -w -j ACCEPT
iptables -A INPUT -s 10.0.0.12 -j ACCEPT -w 5
iptables -w abc -A INPUT -s 10.0.0.13 -j ACCEPT
iptables -w -1 -A INPUT -s 10.0.0.14 -j ACCEPT
iptables -w5x -A INPUT -s 10.0.0.15 -j ACCEPT
iptables --wait=abc -A INPUT -s 10.0.0.16 -j ACCEPT
iptables -W abc -A INPUT -s 10.0.0.17 -j ACCEPT
iptables -w -W 0 -A INPUT -s 10.0.0.18 -j ACCEPT
iptables -w -W 1000001 -A INPUT -s 10.0.0.18 -j ACCEPT
iptables -w 99999999999 -A INPUT -s 10.0.0.19 -j ACCEPT
iptables -S INPUT
iptables -w -L -n
iptables -w 3 -nL INPUT
iptables -L -w 3 -n
iptables-save > /tmp/rules
iptables-restore -w < /tmp/rules; echo $?
iptables-restore -w 5 < /tmp/rules; echo $?
iptables-restore -w5 < /tmp/rules; echo $?
iptables-restore --wait < /tmp/rules; echo $?
iptables-restore --wait 5 < /tmp/rules; echo $?
iptables-restore --wait=5 < /tmp/rules; echo $?
iptables-restore -w 5 -n < /tmp/rules; echo $?
iptables-restore -n -w 5 -W 100000 < /tmp/rules; echo $?
iptables-restore -W 100000 < /tmp/rules; echo $?
iptables-restore --wait-interval=100000 < /tmp/rules; echo $?
iptables-restore --wait-interval 100000 < /tmp/rules; echo $?
iptables-restore -w abc < /tmp/rules; echo $?
iptables-restore --wait=abc < /tmp/rules; echo $?
iptables-restore -w /tmp/rules; echo $?
iptables-restore -w 5 /tmp/rules; echo $?
iptables-restore /tmp/rules -w 5; echo $?
iptables-restore -W abc < /tmp/rules; echo $?
iptables-restore -W < /tmp/rules; echo $?
iptables-restore --noflush -w 2 /tmp/rules; iptables -S INPUT | wc -l
iptables-restore --wait=5 -T filter < /tmp/rules; echo $?
ip6tables-restore -w 5 < /dev/null; echo $?
ip6tables -w 5 -A INPUT -s fd00::1 -j ACCEPT
ip6tables-save > /tmp/rules6; ip6tables-restore -w 5 < /tmp/rules6; echo $?
ip6tables-restore --wait=5 --test /tmp/rules6; echo $?
iptables-save -w 5; echo $?
iptables-save -w; echo $?
iptables-restore --bogus < /tmp/rules; echo $?
iptables-restore -h; echo $?
iptables-restore -V; echo $?
rm /tmp/rules /tmp/rules6
