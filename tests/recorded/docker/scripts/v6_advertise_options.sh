# How often an endpoint's addresses are advertised: com.docker.network.advertise_addr_nmsgs and advertise_addr_ms
docker network create -o com.docker.network.bridge.name=br-n1 --ipv6 --subnet fd00:1::/64 --subnet 10.1.0.0/24 -o com.docker.network.advertise_addr_nmsgs=2 -o com.docker.network.advertise_addr_ms=300 n1
docker network create -o com.docker.network.bridge.name=br-n0 --ipv6 --subnet fd00:2::/64 --subnet 10.2.0.0/24 -o com.docker.network.advertise_addr_nmsgs=0 n0
docker network create -o com.docker.network.bridge.name=br-n2 --ipv6 --ipv4=false --subnet fd00:3::/64 -o com.docker.network.advertise_addr_nmsgs=1 n2
docker run -d --name cx --network n1 alpine sleep 1d
docker run -d --name cy --network n0 alpine sleep 1d
docker run -d --name cz --network n2 alpine sleep 1d
@sleep 3
@capture - br-n1
docker run -d --name ca --network n1 alpine sleep 1d
@sleep 3
@stop
@capture - br-n0
docker run -d --name cb --network n0 alpine sleep 1d
@sleep 3
@stop
@capture - br-n2
docker run -d --name cc --network n2 alpine sleep 1d
@sleep 3
@stop
docker network create -o com.docker.network.advertise_addr_nmsgs=4 bad1
docker network create -o com.docker.network.advertise_addr_nmsgs=-1 bad2
docker network create -o com.docker.network.advertise_addr_nmsgs=x bad3
docker network create -o com.docker.network.advertise_addr_ms=99 bad4
docker network create -o com.docker.network.advertise_addr_ms=2001 bad5
docker network create -o com.docker.network.advertise_addr_ms=x bad6
docker network create -o com.docker.network.advertise_addr_ms=2000 -o com.docker.network.advertise_addr_nmsgs=3 good
docker network create -o com.docker.network.advertise_addr_ms=100 -o com.docker.network.advertise_addr_nmsgs=0 good2
docker network inspect -f '{{json .Options}}' good
docker network create -d macvlan -o parent=eth0 -o com.docker.network.advertise_addr_nmsgs=4 --subnet 10.9.0.0/24 badm
docker network create -d ipvlan -o com.docker.network.advertise_addr_ms=1 --subnet 10.8.0.0/24 badi
docker network ls --format '{{.Name}}'
docker run -d --name ce --network name=n1,driver-opt=com.docker.network.advertise_addr_nmsgs=0 alpine sleep 1d
docker inspect -f '{{json .NetworkSettings.Networks.n1.DriverOpts}}' ce
