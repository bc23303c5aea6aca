# nft -e: what was added, with handles and as JSON
nft -e add table inet t | sed 's/process [0-9]*/process N/'
nft -e add table inet t | sed 's/process [0-9]*/process N/'
nft -e add chain inet t c | sed 's/process [0-9]*/process N/'
nft -ae add chain inet t in '{ type filter hook input priority 0; }' | sed 's/process [0-9]*/process N/'
nft -e add rule inet t c tcp dport 22 counter accept | sed 's/process [0-9]*/process N/'
nft -a -e insert rule inet t c iifname lo accept
nft --echo --handle add rule inet t c position 2 udp dport '{ 53, 123 }' accept
nft -ae replace rule inet t c handle 2 tcp dport 23 accept | sed 's/process [0-9]*/process N/'
nft -e add set inet t s '{ type ipv4_addr; flags interval; }' | sed 's/process [0-9]*/process N/'
nft -ae add element inet t s '{ 10.0.0.0/24, 10.1.0.1 }' | sed 's/process [0-9]*/process N/'
nft -e delete element inet t s '{ 10.1.0.1 }' | sed 's/process [0-9]*/process N/'
nft -e add map inet t m '{ type inet_service : verdict; elements = { 80 : accept, 81 : drop }; }' | sed 's/process [0-9]*/process N/'
nft -e add counter inet t cnt | sed 's/process [0-9]*/process N/'
nft -e delete counter inet t cnt | sed 's/process [0-9]*/process N/'
nft -e delete rule inet t c handle 3 | sed 's/process [0-9]*/process N/'
nft -ae 'add rule inet t c tcp dport 1 drop; add rule inet t c tcp dport 2 drop' | sed 's/process [0-9]*/process N/'
nft -e rename chain inet t c d | sed 's/process [0-9]*/process N/'
nft -e flush chain inet t d | sed 's/process [0-9]*/process N/'
nft -e list tables
nft -e add rule inet t nochain accept | sed 's/process [0-9]*/process N/'
nft -ec add rule inet t d accept | sed 's/process [0-9]*/process N/'
nft -je add rule inet t d accept
nft -j -e -a add rule inet t d drop
nft -je add set inet t s2 '{ type inet_service; elements = { 1, 2 }; }'
nft -je delete set inet t s2
nft -e delete table inet t | sed 's/process [0-9]*/process N/'
nft -e flush ruleset | sed 's/process [0-9]*/process N/'
printf 'table ip x {\n chain y {\n  type filter hook input priority 0;\n  tcp dport 22 accept\n }\n}\n' | nft -ef - | sed 's/process [0-9]*/process N/'
printf 'table ip x {\n chain y {\n  udp dport 22 accept\n }\n}\n' | nft -aef - | sed 's/process [0-9]*/process N/'
nft list ruleset
