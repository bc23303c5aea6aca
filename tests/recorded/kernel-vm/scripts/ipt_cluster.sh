# iptables -m cluster: which of several nodes a connection belongs to, by its hash; texts and errors
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns b address 02:00:00:00:00:02
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.254/24 dev v0
ip addr add fd00::254/64 dev v0 nodad
ip -n b addr add 10.0.0.1/24 dev eth0
ip -n b addr add fd00::1/64 dev eth0 nodad
for i in 2 3 4 5 6 7 8 9; do ip -n b addr add 10.0.0.$i/24 dev eth0; ip -n b addr add fd00::$i/64 dev eth0 nodad; done
@sleep 2
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 0xdeadbeef
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 2 --cluster-hash-seed 0xdeadbeef
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 5 --cluster-local-nodemask 0x13 --cluster-hash-seed 7
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 5 ! --cluster-local-nodemask 0x13 --cluster-hash-seed 7
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 32 ! --cluster-local-node 9 --cluster-hash-seed 1
iptables -t raw -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1
for i in 1 2 3 4 5 6 7 8 9; do ip netns exec b ping -c 1 -W 1 -q -I 10.0.0.$i 10.0.0.254 | grep -c ' 0% '; iptables -t mangle -nvxL PREROUTING | grep cluster; done
iptables -t raw -nvxL PREROUTING
iptables -t mangle -nvL PREROUTING
iptables-save -t mangle
ip6tables -t mangle -A PREROUTING -p icmpv6 --icmpv6-type echo-request -m cluster --cluster-total-nodes 3 --cluster-local-node 1 --cluster-hash-seed 0xdeadbeef
ip6tables -t mangle -A PREROUTING -p icmpv6 --icmpv6-type echo-request -m cluster --cluster-total-nodes 3 --cluster-local-node 2 --cluster-hash-seed 0xdeadbeef
for i in 1 2 3 4 5 6 7 8 9; do ip netns exec b ping -c 1 -W 1 -q -I fd00::$i fd00::254 | grep -c ' 0% '; ip6tables -t mangle -nvxL PREROUTING | grep cluster; done
ip6tables-save -t mangle
iptables -t mangle -A PREROUTING -m cluster
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 3
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 3 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 2
iptables -t mangle -A PREROUTING -m cluster --cluster-local-node 2 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 3 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-nodemask 8 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 33 --cluster-local-node 1 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 1 --cluster-local-node 1 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 0 --cluster-local-node 1 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 0 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-local-nodemask 1 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes x --cluster-local-node 1 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 4294967295 --cluster-local-node 1 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster ! --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 4294967295
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 4294967296
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-nodemask 0 --cluster-hash-seed 1
iptables -t mangle -A PREROUTING -m cluster --cluster-total-nodes 2 --cluster-local-nodemask 3 --cluster-hash-seed 1
iptables -t mangle -L PREROUTING
