# ipset: timeouts, counters, comments, skbinfo, families, limits, output modes, restore
ipset create t hash:ip timeout 60 counters comment initval 0x11223344
ipset add t 10.0.0.1
ipset add t 10.0.0.2 timeout 0
ipset add t 10.0.0.3 timeout 500 comment "hello world"
ipset add t 10.0.0.4 packets 5 bytes 500
ipset add t 10.0.0.5 comment plain
ipset list t | sort | sed 's/timeout [45][0-9]*/timeout N/'
ipset save t | sort | sed 's/timeout [45][0-9]*/timeout N/'
ipset create c hash:ip comment initval 0x11223344
ipset add c 10.0.0.1 timeout 10
ipset add c 10.0.0.1 packets 1
ipset add c 10.0.0.1 comment one
ipset add c 10.0.0.2
ipset list c | sort
ipset create s hash:ip skbinfo
ipset add s 10.0.0.1 skbmark 0x1/0xff skbprio 1:10 skbqueue 2
ipset list s
ipset create f hash:ip family inet6
ipset add f 2001:db8::1
ipset add f 10.0.0.1
ipset add f 2001:db8::/64
ipset add f 2001:db8::1/128
ipset list f
ipset create f6 hash:net family inet6 initval 0x11223344
ipset add f6 2001:db8::/32
ipset add f6 fe80::1
ipset test f6 2001:db8:1::1
ipset list f6 | sort
ipset create bf hash:ip family inet7
ipset create bf bitmap:ip family inet6 range 10.0.0.0/24
ipset create m hash:ip maxelem 2
ipset add m 10.0.0.1
ipset add m 10.0.0.2
ipset add m 10.0.0.3
ipset list m -t
ipset create fa hash:ip maxelem 2 forceadd
ipset list fa
ipset create nm hash:ip netmask 24
ipset add nm 10.0.0.7
ipset list nm
ipset test nm 10.0.0.200
ipset create hs hash:ip hashsize 100
ipset list hs
ipset create hs2 hash:ip hashsize 2048 bucketsize 4
ipset list hs2 -t
ipset create z hash:bogus
ipset create z
ipset create
ipset create z hash:ip bogus 1
ipset create z hash:ip timeout
ipset create z hash:ip timeout x
ipset create z hash:ip timeout 9999999
ipset create z hash:net range 10.0.0.0/24
ipset create aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd hash:ip
ipset bogus
ipset
ipset add c
ipset add
ipset test c
ipset del c
ipset destroy c d
ipset list a b
ipset swap c
ipset rename c
ipset -N old iphash
ipset -A old 1.2.3.4
ipset -L old
ipset -T old 1.2.3.4
ipset -D old 1.2.3.4
ipset -F old
ipset -E old new
ipset -X new
ipset -N old2 nethash --hashsize 512
ipset -L old2
ipset -q add c 10.0.0.1
ipset -! add c 10.0.0.1
ipset -q test c 10.0.0.9
ipset --version
ipset version
ipset -v
ipset list c -s
ipset list -o xml c
ipset list -o json c
ipset list -o save c
ipset list -o bogus c
ipset list c -f /tmp/x
ipset save -t
ipset list -t -n
ipset create d hash:ip
ipset save d -f /tmp/d.txt
cat /tmp/d.txt
ipset destroy d
ipset restore -f /tmp/d.txt
ipset list d
ipset restore -f /tmp/d.txt
ipset restore -! -f /tmp/d.txt
ipset restore -f /tmp/none.txt
printf 'create r hash:ip\nadd r 1.1.1.1\nadd r 1.1.1.1\n' | ipset restore
printf 'create r2 hash:ip\nadd r2 1.1.1.1\nbogus r2\n' | ipset restore
printf '# comment\n\nadd r2 2.2.2.2\nadd r2 3.3.3.300\n' | ipset restore
printf 'add nope 2.2.2.2\n' | ipset restore
printf 'add r2 2.2.2.2\nCOMMIT\n' | ipset restore
ipset list r2 | sort
ipset list r
ip netns add x
ip netns exec x ipset list
ip netns exec x ipset create only hash:ip
ipset list only
