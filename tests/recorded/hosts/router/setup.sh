ip netns add web; ip netns add db; ip netns add lan
ip link add eth0 type veth peer name eth0 netns lan
ip addr add 192.0.2.10/24 dev eth0; ip link set eth0 up
ip -n lan addr add 192.0.2.1/24 dev eth0; ip -n lan link set eth0 up; link_lo lan; ip -n lan route add default via 192.0.2.10
ip route add default via 192.0.2.1
outside lan
ip link add br0 type bridge; ip addr add 10.0.0.1/24 dev br0; ip link set br0 up
n=2
for c in web db; do
ip link add v$c type veth peer name eth0 netns $c
ip link set v$c master br0 up
ip -n $c addr add 10.0.0.$n/24 dev eth0; ip -n $c link set eth0 up; link_lo $c
ip -n $c route add default via 10.0.0.1
n=$((n+1))
done
sysctl -qw net.ipv4.ip_forward=1
iptables -P FORWARD DROP
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A FORWARD -i br0 -j ACCEPT
iptables -A FORWARD -d 10.0.0.2 -p tcp --dport 80 -j ACCEPT
iptables -t nat -A PREROUTING -d 192.0.2.10 -p tcp --dport 8080 -j DNAT --to 10.0.0.2:80
iptables -t nat -A POSTROUTING -s 10.0.0.0/24 ! -o br0 -j MASQUERADE
iptables -A INPUT -p tcp --dport 22 ! -s 10.0.0.3 -j ACCEPT
iptables -A INPUT -i br0 -p tcp --dport 53 -j REJECT
iptables -A INPUT -i eth0 -p tcp -m multiport --dports 53,9000 -j DROP
nft add table inet fw; nft add chain inet fw input '{ type filter hook input priority 10; }'; nft add rule inet fw input iif br0 tcp dport 9000 drop
serve 0.0.0.0:22 0.0.0.0:53 0.0.0.0:9000 127.0.0.1:631 10.0.0.1:3128
serve_in web '*:80' 127.0.0.1:9001; serve_in db 0.0.0.0:5432
