# arptables: options of rules, their errors, chains
arptables -A INPUT ! --opcode ! 1
arptables -A INPUT -s ! 1.2.3.4
arptables -A INPUT --h-length ! 6
arptables -A INPUT ! --h-type 1
arptables -A INPUT --h-type 10
arptables -A INPUT --h-type Ethernet
arptables -A INPUT --proto-type 10/10
arptables -A INPUT --h-length 5
arptables -A INPUT ! --h-length 5
arptables -A INPUT -l 5
arptables -A INPUT --opcode 3
arptables -A INPUT --opcode 9
arptables -A INPUT --opcode 10
arptables -A INPUT --opcode RARP_Request
arptables -A INPUT --opcode 0
arptables -A INPUT --opcode 70000
arptables -A INPUT --opcode 1/235
arptables -A INPUT --source-hw 02:00:00:00:00:01
arptables -A INPUT --src-mac Broadcast
arptables -A INPUT --src-mac BGA
arptables -A INPUT --dst-mac 2:0:0:0:0:1/ff:ff:ff:0:0:0
arptables -A INPUT --src-mac 02:00:00:00:00:01/0f:ff:ff:ff:ff:ff
arptables -A INPUT --src-ip 1.2.3.4
arptables -A INPUT --source-ip 1.2.3.4
arptables -A INPUT --dst-ip 1.2.3.4
arptables -A INPUT -s 1.2.3.4/255.0.255.0
arptables -A INPUT -s 0.0.0.0/0
arptables -A INPUT ! -s 0.0.0.0/0
arptables -A INPUT -s 1.2.3.4,1.2.3.5
arptables -A INPUT -i +
arptables -A INPUT ! -i +
arptables -A INPUT -i ''
arptables -A OUTPUT -o averyverylonginterface
arptables -A INPUT -j CONTINUE
arptables -A INPUT -j QUEUE
arptables -A INPUT -j REJECT
arptables -A INPUT -j LOG
arptables -A INPUT -j mangle --mangle-ip-s 1.2.3.4
arptables -A INPUT -j CLASSIFY --set-class 0:0
arptables -A INPUT -j MARK --set-mark zz
arptables -A INPUT -j MARK --set-mark 1 --or-mark 2
arptables -A OUTPUT -j CLASSIFY --set-class zz
arptables -A OUTPUT -j CLASSIFY --set-class 1:zz
arptables -A OUTPUT -j mangle --mangle-ip-s zz
arptables -A OUTPUT -j mangle --mangle-mac-s zz
arptables -A OUTPUT -j mangle --mangle-mac-s 02:00:00:00:00:01 --mangle-ip-s 1.2.3.4 --mangle-ip-d 1.2.3.5 --mangle-mac-d 02:00:00:00:00:02
arptables -A OUTPUT --mangle-ip-s 1.2.3.4
arptables -A OUTPUT -j mangle --set-mark 1
arptables -A OUTPUT -j mangle --mangle-target DROP
arptables -A INPUT -m limit
arptables -A INPUT -g foo
arptables -D INPUT
arptables -P INPUT
arptables -N
arptables -E a
arptables -X INPUT
arptables -X nosuch
arptables -F nosuch
arptables -Z nosuch
arptables -N INPUT
arptables -N averyveryveryverylongchainnameofmorethan29
arptables -N -j
arptables -S nosuch
arptables -L INPUT 1
arptables -S INPUT 2
arptables -L -n -s 1.2.3.4
arptables -F -j DROP
arptables -C INPUT -s 9.9.9.9
arptables -I INPUT -j INPUT
arptables -N a
arptables -A a -j a
arptables -t filter
arptables -D INPUT 0
arptables -R INPUT 1
arptables -C nosuch -j DROP
arptables -L --line-numbers
arptables -E a b
arptables -E b b
arptables -E nosuch c
arptables -P INPUT QUEUE
arptables -S
arptables -F
arptables -F
arptables -X
arptables -A INPUT -j MARK --or-mark 17
arptables -A INPUT -j MARK --set-mark 10
arptables -A OUTPUT -j CLASSIFY --set-class 10:11
arptables -A INPUT ! --h-length 6
arptables -A INPUT ! --h-type 1
arptables -A INPUT ! --proto-type 0x800
arptables -A INPUT --opcode 0
arptables -A INPUT --opcode 3
arptables -A INPUT --proto-type 800
arptables -A INPUT --proto-type 2048
arptables -A INPUT --proto-type IPv4
arptables -A INPUT --proto-type ARP
arptables -A INPUT -s 10.0.0.0/16 ! -d 1.2.3.4
arptables -A INPUT -j mangle --mangle-ip-d 1.2.3.4 --mangle-target DROP
arptables -X INPUT
arptables -A INPUT ! -j DROP
arptables -D nosuch -j DROP
arptables -S INPUT 2
arptables -L INPUT 2
arptables -A INPUT -i a -o b
arptables -A INPUT !
arptables -A INPUT ! ! -s 1.2.3.4
arptables -P INPUT DROP -j x
arptables -I INPUT 2 -i lo -j DROP
arptables -I INPUT x -j DROP
arptables -I nosuch -j DROP
arptables -S
arptables -L
