# ipset: all types of sets: create, add, del, test, list, save, swap, rename, destroy
ipset create h hash:ip
ipset create h hash:ip
ipset create h hash:ip -exist
ipset create h hash:net -exist
ipset add h 10.0.0.1
ipset add h 10.0.0.1
ipset add h 10.0.0.1 -exist
ipset add h 10.0.0.2-10.0.0.4
ipset add h 10.0.1.0/30
ipset list h | sort
ipset list h -t
ipset list -n
ipset -o save list h | sort
ipset test h 10.0.0.1
ipset test h 10.0.0.9
ipset del h 10.0.0.1
ipset del h 10.0.0.1
ipset del h 10.0.0.1 -exist
ipset add h 10.0.0.300
ipset add h 10.0.0.0/33
ipset add h fe80::1
ipset add h 0.0.0.0
ipset add nosuch 10.0.0.1
ipset list nosuch
ipset destroy nosuch
ipset flush nosuch
ipset create n hash:net
ipset add n 10.0.0.0/8
ipset add n 10.1.0.0/16 nomatch
ipset add n 192.168.1.1
ipset add n 0.0.0.0/0
ipset test n 10.2.3.4
ipset test n 10.1.3.4
ipset test n 10.1.0.0/16
ipset test n 10.1.0.0/16 nomatch
ipset list n | sort
ipset save n | sort
ipset create p bitmap:port range 1000-2000
ipset add p 1000
ipset add p 1500-1502
ipset add p 80
ipset add p tcp:1000
ipset list p
ipset test p 1501
ipset del p 1501
ipset save p
ipset create b bitmap:ip range 10.0.0.0/24
ipset add b 10.0.0.5
ipset add b 10.0.0.8/30
ipset add b 10.0.1.1
ipset list b
ipset create b2 bitmap:ip range 10.0.0.0-10.3.0.0
ipset create b3 bitmap:ip
ipset create hp hash:ip,port
ipset add hp 10.0.0.1,80
ipset add hp 10.0.0.1,udp:53
ipset add hp 10.0.0.1,tcp:8000-8002
ipset add hp 10.0.0.1,icmp:8/0
ipset add hp 10.0.0.1,icmp:ping
ipset add hp 10.0.0.1
ipset add hp 10.0.0.1,gre:0
ipset add hp 10.0.0.1,http
ipset list hp | sort
ipset create np hash:net,port
ipset add np 10.0.0.0/24,tcp:443
ipset add np 10.0.0.0/24,443
ipset test np 10.0.0.7,443
ipset list np
ipset create hpi hash:ip,port,ip
ipset add hpi 10.0.0.1,80,10.0.0.2
ipset list hpi
ipset create hpn hash:ip,port,net
ipset add hpn 10.0.0.1,80,10.0.0.0/8
ipset list hpn
ipset create nn hash:net,net
ipset add nn 10.0.0.0/24,10.1.0.0/24
ipset list nn
ipset create npn hash:net,port,net
ipset add npn 10.0.0.0/24,udp:53,10.1.0.0/24
ipset list npn
ipset create hm hash:mac
ipset add hm 02:00:00:00:00:0A
ipset add hm 02:00:00
ipset list hm
ipset create bm bitmap:ip,mac range 10.0.0.0/24
ipset add bm 10.0.0.1
ipset add bm 10.0.0.2,02:00:00:00:00:02
ipset list bm
ipset create him hash:ip,mac
ipset add him 10.0.0.2,02:00:00:00:00:02
ipset list him
ipset create hmark hash:ip,mark
ipset add hmark 10.0.0.2,0x10
ipset list hmark
ipset create ni hash:net,iface
ipset add ni 10.0.0.0/24,eth0
ipset add ni 10.0.0.0/24,physdev:eth1
ipset list ni | sort
ipset create ls list:set
ipset add ls h
ipset add ls n
ipset add ls p before h
ipset add ls nosuch
ipset add ls ls
ipset list ls
ipset test ls n
ipset test ls b
ipset destroy h
ipset del ls h
ipset destroy h
ipset list -n
ipset rename n net2
ipset rename net2 p
ipset swap net2 hp
ipset create net3 hash:net
ipset swap net2 net3
ipset list net3 | sort
ipset flush net3
ipset list net3
ipset flush
ipset destroy
ipset list -n
ipset -X
ipset list
