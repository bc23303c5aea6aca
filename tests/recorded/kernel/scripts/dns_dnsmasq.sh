# dnsmasq as a name server of a small network
ip netns add red
ip netns add blue
ip link add eth0 netns red type veth peer name eth0 netns blue
ip -n red link set lo up
ip -n red address add 10.0.0.2/24 dev eth0
ip -n blue address add 10.0.0.3/24 dev eth0
ip -n red link set eth0 up
ip -n blue link set eth0 up
ip netns exec red dnsmasq -k -u root --no-resolv --no-hosts --address=/example.org/10.0.0.9 --host-record=db.lan,10.0.0.5 &
@sleep 1
ip netns exec red ss -Hlun
ip netns exec red ss -Hltn
ip netns exec blue dig @10.0.0.2 example.org
ip netns exec blue dig +noedns @10.0.0.2 a.b.example.org
ip netns exec blue dig @10.0.0.2 example.org AAAA
ip netns exec blue dig @10.0.0.2 example.org MX
ip netns exec blue dig @10.0.0.2 db.lan
ip netns exec blue dig @10.0.0.2 db.lan AAAA
ip netns exec blue dig @10.0.0.2 -x 10.0.0.5
ip netns exec blue dig @10.0.0.2 -x 10.0.0.9
ip netns exec blue dig @10.0.0.2 elsewhere.net
ip netns exec blue dig +noedns @10.0.0.2 elsewhere.net
ip netns exec blue dig +tcp +short @10.0.0.2 example.org
ip netns exec blue dig +short @10.0.0.2 notexample.org
ip netns exec blue dig +norecurse @10.0.0.2 elsewhere.net
ip netns exec red dnsmasq -k -u root --no-resolv --no-hosts
dnsmasq --address=foo
dnsmasq --address=/example.org/10.0.0.300
dnsmasq extra
