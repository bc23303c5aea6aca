# A container on an IPv6 network that is restarted, or replaced by another one with its address, is reachable again at once
docker network create -o com.docker.network.bridge.name=br-n1 --ipv6 --subnet fd00:1::/64 --subnet 10.1.0.0/24 n1
docker run -d --name ca --network n1 --ip6 fd00:1::10 --ip 10.1.0.10 alpine sleep 1d
docker run -d --name cb --network n1 --ip6 fd00:1::20 --ip 10.1.0.20 alpine sleep 1d
@sleep 4
docker exec ca ping -c 1 -W 2 fd00:1::20
docker exec ca ping -c 1 -W 2 10.1.0.20
docker exec ca ip neigh
@capture - br-n1
docker rm -f cb
docker run -d --name cc --network n1 --ip6 fd00:1::20 --ip 10.1.0.20 alpine sleep 1d
docker exec ca ip -6 neigh show fd00:1::20
docker exec ca ping -c 1 -W 2 fd00:1::20
docker exec ca ping -c 1 -W 2 10.1.0.20
@sleep 3
@stop
docker exec ca ip neigh
docker restart -t 0 cc
docker exec ca ping -c 1 -W 2 fd00:1::20
docker exec cc ip -6 addr show eth0
