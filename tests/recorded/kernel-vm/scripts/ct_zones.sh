# zones of connection tracking: -j CT --zone, ct zone set, conntrack -L --zone; overlapping addresses in two zones
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip netns add b
ip netns exec b sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v0
ip -n b neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 nud permanent dev eth0
iptables -t raw -A PREROUTING -i v0 -j CT --zone 5
iptables -t raw -A OUTPUT -o v0 -j CT --zone 5
iptables -t raw -S
iptables -t raw -nL
iptables -A INPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT
iptables -A INPUT -i v0 -j DROP
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
conntrack -L 2>&1 | sed 's/ id=[0-9]*//g'
conntrack -L --zone 5 2>&1 | sed 's/ id=[0-9]*//g'
conntrack -L --zone 6 2>&1 | sed 's/ id=[0-9]*//g'
conntrack -L --orig-zone 5 2>&1 | sed 's/ id=[0-9]*//g'
conntrack -L -w 5 -p icmp 2>&1 | sed 's/ id=[0-9]*//g'
iptables -t raw -F
iptables -t raw -A OUTPUT -o v0 -j CT --zone 7
conntrack -F
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
conntrack -L 2>&1 | sed 's/ id=[0-9]*//g'
iptables -t raw -F
iptables -t raw -A OUTPUT -o v0 -j CT --zone-orig 8
conntrack -F
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
conntrack -L 2>&1 | sed 's/ id=[0-9]*//g'
iptables -t raw -S
iptables -t raw -F
iptables -t raw -A OUTPUT -o v0 -j CT --zone-reply 9
iptables -t raw -A PREROUTING -i v0 -j CT --zone-reply 9
conntrack -F
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
conntrack -L 2>&1 | sed 's/ id=[0-9]*//g'
iptables -t raw -nL
iptables -t raw -F
iptables -t raw -A PREROUTING -i v0 -j CT --zone mark
iptables -t raw -A OUTPUT -o v0 -j MARK --set-mark 6
iptables -t raw -A OUTPUT -o v0 -j CT --zone mark
iptables -t raw -A PREROUTING -i v0 -j CT --zone 6
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
conntrack -L 2>&1 | sed 's/ id=[0-9]*//g'
cat /proc/net/nf_conntrack | sed 's/ id=[0-9]*//g'
nft list table ip raw
iptables -t raw -A PREROUTING -i v0 -j CT --zone 70000
iptables -t raw -A PREROUTING -i v0 -j CT --zone x
iptables -t raw -A PREROUTING -i v0 -j CT --zone 1 --zone-orig 2
iptables -t raw -A PREROUTING -i v0 -j CT --notrack --zone 1
iptables -t raw -A PREROUTING -i v0 -j CT
iptables -A INPUT -j CT --zone 1
iptables -t raw -S
iptables -t raw -F
iptables -F
nft add table ip z
nft 'add chain ip z raw { type filter hook prerouting priority raw; }'
nft 'add chain ip z rawout { type filter hook output priority raw; }'
nft add rule ip z raw iifname v0 ct zone set 3
nft add rule ip z rawout oifname v0 ct zone set 3
nft 'add chain ip z in { type filter hook input priority 0; }'
nft add rule ip z in ct zone 3 counter
nft add rule ip z in ct original zone 3 counter
nft add rule ip z in ct reply zone 3 counter
nft add rule ip z in ct state established ct zone 0 counter
nft add rule ip z in ct original zone set 4
nft list table ip z
conntrack -F
ping -c 1 -W 1 10.0.0.2 | grep -c 'bytes from'
conntrack -L 2>&1 | sed 's/ id=[0-9]*//g'
nft list chain ip z in
nft add rule ip z raw ct zone set 70000
nft add rule ip z raw ct zone set mark
nft add rule ip z raw ct zone set x
nft delete table ip z
conntrack -D --zone 3 2>&1 | sed 's/ id=[0-9]*//g'
conntrack -D --zone 3 2>&1 | sed 's/ id=[0-9]*//g'
