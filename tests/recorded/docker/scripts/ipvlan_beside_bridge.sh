# A bridge network with ipvlan l3, ipvlan l2 and macvlan networks on the same parent, or on a bridge as parent
docker network create -o com.docker.network.bridge.name=br-n1 --subnet 10.1.0.0/24 n1
docker network create -d ipvlan -o parent=eth0 -o ipvlan_mode=l3 --subnet 10.5.0.0/24 p1
docker network create -d ipvlan -o parent=eth0 -o ipvlan_mode=l3 --subnet 10.6.0.0/24 p2
docker network create -d macvlan -o parent=eth0 --subnet 10.7.0.0/24 m1
docker network create -d ipvlan -o parent=br-n1 -o ipvlan_mode=l3 --subnet 10.8.0.0/24 p3
docker network create -d macvlan -o parent=br-n1 --subnet 10.9.0.0/24 m2
docker network ls --format '{{.Name}} {{.Driver}}'
docker run -d --name cx --network p3 alpine sleep 1d
docker run -d --name cy --network m2 alpine sleep 1d
docker ps -a --format '{{.Names}} {{.Status}}'
docker run -d --name c1 --network n1 alpine sleep 1d
docker network connect p1 c1
docker exec cy ip addr show eth0
