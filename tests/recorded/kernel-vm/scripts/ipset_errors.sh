# ipset: what is refused, and how: elements, ports, options, comments, bitmaps, lists, abbreviations, restore
ipset create hp hash:ip,port
ipset add hp 10.0.0.1,tcp:x
ipset add hp 10.0.0.1,tcp:70000
ipset add hp 10.0.0.1,foo:80
ipset add hp 10.0.0.1,gre:5
ipset add hp 10.0.0.1,icmp:x
ipset add hp 10.0.0.1,tcp:
ipset add hp 10.0.0.1,80,90
ipset add hp 10.0.0.1,tcp:ssh
ipset add hp 10.0.0.1,47:0
ipset add hp 10.0.0.1,udp:domain
ipset add hp 10.0.0.1,tcp:90-80
ipset add hp 10.0.0.1,icmpv6:1
ipset add hp 10.0.0.1,icmp:8
ipset add hp 10.0.0.1,icmp:13/0
ipset add hp 10.0.0.1,icmp:200/1
ipset add hp 10.0.0.0/30,22
ipset add hp 10.0.0.1,sctp:5
ipset test hp 10.0.0.1,icmp:8/0
ipset test hp 10.0.0.1,22
ipset test hp 10.0.0.1,23
ipset test hp 10.0.0.0/24,23
ipset test hp 10.0.0.1,20-30
ipset del hp 10.0.0.1,ssh
ipset del hp 10.0.0.1,tcp:ssh
ipset list hp | sort
ipset create n hash:net initval 0x1
ipset add n 10.0.0.1-10.0.0.7
ipset add n 10.0.9.9/24
ipset add n 10.0.8.0/24 bogus
ipset add n 10.0.8.0/24 timeout 5
ipset add n nosuch.example
ipset add n 10.0.0.0/x
ipset add n 10.0.0.9-10.0.0.8
ipset add n 1.2.3
ipset add n 1.2.3.4/32
ipset list n | sort
ipset del n 10.0.9.0/25
ipset del n 10.0.9.77/24
ipset test n 10.0.0.3
ipset test n 10.0.0.200
ipset test n 1.2.3.4
ipset create bad:name hash:ip
ipset create -x hash:ip
ipset create a,b hash:ip
ipset create "a b" hash:ip
ipset list -n
ipset destroy "a b"
ipset destroy a,b
ipset destroy bad:name
ipset create h hash:ip timeout 5 maxelem 1000
ipset create h hash:ip timeout 5 -exist
ipset create h hash:ip timeout 5 maxelem 1000 -exist
ipset create h hash:ip timeout 6 maxelem 1000 -exist
ipset create h hash:ip family inet6 maxelem 1000 timeout 5 -exist
ipset add h 1.1.1.1 timeout -1
ipset add h 1.1.1.1 timeout 3000000
ipset add h 1.1.1.1 timeout
ipset add h 1.1.1.1 comment x
ipset add h 1.1.1.1 nomatch
ipset add h 1.1.1.1 skbmark 1
ipset create n2 hash:net
ipset swap n h
ipset swap n n2
ipset list n2 -t
ipset rename n n2
ipset rename n n3
ipset rename n3 n
ipset rename n3 n3
ipset swap n2 nosuch
ipset create cc hash:ip comment
ipset add cc 1.1.1.1 comment 'a "q" b'
ipset add cc 1.1.1.2 comment ''
ipset add cc 1.1.1.2 comment "$(printf 'x%.0s' $(seq 300))"
ipset save cc
ipset create bp bitmap:port range 1-1024
ipset add bp http
ipset add bp udp:53
ipset add bp 22-25
ipset add bp 70000
ipset add bp foo
ipset test bp 80
ipset test bp 2000
ipset test bp 22-25
ipset save bp
ipset del bp 22-24
ipset create bp2 bitmap:port range 10-5
ipset save bp2
ipset create bp2 bitmap:port range 5
ipset create bp3 bitmap:port
ipset create bi bitmap:ip range 10.0.0.0/16 netmask 24
ipset add bi 10.0.3.7
ipset list bi
ipset create bi2 bitmap:ip range 10.0.0.0
ipset create bi3 bitmap:ip range 10.0.0.9-10.0.0.1
ipset list bi3
ipset create l list:set size 2
ipset add l n
ipset add l h
ipset add l cc
ipset add l n
ipset add l hp after n
ipset list l
ipset add l cc before nosuch
ipset test l nosuch
ipset test l cc
ipset del l cc
ipset del l n after h
ipset del l n before h
ipset list l
ipset flush h
ipset destroy h
ipset list -o xml n
ipset list -o xml l
ipset save -o xml bp
ipset list -o plain bp -t
ipset list -n n
ipset list -o xml -n
ipset list -o xml -t n
ipset create o hash:ip hashsize 0
ipset create o2 hash:ip maxelem 0
ipset create o3 hash:ip bucketsize 1
ipset list o3 -t
ipset create o4 hash:ip initval 5
ipset list o4 -t
ipset create o5 hash:ip initval 0x5 netmask 33
ipset create o6 hash:ip netmask 0
ipset create o7 hash:ip family inet6 netmask 64
ipset create o9 hash:net netmask 24
ipset create p1 hash:ip -4
ipset create p2 hash:ip -6
ipset create p3 hash:ip 10.0.0.1
ipset list p2 -t
ipset add
ipset -A
ipset add -exist n 9.9.9.9
ipset -exist add n 9.9.9.9
ipset -o save -t list n
ipset add n 8.8.8.8 -bogus
ipset --bogus
ipset -h
ipset list -x
ipset del n
ipset -q del n 7.7.7.7
ipset -q destroy nosuch
ipset x n
ipset n p6 hash:ip
ipset a p6 1.1.1.1
ipset l p6
ipset new p7 hash:ip
ipset cre p7 hash:ip
ipset quit
ipset restore x
printf 'create q hash:ip\nadd q 1.1.1.1 timeout 3\n' | ipset restore; echo $?
printf 'create q2 hash:ip\nadd q2 1.1.1.1\nadd q2 1.1.1.1\nadd q2 1.1.1.2\n' | ipset restore -exist; echo $?
printf 'add q2 1.1.1.2\nadd q2 1.1.1.1\nadd q2 1.1.1.3\n' | ipset restore -!; echo $?
printf 'create q3 hash:ip\ncreate q3 hash:ip\n' | ipset restore; echo $?
printf 'create q5 hash:ip\nlist q5\n' | ipset restore; echo $?
printf -- '-N q6 hash:ip\n-A q6 1.1.1.1\n-A q6 1.1.1.1\n' | ipset restore; echo $?
printf 'flush q6\ndestroy q6\ndestroy q6\n' | ipset restore; echo $?
printf 'create q7 hash:ip comment\nadd q7 1.1.1.1 comment "a b"\n' | ipset restore; echo $?; ipset save q7
printf 'del q2 9.9.9.9\n' | ipset restore; echo $?
printf 'add q2 bogus extra\n' | ipset restore; echo $?
printf 'add q2\n' | ipset restore; echo $?
printf 'create q9 hash:bogus\n' | ipset restore; echo $?
ipset -L q2

