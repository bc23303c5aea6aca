# metrics of routes: how ip route takes and shows them, for both families, and what it refuses
sysctl -qw net.ipv4.ip_forward=0
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip link set lo up
ip -n b link set eth0 up
ip -n b link set lo up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip addr add fd00::1/64 dev v0 nodad
ip -n b addr add fd00::2/64 dev eth0 nodad
ip route add 10.1.0.0/24 via 10.0.0.2 window 5000 rtt 100 rttvar 50 ssthresh 20 cwnd 15 reordering 5 hoplimit 33 initcwnd 20 initrwnd 30 quickack 1 rto_min 300ms
ip route add 10.2.0.0/24 via 10.0.0.2 congctl cubic features ecn mtu lock 1400 advmss 1200
ip route add 10.3.0.0/24 via 10.0.0.2 cwnd lock 15 ssthresh lock 9 rto_min lock 1s rtt lock 1s rttvar lock 2s hoplimit lock 5 window lock 5000 reordering lock 4 advmss lock 1000
ip route add 10.4.0.0/24 via 10.0.0.2 congctl lock reno
ip route add 10.5.0.0/24 via 10.0.0.2 hoplimit 300
ip route add 10.5.1.0/24 via 10.0.0.2 hoplimit 255
ip route add 10.5.2.0/24 via 10.0.0.2 hoplimit 0
ip route add 10.5.3.0/24 via 10.0.0.2 hoplimit abc
ip route add 10.6.0.0/24 via 10.0.0.2 congctl nosuch
ip route add 10.6.1.0/24 via 10.0.0.2 features nosuch
ip route add 10.6.2.0/24 via 10.0.0.2 features ecn ecn
ip route add 10.6.3.0/24 via 10.0.0.2 initcwnd abc
ip route add 10.6.4.0/24 via 10.0.0.2 rto_min abc
ip route add 10.6.5.0/24 via 10.0.0.2 rto_min 200
ip route add 10.6.6.0/24 via 10.0.0.2 rto_min 1.5s
ip route add 10.6.7.0/24 via 10.0.0.2 rtt 10ms rttvar 5ms
ip route add 10.6.8.0/24 via 10.0.0.2 quickack 0
ip route add 10.6.9.0/24 via 10.0.0.2 quickack 2
ip route add 10.6.10.0/24 via 10.0.0.2 window abc
ip route add 10.6.11.0/24 via 10.0.0.2 initcwnd 0 initrwnd 0
ip route add 10.6.12.0/24 via 10.0.0.2 mtu lock
ip route add 10.6.13.0/24 via 10.0.0.2 fastopen_no_cookie 1
ip route add 10.6.14.0/24 via 10.0.0.2 rto_min
ip route add 10.6.15.0/24 via 10.0.0.2 congctl
ip route add 10.6.16.0/24 via 10.0.0.2 features
ip route add 10.6.17.0/24 via 10.0.0.2 cwnd 99999999999
ip route add 10.6.18.0/24 via 10.0.0.2 rto_min 100us
ip route add 10.6.19.0/24 via 10.0.0.2 rto_min 20ns
ip route add 10.6.20.0/24 via 10.0.0.2 quickack abc
ip route add 10.6.21.0/24 via 10.0.0.2 reordering abc
ip route add 10.6.22.0/24 via 10.0.0.2 ssthresh abc
ip route add 10.6.23.0/24 via 10.0.0.2 rtt abc
ip route add 10.6.24.0/24 via 10.0.0.2 rttvar abc
ip route add 10.6.25.0/24 via 10.0.0.2 initrwnd abc
ip route add 10.6.26.0/24 via 10.0.0.2 fastopen_no_cookie 2
ip route add 10.6.27.0/24 via 10.0.0.2 initcwnd 5 initcwnd 6
ip route add 10.6.28.0/24 via 10.0.0.2 window 0x1000
ip route
ip -d route show 10.1.0.0/24
ip -o route show 10.3.0.0/24
ip -j route show 10.1.0.0/24
ip -j route show 10.2.0.0/24
ip -j route show 10.3.0.0/24
ip -j -p route show 10.2.0.0/24
ip route get 10.1.0.5
ip route get 10.2.0.5
ip route get 10.3.0.5
ip route get 10.6.18.5
ip -j route get 10.1.0.5
ip route get fibmatch 10.1.0.5
ip route get 10.1.0.5 from 10.9.0.1 iif v0
sysctl -qw net.ipv4.ip_forward=1
ip route get 10.1.0.5 from 10.9.0.1 iif v0
ip route add 10.1.0.0/24 via 10.0.0.2 initcwnd 21
ip route append 10.1.0.0/24 via 10.0.0.2 initcwnd 21
ip route show 10.1.0.0/24
ip route del 10.1.0.0/24 initcwnd 22
ip route del 10.1.0.0/24 initcwnd 21
ip route show 10.1.0.0/24
ip route change 10.1.0.0/24 via 10.0.0.2 initcwnd 40
ip route show 10.1.0.0/24
ip route replace 10.1.0.0/24 via 10.0.0.2
ip route show 10.1.0.0/24
ip route del 10.2.0.0/24 congctl reno
ip route del 10.2.0.0/24 congctl cubic
ip route del 10.3.0.0/24 hoplimit 5
ip route del 10.3.0.0/24 hoplimit lock 5
ip route add 10.7.0.0/24 initcwnd 10 nexthop via 10.0.0.2 weight 1 nexthop dev v0 weight 2
ip route add 10.7.1.0/24 nexthop via 10.0.0.2 initcwnd 10
ip route show 10.7.0.0/24
ip route add blackhole 10.8.0.0/24 initcwnd 10 hoplimit 7
ip route show 10.8.0.0/24
ip -6 route add fd01::/64 via fd00::2 window 5000 rtt 100 rttvar 50 ssthresh 20 cwnd 15 reordering 5 hoplimit 33 initcwnd 20 initrwnd 30 quickack 1 rto_min 300ms
ip -6 route add fd02::/64 via fd00::2 congctl cubic features ecn mtu lock 1400 advmss 1200
ip -6 route add fd03::/64 via fd00::2 hoplimit 300
ip -6 route add fd04::/64 via fd00::2 hoplimit 255
ip -6 route add fd05::/64 via fd00::2 congctl nosuch
ip -6 route add fd06::/64 via fd00::2 hoplimit 0 initcwnd 0
ip -6 route show
ip -6 route get fd01::5
ip -6 route get fd02::5
ip -6 -j route get fd01::5
ip -6 -j route show fd01::/64
ip -6 route del fd01::/64 initcwnd 99
ip -6 route show fd01::/64
ip route show initcwnd 10
