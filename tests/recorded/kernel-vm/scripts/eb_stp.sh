# ebtables stp: which BPDUs match; how options are listed and refused
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns b address 02:00:00:00:00:02
ip link add br0 address 02:00:00:00:00:aa type bridge
ip -n b link add br1 address 02:00:00:00:00:bb type bridge stp_state 1 priority 4096 hello_time 200 max_age 2000 forward_delay 1500
ip link set v0 master br0
ip -n b link set v1 master br1
ip link set br0 up
ip -n b link set br1 up
ip link set v0 up
ip -n b link set v1 up
ebtables -A INPUT --stp-type 0
ebtables -A INPUT --stp-type ! 0
ebtables -A INPUT --stp-type 128
ebtables -A INPUT --stp-flags 0
ebtables -A INPUT --stp-flags topology-change
ebtables -A INPUT --stp-root-prio 4096
ebtables -A INPUT --stp-root-prio 0:4095
ebtables -A INPUT ! --stp-root-prio 4096
ebtables -A INPUT --stp-root-addr 02:00:00:00:00:bb
ebtables -A INPUT --stp-root-addr 02:00:00:00:00:00/ff:ff:ff:ff:ff:00
ebtables -A INPUT ! --stp-root-addr 02:00:00:00:00:bb
ebtables -A INPUT --stp-root-cost 0
ebtables -A INPUT --stp-root-cost 1:
ebtables -A INPUT --stp-sender-prio 4096
ebtables -A INPUT --stp-sender-addr 02:00:00:00:00:bb
ebtables -A INPUT --stp-sender-addr 02:00:00:00:00:bc
ebtables -A INPUT --stp-port 32769
ebtables -A INPUT --stp-port :5
ebtables -A INPUT --stp-msg-age 0
ebtables -A INPUT --stp-max-age 5120
ebtables -A INPUT --stp-max-age 20
ebtables -A INPUT --stp-hello-time 512
ebtables -A INPUT --stp-forward-delay 3840
ebtables -A INPUT --stp-type 0 --stp-hello-time 512 ! --stp-port 1
ebtables -A INPUT -d BGA
ebtables -A INPUT --stp-type config
ebtables -A INPUT --stp-type tcn
ebtables -A INPUT --stp-flags 0x81
ebtables -A INPUT --stp-flags topology-change-ack
ebtables -A INPUT --stp-type nosuch
ebtables -A INPUT --stp-type 256
ebtables -A INPUT --stp-flags nosuch
ebtables -A INPUT --stp-root-prio x
ebtables -A INPUT --stp-root-prio 65536
ebtables -A INPUT --stp-root-addr x
ebtables -A INPUT --stp-root-cost 4294967296
ebtables -A INPUT --stp-port 2:1
ebtables -A INPUT --stp-type 1 --stp-type 1
ebtables -A INPUT ! --stp-hello-time 1:65535
@sleep 5
ebtables -L INPUT --Lc | sed 's/pcnt = 0 .*/none/; s/pcnt = .*/some/'
ebtables -P INPUT DROP
ip link set br0 type bridge stp_state 1
@sleep 4
bridge -d link show dev v0 | grep -o 'state [a-z]*'
ebtables -F
ebtables -A OUTPUT --stp-type 0 -j DROP
ebtables -A OUTPUT -d BGA
@sleep 3
ebtables -L OUTPUT --Lc | sed 's/pcnt = 0 .*/none/; s/pcnt = .*/some/'
ebtables-save | grep stp
