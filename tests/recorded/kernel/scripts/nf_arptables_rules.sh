# arptables: rules and their listings, and what nft says of them
arptables -A OUTPUT -o lo --destination-mac 11:22:33:44:55:66
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT --dst-mac Broadcast 
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT ! -o eth+ -d 1.2.3.4/24 -j CLASSIFY --set-class 0:0
arptables -S OUTPUT
arptables -F
arptables -A INPUT -j MARK -d 0.0.0.0/8 --set-mark 1
arptables -S INPUT
arptables -F
arptables -A OUTPUT -j MARK -d 0.0.0.0/8 --set-mark 1
arptables -S OUTPUT
arptables -F
arptables -A INPUT -s ! 0.0.0.0 -j MARK --and-mark 0x17
arptables -S INPUT
arptables -F
arptables -A OUTPUT -s ! 0.0.0.0 -j MARK --and-mark 0x17
arptables -S OUTPUT
arptables -F
arptables -A INPUT -j MARK -s 0.0.0.0 --or-mark 17
arptables -S INPUT
arptables -F
arptables -A OUTPUT -j MARK -s 0.0.0.0 --or-mark 17
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT -j mangle -s 1.2.3.4 --mangle-ip-s 1.2.3.5
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT -j mangle -d 1.2.3.4 --mangle-ip-d 1.2.3.5
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT -j mangle -d 1.2.3.4 --mangle-mac-d 00:01:02:03:04:05
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT -d 1.2.3.4 --h-length 5 -j mangle --mangle-mac-s 00:01:02:03:04:05
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT -j mangle --mangle-ip-s 1.2.3.4 --mangle-target DROP
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT -j mangle --mangle-ip-s 1.2.3.4 --mangle-target ACCEPT
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT -j mangle --mangle-ip-s 1.2.3.4 --mangle-target CONTINUE
arptables -S OUTPUT
arptables -F
arptables -A OUTPUT -j mangle --mangle-ip-s 1.2.3.4 --mangle-target FOO
arptables -S OUTPUT
arptables -F
arptables -A INPUT -s 192.168.0.1
arptables -S INPUT
arptables -F
arptables -A INPUT -s 0.0.0.0/8
arptables -S INPUT
arptables -F
arptables -A INPUT -s ! 0.0.0.0
arptables -S INPUT
arptables -F
arptables -A INPUT -d 192.168.0.1
arptables -S INPUT
arptables -F
arptables -A INPUT ! -d 0.0.0.0
arptables -S INPUT
arptables -F
arptables -A INPUT -d 0.0.0.0/24
arptables -S INPUT
arptables -F
arptables -A INPUT -j DROP -i lo
arptables -S INPUT
arptables -F
arptables -A INPUT -j ACCEPT ! -i lo
arptables -S INPUT
arptables -F
arptables -A INPUT -i ppp+
arptables -S INPUT
arptables -F
arptables -A INPUT ! -i ppp+
arptables -S INPUT
arptables -F
arptables -A INPUT -i + -j ACCEPT
arptables -S INPUT
arptables -F
arptables -A INPUT ! -i +
arptables -S INPUT
arptables -F
arptables -A INPUT -i lo --destination-mac 11:22:33:44:55:66
arptables -S INPUT
arptables -F
arptables -A INPUT --source-mac Unicast
arptables -S INPUT
arptables -F
arptables -A INPUT ! --src-mac Multicast
arptables -S INPUT
arptables -F
arptables -A INPUT --src-mac=01:02:03:04:05:06 --dst-mac=07:08:09:0A:0B:0C --h-length=6 --opcode=Request --h-type=Ethernet --proto-type=ipv4
arptables -S INPUT
arptables -F
arptables -A INPUT --src-mac ! 01:02:03:04:05:06 --dst-mac ! 07:08:09:0A:0B:0C --h-length ! 6 --opcode ! Request --h-type ! Ethernet --proto-type ! ipv4
arptables -S INPUT
arptables -F
arptables -A INPUT --h-type 10
arptables -S INPUT
arptables -F
arptables -A INPUT --h-type 0x10
arptables -S INPUT
arptables -F
arptables -A INPUT --proto-type 10
arptables -S INPUT
arptables -F
arptables -A INPUT --proto-type 10/10
arptables -S INPUT
arptables -F
arptables -A INPUT --proto-type 0x10
arptables -S INPUT
arptables -F
arptables -A INPUT --proto-type 0x10/0x10
arptables -S INPUT
arptables -F
arptables -A INPUT --h-length 6/15 --opcode 1/235 --h-type 0x8/0xcf --proto-type 0x800/0xde00
arptables -S INPUT
arptables -F
arptables -A INPUT --src-mac 02:00:00:00:00:01 --dst-mac 02:00:00:00:00:02 -s 1.2.3.4 -d 1.2.3.5 --opcode 1 --proto-type 0x800 --h-length 6 --h-type 1 -i lo -j DROP
nft list ruleset
arptables -S
arptables -D INPUT -i lo -s 1.2.3.4 -d 1.2.3.5 --src-mac 02:00:00:00:00:01 --dst-mac 02:00:00:00:00:02 --opcode Request --proto-type ipv4 -j DROP
arptables -S
arptables -A INPUT --opcode 1 --opcode 2
arptables -A INPUT -i lo -i lo
arptables -A INPUT --src-mac 02:00:00:00:00:01 --src-mac 02:00:00:00:00:02
arptables -A INPUT -j DROP -j ACCEPT
arptables -A INPUT --h-length 6 --h-length 6
arptables -A INPUT --h-type 1 --h-type 1
arptables -A INPUT --proto-type 1 --proto-type 1
arptables -A INPUT --proto-type 0 -j DROP
arptables -A INPUT --proto-type 70000 -j DROP
arptables -A INPUT ! --opcode 1 -j DROP
arptables -A INPUT -c 5 60 -s 1.2.3.4 -j ACCEPT
arptables -A INPUT -c 5 -j ACCEPT
arptables -A INPUT -c 5 x -j ACCEPT
arptables -L -v -n
arptables -Z
arptables -L -v -n
arptables -R INPUT 1 -s 1.1.1.1 -j DROP
arptables -I INPUT 2 -s 2.2.2.2 -j DROP
arptables -D INPUT 1
arptables -S
arptables -A INPUT -v -s 1.2.3.4,1.2.3.5 -j DROP
arptables -F -v
arptables -N foo -v
arptables -X -v
arptables -Z -v
arptables -N foo
arptables -N abc
arptables -N zed
arptables -A foo -j abc
arptables -A abc -j zed
arptables -A zed -j foo
arptables -X
arptables -X zed
arptables -F zed
arptables -D abc -j zed
arptables -X zed
arptables -S
arptables -L
arptables -F
arptables -X
arptables -S
nft list ruleset
nft delete table arp filter
arptables -L
arptables -L INPUT
arptables -S OUTPUT
arptables -F INPUT
arptables -Z
arptables -X
nft list ruleset
arptables -A INPUT -j DROP
nft add rule arp filter INPUT arp operation request counter accept
nft list ruleset
arptables-save
arptables-nft -S
arptables-nft-save
arptables --version
arptables -S -n -v
arptables -L -c
arptables -A INPUT -s localhost -j DROP
arptables -A INPUT -w -j DROP
arptables -L OUTPUT -v
arptables --new-chain n1
arptables --rename-chain n1 n2
arptables --delete-chain n2
arptables --insert INPUT --in-interface lo
arptables --check INPUT --in-interface lo
arptables --replace INPUT 1 --out-interface lo
arptables --zero
arptables --list-rules
