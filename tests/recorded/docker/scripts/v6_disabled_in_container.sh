# Containers on IPv6 networks in which IPv6 is disabled by a sysctl
docker network create -o com.docker.network.bridge.name=br-n1 --ipv6 --subnet fd00:1::/64 --subnet 10.1.0.0/24 n1
docker run -d --name peer --network n1 alpine sleep 1d
docker run -d --name all --network n1 --sysctl net.ipv6.conf.all.disable_ipv6=1 alpine sleep 1d
docker inspect -f '{{json .NetworkSettings.Networks.n1.GlobalIPv6Address}} {{.NetworkSettings.Networks.n1.IPAddress}} {{.State.Status}}' all
docker exec all ip addr show eth0
docker exec all ip -6 route
docker exec all sysctl net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.default.disable_ipv6 net.ipv6.conf.eth0.disable_ipv6 net.ipv6.conf.lo.disable_ipv6
docker exec all cat /etc/hosts
docker exec peer getent ahosts all
docker exec peer ping -c 1 -W 1 10.1.0.3
docker exec peer ping -c 1 -W 1 fd00:1::3
docker exec all ip -6 addr
docker run -d --name def --network n1 --sysctl net.ipv6.conf.default.disable_ipv6=1 alpine sleep 1d
docker exec def ip addr show eth0
docker exec def sysctl net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.default.disable_ipv6 net.ipv6.conf.eth0.disable_ipv6
docker inspect -f '{{.NetworkSettings.Networks.n1.GlobalIPv6Address}}' def
docker run -d --name one --network n1 --sysctl net.ipv6.conf.eth0.disable_ipv6=1 alpine sleep 1d
docker ps -a --format '{{.Names}} {{.Status}}' --filter name=one
docker run -d --name opt --network name=n1,driver-opt=com.docker.network.endpoint.sysctls=net.ipv6.conf.IFNAME.disable_ipv6=1 alpine sleep 1d
docker exec opt ip addr show eth0
docker inspect -f '{{.NetworkSettings.Networks.n1.GlobalIPv6Address}}' opt
docker run -d --name v4 --network bridge --sysctl net.ipv6.conf.all.disable_ipv6=1 alpine sleep 1d
docker exec v4 ip addr
docker exec v4 cat /etc/hosts
docker network connect n1 v4
docker exec v4 ip addr show eth1
docker exec v4 ip -6 route
docker network inspect -f '{{range .Containers}}{{.Name}} {{.IPv6Address}}{{println}}{{end}}' n1
docker run -d --name en --network bridge --sysctl net.ipv6.conf.all.disable_ipv6=0 alpine sleep 1d
docker exec en ip addr
docker restart -t 0 all
docker exec all ip addr show eth0
docker run -d --name pub --network n1 --sysctl net.ipv6.conf.all.disable_ipv6=1 -p 8080:80 alpine sleep 1d
docker ps --filter name=pub --format '{{.Ports}}'
docker port pub
ip6tables-save -t nat
docker exec all ping -c 1 -W 1 ::1
