# ipset: limits of hashes, output as XML, options in other places, names of ipset 4
ipset create o hash:ip hashsize 0
ipset list -t o
ipset create o2 hash:ip maxelem 0
ipset list -t o2
ipset create o3 hash:ip hashsize 1
ipset list -t o3
ipset create o4 hash:ip bucketsize 100
ipset list -t o4
ipset create o5 hash:ip bucketsize 5
ipset list -t o5
ipset create s1 hash:ip maxelem 1000
ipset add s1 1.1.1.1
ipset create s2 hash:ip timeout 3
ipset swap s1 s2
ipset list -t s1
ipset create s6 hash:ip family inet6
ipset swap s1 s6
ipset list s1 -s
echo
ipset create cc hash:ip comment
ipset add cc 1.1.1.1 comment 'a b'
ipset list -o xml cc
ipset create t hash:ip timeout 9 counters
ipset add t 1.1.1.1
ipset list -o xml t
ipset create k hash:ip,port,ip
ipset add k 1.1.1.1,80
ipset add k 1.1.1.1
ipset add k 1.1.1.1,80,1.1.1.1,5
ipset add k 1.1.1.1,80,fd00::1
ipset add k 1.1.1.1,80,1.1.1.2-1.1.1.4
ipset save k
ipset create n hash:net
ipset add n 10.0.0.0-
ipset add n -
ipset add n /8
ipset add n 10.0.0.0/8/9
ipset add n ''
ipset add n 10.0.0.0/255.0.0.0
ipset add n 1.2.3.4/08
ipset add n 1.1.1.1,2.2.2.2
ipset create i hash:ip
ipset add i 1.1.1.1,2
ipset add i 1.1.1.1-
ipset add i '1.1.1.1 2.2.2.2'
ipset create l list:set
ipset add l i before
ipset add l i near k
ipset add l i
ipset add l k after i
ipset add l n before i
ipset save l
ipset list -o save l
ipset test l k after i
ipset test l i,k
ipset create b bitmap:ip range 10.0.0.0/24
ipset add b fd00::1
ipset add b 10.0.0.x
ipset add b 10.0.0.1,3
ipset create b9 bitmap:ip range x
ipset create b9 bitmap:ip range 10.0.0.0/33
ipset create b9 bitmap:port range x-y
ipset create b9 bitmap:port range 1-70000
ipset create b9 bitmap:ip range fd00::/120
ipset create b9 bitmap:ip range 10.0.0.0/24 netmask 33
ipset create t1 hash:ip timeout 5 timeout 6
ipset create t2 hash:ip family inet family inet6
ipset create t3 hash:ip hashsize x
ipset create t4 hash:ip maxelem -1
ipset create t5 hash:ip family
ipset create t6 hash:ip maxelem 99999999999
ipset create t7 hash:ip counters 5
ipset add i 1.1.1.1 timeout 5 timeout 6
ipset add t 1.1.1.9 timeout 5 timeout 6
ipset add t 1.1.1.9 packets 5 packets 6
ipset -o
ipset -f
ipset list -o
ipset list i k
ipset -n list i
ipset -t -n
ipset flush i k
ipset add i 5.5.5.5 6.6.6.6
ipset del i 5.5.5.5 comment x
ipset test i 5.5.5.5 timeout 5
ipset del i 5.5.5.5 nomatch
ipset test
ipset -s list b
ipset list -s -t b
ipset restore </dev/null
ipset -i
ipset list --sorted i
ipset --exist add i 1.1.1.1
ipset add i 1.1.1.1 --exist
ipset --quiet test i 1.1.1.1
ipset --output save list i
ipset -terse list i
ipset -name list i
ipset list -name
ipset -quiet destroy zzz
ipset save -name
ipset version x
ipset list -t -t
ipset -!add i 1.1.1.1
ipset create j iphash
ipset create j4 ipporthash
ipset create j5 setlist
ipset create j7 ipportnethash
ipset create j8 ipportiphash
ipset create j9 iptree
ipset list -t -o plain | grep Type
ipset create k9 hash:net,port --family inet6
ipset create q1 hash:ip probes 3 resize 5
ipset create q2 hash:ip gc 4
ipset create q3 hash:ip netmask 255.255.255.0

