# Addresses of groups with autojoin: ip_mc_autojoin_config
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
@sleep 3
@capture - v1
ip addr add 239.1.2.3/32 dev v0 autojoin
ip -4 maddr show dev v0
ip addr show dev v0
ip addr add 239.1.2.3/32 dev v0 autojoin
ip addr add 239.1.2.3/24 dev v0 autojoin
ip addr add 10.0.0.1/24 dev v0 autojoin
ip addr add 239.1.2.9 peer 10.9.9.9/32 dev v0 autojoin
ip -6 addr add 2001:db8::1/64 dev v0 autojoin
ip -6 addr add ff15::5/128 dev v0
ip -6 addr add ff15::5/128 dev v0 autojoin
ip -6 addr add ff15::5/128 dev v0 autojoin
ip -6 addr add ff02::77/128 dev v0 autojoin
ip -6 addr add ff0e::77/64 dev v0 autojoin
ip -6 addr add ff05::78/64 dev v0 autojoin noprefixroute
@sleep 3
ip maddr show dev v0
ip addr show dev v0
ip route show table local dev v0
ip -6 route show table local dev v0
ip -6 route show dev v0
ip -j addr show dev v0
ip addr show dev v0 autojoin
ip addr change 239.1.2.3/32 dev v0
ip addr show dev v0
ip -4 maddr show dev v0
ip addr change 239.1.2.3/32 dev v0 autojoin
ip -6 addr change ff15::5/128 dev v0 autojoin
ip -6 addr change ff15::5/128 dev v0
ip -6 addr show dev v0
ip -6 maddr show dev v0
ip addr del 239.1.2.3/32 dev v0
ip -4 maddr show dev v0
ip addr add 239.1.2.4/32 dev v0
ip -4 maddr show dev v0
ip addr show dev v0
ip -6 addr del ff15::5/128 dev v0
ip -6 maddr show dev v0
@sleep 3
@stop
ip link set v0 down
ip maddr show dev v0
ip addr show dev v0
ip addr add 239.7.7.7/32 dev v0 autojoin
ip -4 maddr show dev v0
ip -6 addr add ff15::9/128 dev v0 autojoin
ip link set v0 up
@sleep 3
ip maddr show dev v0
ip addr show dev v0
ip addr flush dev v0
ip maddr show dev v0
ip addr add 239.8.8.8/32 dev v0 autojoin valid_lft 2 preferred_lft 1
@sleep 4
ip addr show dev v0
ip -4 maddr show dev v0
ip addr add 239.8.8.8/32 dev v0 autojoin
ip -6 addr add fec0::1/64 dev v0
ip -6 addr show dev v0 scope site
