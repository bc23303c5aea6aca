# nft flowtable: how it is written, listed, changed and deleted, and what is refused
sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
ip link add va type veth peer name vb
ip link add vc type veth peer name vd
nft add table inet t
nft add table ip u
nft add table ip6 w
nft add table bridge br
nft 'add flowtable inet t f { hook ingress priority 0; devices = { va, vb }; }'
nft 'add flowtable inet t f { hook ingress priority 0; devices = { va, vb }; }'
nft 'create flowtable inet t f { hook ingress priority 0; devices = { va, vb }; }'
nft 'add flowtable inet t f { hook ingress priority 5; devices = { vc }; }'
nft 'add flowtable inet t f { hook ingress priority 0; devices = { vc }; }'
nft list flowtables
nft 'delete flowtable inet t f { devices = { va }; }'
nft 'delete flowtable inet t f { hook ingress priority 0; devices = { va }; }'
nft 'delete flowtable inet t f { hook ingress priority 0; devices = { vd }; }'
nft list flowtable inet t nosuch
nft 'add flowtable inet t c { hook ingress priority filter + 10; devices = { va }; counter; }'
nft 'add flowtable inet t c2 { hook ingress priority -5; counter; devices = { vb }; }'
nft 'add flowtable ip u f { hook ingress priority filter; devices = { vc }; }'
nft 'add flowtable ip u same { hook ingress priority filter; devices = { vc }; }'
nft 'add flowtable ip6 w f { hook ingress priority 0; devices = { va, vc }; }'
nft 'add flowtable bridge br f { hook ingress priority 0; devices = { va }; }'
nft 'add flowtable netdev nd f { hook ingress priority 0; devices = { va }; }'
nft 'add flowtable inet t e1 { hook ingress priority 0; }'
nft 'add flowtable inet t e2 { devices = { va }; }'
nft 'add flowtable inet t e3 { }'
nft add flowtable inet t e4
nft 'add flowtable inet t e5 { hook ingress priority raw; devices = { va }; }'
nft 'add flowtable inet t e7 { hook ingress priority 0; devices = va; }'
nft 'add flowtable inet t e8 { hook ingress priority 0; devices = { "va" }; }'
nft 'add flowtable inet nosuch f { hook ingress priority 0; devices = { va }; }'
nft list ruleset
nft list flowtables ip
nft 'add chain inet t in { type filter hook input priority 0; }'
nft 'add chain inet t fo { type filter hook forward priority 0; }'
nft 'add chain inet t post { type filter hook postrouting priority 0; }'
nft 'add chain inet t reg'
nft add rule inet t in flow add @f
nft add rule inet t fo flow add @f
nft add rule inet t post flow add @f
nft add rule inet t reg flow add @f
nft add rule inet t fo flow offload @c
nft add rule inet t fo flow add f
nft add rule inet t fo flow @f
nft add rule inet t fo ip protocol '{ tcp, udp }' flow add @f comment '"fast"'
nft add rule inet t fo flow delete @f
nft add rule ip u x flow add @f
nft list chain inet t fo
nft delete flowtable inet t f
nft delete flowtable inet t nosuch
nft delete flowtable inet t handle 99
nft flush chain inet t fo
nft flush chain inet t reg
nft delete flowtable inet t f
nft delete flowtable inet t e8
ip link del vc
nft list flowtables
ip link set va name vz
nft list flowtables
nft list flowtables ip
nft delete table inet t
nft add table ip t
nft 'add flowtable ip t d { hook ingress priority 0; devices = { vb, vb }; }'
nft 'table ip k { flowtable ff { hook ingress priority 0; devices = { lo }; }; chain c { type filter hook forward priority 0; ip protocol tcp flow add @ff; }; }'
nft 'add flowtable ip t q { hook egress priority 0; devices = { lo }; }'
nft 'add flowtable ip t q { hook ingress device lo priority 0; }'
nft 'add flowtable ip t q { hook ingress priority 0; devices = { }; }'
nft 'add flowtable ip t q { type filter hook ingress priority 0; }'
nft list table ip k
nft delete flowtable ip k ff
nft -j list flowtables | grep -o '"flowtable.*' | sed 's/"handle": [0-9]*/H/'
nft flush ruleset
nft list flowtables
