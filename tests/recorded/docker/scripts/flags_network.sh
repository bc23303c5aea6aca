# Every flag of docker network create, tried once
docker network create --attachable nt0
docker network inspect nt0
docker network rm nt0
docker network create --aux-address a=10.1.0.3 --subnet 10.1.0.0/24 nt1
docker network inspect nt1
docker network rm nt1
docker network create --aux-address a=10.1.0.3 nt2
docker network inspect nt2
docker network rm nt2
docker network create --aux-address a --subnet 10.1.0.0/24 nt3
docker network inspect nt3
docker network rm nt3
docker network create --aux-address a=10.9.0.3 --subnet 10.1.0.0/24 nt4
docker network inspect nt4
docker network rm nt4
docker network create --aux-address a=10.1.0.3 --aux-address b=10.1.0.3 --subnet 10.1.0.0/24 nt5
docker network inspect nt5
docker network rm nt5
docker network create --config-from nope nt6
docker network inspect nt6
docker network rm nt6
docker network create --config-only nt7
docker network inspect nt7
docker network rm nt7
docker network create --config-only --internal nt8
docker network inspect nt8
docker network rm nt8
docker network create --config-only --subnet 10.1.0.0/24 --label a=b nt9
docker network inspect nt9
docker network rm nt9
docker network create -d bridge nt10
docker network inspect nt10
docker network rm nt10
docker network create -d foo nt11
docker network inspect nt11
docker network rm nt11
docker network create -d ipvlan nt12
docker network inspect nt12
docker network rm nt12
docker network create -d macvlan nt13
docker network inspect nt13
docker network rm nt13
docker network create -d host nt14
docker network inspect nt14
docker network rm nt14
docker network create -d null nt15
docker network inspect nt15
docker network rm nt15
docker network create -d none nt16
docker network inspect nt16
docker network rm nt16
docker network create -d overlay nt17
docker network inspect nt17
docker network rm nt17
docker network create -d "" nt18
docker network inspect nt18
docker network rm nt18
docker network create --gateway 10.1.0.1 nt19
docker network inspect nt19
docker network rm nt19
docker network create --gateway 10.1.0.1 --subnet 10.1.0.0/24 nt20
docker network inspect nt20
docker network rm nt20
docker network create --gateway 10.1.0.0 --subnet 10.1.0.0/24 nt21
docker network inspect nt21
docker network rm nt21
docker network create --gateway 10.1.0.255 --subnet 10.1.0.0/24 nt22
docker network inspect nt22
docker network rm nt22
docker network create --gateway 10.1.0.1 --gateway 10.1.0.2 --subnet 10.1.0.0/24 nt23
docker network inspect nt23
docker network rm nt23
docker network create --gateway x --subnet 10.1.0.0/24 nt24
docker network inspect nt24
docker network rm nt24
docker network create --ingress nt25
docker network inspect nt25
docker network rm nt25
docker network create --internal nt26
docker network inspect nt26
docker network rm nt26
docker network create --ip-range 10.1.0.0/28 --subnet 10.1.0.0/24 nt27
docker network inspect nt27
docker network rm nt27
docker network create --ip-range 10.1.0.0/16 --subnet 10.1.0.0/24 nt28
docker network inspect nt28
docker network rm nt28
docker network create --ip-range 10.1.0.3/28 --subnet 10.1.0.0/24 nt29
docker network inspect nt29
docker network rm nt29
docker network create --ip-range 10.2.0.0/28 --subnet 10.1.0.0/24 nt30
docker network inspect nt30
docker network rm nt30
docker network create --ip-range x --subnet 10.1.0.0/24 nt31
docker network inspect nt31
docker network rm nt31
docker network create --ip-range 10.1.0.0/28 nt32
docker network inspect nt32
docker network rm nt32
docker network create --ipam-driver null nt33
docker network inspect nt33
docker network rm nt33
docker network create --ipam-driver foo nt34
docker network inspect nt34
docker network rm nt34
docker network create --ipam-driver default nt35
docker network inspect nt35
docker network rm nt35
docker network create --ipam-opt a=b nt36
docker network inspect nt36
docker network rm nt36
docker network create --ipv4=false nt37
docker network inspect nt37
docker network rm nt37
docker network create --ipv4=false --ipv6 nt38
docker network inspect nt38
docker network rm nt38
docker network create --ipv4=maybe nt39
docker network inspect nt39
docker network rm nt39
docker network create --ipv6 nt40
docker network inspect nt40
docker network rm nt40
docker network create --ipv6 --subnet 2001:db8::/64 nt41
docker network inspect nt41
docker network rm nt41
docker network create --ipv6 --subnet 10.1.0.0/24 --subnet 2001:db8::/64 nt42
docker network inspect nt42
docker network rm nt42
docker network create --ipv6 --subnet 2001:db8::/64 --subnet 2001:db8:1::/64 nt43
docker network inspect nt43
docker network rm nt43
docker network create --subnet 10.1.0.0/24 --subnet 10.2.0.0/24 nt44
docker network inspect nt44
docker network rm nt44
docker network create --subnet 10.1.0.0/24 --subnet 10.1.0.0/25 nt45
docker network inspect nt45
docker network rm nt45
docker network create --label a=b --label c nt46
docker network inspect nt46
docker network rm nt46
docker network create -o a=b -o c nt47
docker network inspect nt47
docker network rm nt47
docker network create -o com.docker.network.bridge.name=xx nt48
docker network inspect nt48
docker network rm nt48
docker network create --scope local nt49
docker network inspect nt49
docker network rm nt49
docker network create --scope swarm nt50
docker network inspect nt50
docker network rm nt50
docker network create --scope global nt51
docker network inspect nt51
docker network rm nt51
docker network create --scope foo nt52
docker network inspect nt52
docker network rm nt52
docker network create --subnet 10.1.0.0/24 nt53
docker network inspect nt53
docker network rm nt53
docker network create --subnet 10.1.0.0 nt54
docker network inspect nt54
docker network rm nt54
docker network create --subnet 10.1.0.5/24 nt55
docker network inspect nt55
docker network rm nt55
docker network create --subnet 10.1.0.0/31 nt56
docker network inspect nt56
docker network rm nt56
docker network create --subnet 10.1.0.0/32 nt57
docker network inspect nt57
docker network rm nt57
docker network create --subnet 0.0.0.0/0 nt58
docker network inspect nt58
docker network rm nt58
docker network create --subnet 224.0.0.0/24 nt59
docker network inspect nt59
docker network rm nt59
docker network create --subnet 169.254.0.0/16 nt60
docker network inspect nt60
docker network rm nt60
docker network create --subnet 127.0.0.0/8 nt61
docker network inspect nt61
docker network rm nt61
docker network create --subnet 255.255.255.0/24 nt62
docker network inspect nt62
docker network rm nt62
docker network create --subnet 0.0.0.0/8 nt63
docker network inspect nt63
docker network rm nt63
docker network create --subnet ::/0 --ipv6 nt64
docker network inspect nt64
docker network rm nt64
docker network create --subnet ff02::/64 --ipv6 nt65
docker network inspect nt65
docker network rm nt65
docker network create --subnet ::1/128 --ipv6 nt66
docker network inspect nt66
docker network rm nt66
docker network create --subnet fe80::/64 --ipv6 nt67
docker network inspect nt67
docker network rm nt67
docker network create --subnet x nt68
docker network inspect nt68
docker network rm nt68
docker network create --subnet 10.0.0.0/8 nt69
docker network inspect nt69
docker network rm nt69
docker network create --subnet 172.17.5.0/24 nt70
docker network inspect nt70
docker network rm nt70
docker network create --nosuchflag nt71
docker network inspect nt71
docker network rm nt71
docker network create
docker network create a b
docker network create ""
docker network create " "
docker network create bridge
docker network create "a/b c"
docker network rm "a/b c"
docker network create -h
docker network create --help
docker run
docker run --help
