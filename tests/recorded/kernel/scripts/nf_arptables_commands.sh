# arptables: commands, listings and errors
arptables -L
arptables -S
arptables -A INPUT -s 10.0.0.1 -j DROP
arptables -A INPUT -s 10.0.0.0/24 -d 10.1.0.0/255.255.0.0 -j ACCEPT
arptables -A INPUT ! -s 10.0.0.0/8 -i eth0 -j DROP
arptables -A OUTPUT -o eth+ ! -d 10.0.0.1 -j ACCEPT
arptables -A INPUT --source-mac 02:00:00:00:00:01 -j DROP
arptables -A INPUT ! --source-mac 02:00:00:00:00:01/ff:ff:00:00:00:00 --destination-mac 02:00:00:00:00:02 -j DROP
arptables -A INPUT --opcode Request -j ACCEPT
arptables -A INPUT --opcode 2 -j ACCEPT
arptables -A INPUT ! --opcode Reply -j ACCEPT
arptables -A INPUT --opcode 0x3/0xff -j ACCEPT
arptables -A INPUT --opcode bad -j ACCEPT
arptables -A INPUT --h-length 6 -j ACCEPT
arptables -A INPUT --h-length 300 -j ACCEPT
arptables -A INPUT --h-length x -j ACCEPT
arptables -A INPUT --h-type 1 -j ACCEPT
arptables -A INPUT --h-type Ethernet -j ACCEPT
arptables -A INPUT --h-type x -j ACCEPT
arptables -A INPUT --proto-type 0x800 -j ACCEPT
arptables -A INPUT --proto-type ipv4 -j ACCEPT
arptables -A INPUT --proto-type 0x806 -j ACCEPT
arptables -A INPUT --proto-type 0x800/0xff00 -j ACCEPT
arptables -A INPUT --proto-type foo -j ACCEPT
arptables -A OUTPUT -j mangle --mangle-ip-s 10.0.0.9
arptables -A OUTPUT -j mangle --mangle-ip-d 10.0.0.9 --mangle-target DROP
arptables -A OUTPUT -j mangle --mangle-mac-s 02:00:00:00:00:09 --mangle-target CONTINUE
arptables -A OUTPUT --h-length 6 -j mangle --mangle-mac-d 02:00:00:00:00:09
arptables -A OUTPUT -j mangle
arptables -A OUTPUT -j mangle --mangle-target FOO
arptables -A OUTPUT -j CLASSIFY --set-class 1:2
arptables -A OUTPUT -j CLASSIFY
arptables -A OUTPUT -j MARK --set-mark 5
arptables -A INPUT -j MARK --or-mark 0x10
arptables -A INPUT -j MARK --and-mark 0xf
arptables -A OUTPUT -j MARK --set-xmark 1/2
arptables -A OUTPUT -j MARK
arptables -N foo
arptables -N foo
arptables -A foo -j RETURN
arptables -A INPUT -j foo
arptables -A INPUT -j nosuch
arptables -A nosuch -j DROP
arptables -X foo
arptables -E foo bar
arptables -P INPUT DROP
arptables -P INPUT FOO
arptables -P bar DROP
arptables -P INPUT ACCEPT
arptables -I INPUT -s 1.2.3.4 -j DROP
arptables -I INPUT 2 -s 1.2.3.5
arptables -I INPUT 99 -j DROP
arptables -I INPUT 0 -j DROP
arptables -R INPUT 1 -s 1.1.1.1 -j ACCEPT
arptables -R INPUT 99 -j DROP
arptables -D INPUT 1
arptables -D INPUT 99
arptables -D INPUT -s 10.0.0.1 -j DROP
arptables -D INPUT -s 10.0.0.1 -j DROP
arptables -C INPUT -j DROP
arptables -L
arptables -L -n
arptables -L -v
arptables -L -n -v --line-numbers
arptables -L INPUT
arptables -L nosuch
arptables -S
arptables -S INPUT
arptables -nvL
arptables-save
arptables -Z
arptables -Z INPUT
arptables -F INPUT
arptables -F
arptables -X
arptables -S
arptables -t nat -L
arptables -t mangle -L
arptables -A FORWARD -j DROP
arptables -A INPUT -o eth0 -j DROP
arptables -A OUTPUT -i eth0 -j DROP
arptables
arptables -A INPUT
arptables -S
arptables -A INPUT --bad x
arptables -A INPUT foo
arptables -V
arptables -A
arptables -A INPUT -s
arptables -A INPUT -s bad.name. -j DROP
arptables -A INPUT -s 10.0.0.1/33 -j DROP
arptables -A INPUT --source-mac zz -j DROP
arptables -A INPUT -A INPUT
arptables -A INPUT -p 1 -j DROP
arptables -L -Z
arptables -A INPUT -j DROP -s 1.1.1.1 -s 2.2.2.2
arptables -A INPUT -j DROP -c 1 2
arptables -S
arptables -L -v -n -x
arptables --list
arptables --append INPUT --jump DROP --source 1.2.3.4 --in-interface lo
arptables --delete INPUT 1
arptables --policy INPUT DROP
arptables --flush
arptables -A INPUT -v -j DROP
arptables -D INPUT -v -j DROP
arptables -t filter -S
arptables-save -c
