# ipvlan and macvlan on this kernel, and their refusals
docker network create -d ipvlan ip1
docker network create -d ipvlan -o parent=eth0 ip2
docker network create -d ipvlan -o parent=eth0 --subnet 10.1.0.0/24 ip3
docker network create -d ipvlan -o parent=eth0 -o ipvlan_mode=l3 --subnet 10.2.0.0/24 ip4
docker network create -d ipvlan -o parent=eth0 -o ipvlan_mode=l4 ip5
docker network create -d ipvlan -o parent=eth0 -o ipvlan_flag=foo ip6
docker network create -d ipvlan -o parent=lo ip7
docker network create -d ipvlan -o parent=eth9 ip8
docker network create -d ipvlan -o parent=eth9.10 ip9
docker network create -d ipvlan -o parent=eth0.10 ip10
docker network create -d ipvlan -o parent=eth0.9999 ip11
docker network create -d ipvlan -o parent=eth0.foo ip12
docker network create -d ipvlan --internal ip13
docker network create -d ipvlan -o mode=l3 ip14
docker network create -d ipvlan -o parent=eth0 -o ipvlan_mode=l3s --subnet 10.2.0.0/24 --gateway 10.2.0.9 ip15
docker network ls --format '{{.Name}} {{.Driver}}'
docker network inspect ip2
docker network inspect ip4
docker network inspect ip15
docker run -d --name x --network ip2 alpine
docker run -d --name y --network ip2 --mac-address 02:42:00:00:00:01 alpine
docker inspect x -f '{{.State.Status}} {{.State.Error}}'
docker network create -d macvlan -o parent=eth0 -o macvlan_mode=passthru mp
docker network create -d macvlan -o parent=eth0 -o macvlan_mode=bridge --subnet 192.168.56.0/24 --gateway 192.168.56.20 --ip-range 192.168.56.128/25 mb
docker network create -d macvlan -o parent=eth0 -o macvlan_mode=private mpriv
docker network create -d macvlan -o parent=eth0 -o macvlan_mode=foo mf
docker network create -d macvlan -o parent=eth0.20 mv
docker network create -d macvlan --internal mi
docker network create -d macvlan mn
docker run -d --name m1 --network mb alpine
docker exec m1 ip addr show eth0
docker exec m1 ip route
docker exec m1 ping -c 1 192.168.56.20
docker restart -t 0 m1
docker exec m1 ip -br addr
docker network disconnect mb m1
docker exec m1 ip -br addr
docker network connect --ip 192.168.56.200 mb m1
docker exec m1 ip -br addr
docker run -d --name m2 --network mb -p 8080:80 nginx
docker port m2
systemctl restart docker
docker network ls --format '{{.Name}} {{.Driver}}'
docker start m1
docker exec m1 ip -br addr
docker network rm mb
docker rm -f m1 m2
docker network rm mb mp mpriv
docker network create -d overlay o1
docker network create -d foo f1
docker network create -d host h1
docker network create -d null nn1
docker network create -d none nn2
