# Questions of moby's integration/network and integration/networking (b985e2313a) which a later engine answers otherwise
docker network create --internal --subnet 192.168.123.0/24 --gateway 192.168.123.1 intnet
docker network create extnet
docker run -d --name cc --privileged --network intnet nettools
docker exec cc ip route add default via 192.168.123.1
docker network connect extnet cc
docker inspect -f '{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{$e.IPAddress}} {{end}}' cc
docker network inspect -f '{{json .Containers}}' extnet
docker exec cc ip link show eth0
docker exec cc ip link show eth1
docker exec cc ip route del default via 192.168.123.1
docker network connect extnet cc
docker inspect -f '{{range $n, $e := .NetworkSettings.Networks}}{{$n}} {{$e.IPAddress}} {{end}}' cc
docker exec cc ip link show eth1
docker exec cc ip route
docker network create --ipv6 six
docker run -d --name c6 --network name=six,driver-opt=com.docker.network.endpoint.sysctls=net.ipv6.conf.IFNAME.disable_ipv6=1 nettools
docker exec c6 ip a show eth0
docker inspect -f '{{range .NetworkSettings.Networks}}{{.GlobalIPv6Address}} {{.GlobalIPv6PrefixLen}} {{.IPAddress}}{{end}}' c6
docker run --rm --network six nettools ping -6 -c1 c6
docker ps -a --format '{{.Names}} {{.State}}'
docker network create pools
docker run --rm --network pools --ip 172.21.0.9 nettools ip -br a
docker network disconnect extnet cc
docker network connect extnet cc
