# ip rule: goto and nop, with targets that come and go; what flush and del leave
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 10.0.0.1/24 dev v0
ip addr add 10.1.0.1/24 dev v1
ip route add 192.0.2.0/24 via 10.0.0.9
ip route add 192.0.2.0/24 via 10.1.0.9 table 20
ip rule add pref 50 from all lookup 20
ip route get 192.0.2.1
ip rule add pref 40 to 192.0.2.1 goto 60
ip rule
ip route get 192.0.2.1
ip route get 192.0.2.2
ip rule add pref 60 nop
ip rule
ip route get 192.0.2.1
ip route get 192.0.2.2
ip rule add pref 45 goto 30
ip rule add pref 45 goto 45
ip rule add pref 45 goto
ip rule add pref 45 goto x
ip rule add goto 50
ip rule
ip rule add pref 10 goto 50
ip route get 192.0.2.1
ip -j rule
ip rule del pref 60
ip rule
ip route get 192.0.2.1
ip rule add pref 60 lookup main
ip rule
ip rule del pref 40 goto 60
ip rule del nop
ip rule del pref 60 nop
ip rule show goto 50
ip rule add pref 40 goto 60
ip rule add pref 40 goto 60
ip rule add pref 40 goto 61
ip rule add pref 41 iif v0 goto 60
ip rule add pref 42 not from 10.0.0.0/24 goto 60
ip rule
ip rule flush
ip rule
ip rule add pref 100 nop
ip rule add pref 100 nop
ip rule add pref 101 from 10.0.0.1 nop
ip rule
ip -6 rule add pref 40 goto 60
ip -6 rule add pref 60 nop
ip -6 rule
