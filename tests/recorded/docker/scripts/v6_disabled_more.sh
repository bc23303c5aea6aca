# Containers without IPv6: fixed addresses, networks without IPv4, nothing advertised, links and extra hosts
docker network create -o com.docker.network.bridge.name=br-n1 --ipv6 --subnet fd00:1::/64 --subnet 10.1.0.0/24 n1
docker network create -o com.docker.network.bridge.name=br-n0 --ipv6 --subnet fd00:2::/64 --subnet 10.2.0.0/24 -o com.docker.network.advertise_addr_nmsgs=0 n0
docker run -d --name fixed --network n1 --ip6 fd00:1::50 --sysctl net.ipv6.conf.all.disable_ipv6=1 alpine sleep 1d
docker inspect -f '{{json .NetworkSettings.Networks.n1.GlobalIPv6Address}} {{json .NetworkSettings.Networks.n1.IPv6Gateway}} {{json .NetworkSettings.Networks.n1.IPAMConfig}}' fixed
docker exec fixed ip -br addr
docker run -d --name lo --network n1 --sysctl net.ipv6.conf.lo.disable_ipv6=1 alpine sleep 1d
docker exec lo ip -br -4 addr
docker exec lo cat /proc/sys/net/ipv6/conf/eth0/disable_ipv6
docker exec lo cat /etc/hosts
docker run -d --name quiet --network name=n0,driver-opt=com.docker.network.endpoint.sysctls=net.ipv6.conf.IFNAME.disable_ipv6=1 alpine sleep 1d
docker inspect -f '{{json .NetworkSettings.Networks.n0.GlobalIPv6Address}} {{json .NetworkSettings.Networks.n0.IPv6Gateway}}' quiet



docker run -d --name extra --network n1 --add-host v6:fd00::9 --add-host v4:10.9.9.9 --sysctl net.ipv6.conf.all.disable_ipv6=1 alpine sleep 1d
docker exec extra cat /etc/hosts
docker run -d --name own --network n1 --privileged alpine sleep 1d
docker exec own sysctl -w net.ipv6.conf.all.disable_ipv6=1
docker exec own ip -br addr
docker inspect -f '{{json .NetworkSettings.Networks.n1.GlobalIPv6Address}}' own
docker network connect n0 own
docker exec own ip -br addr
docker exec own sysctl net.ipv6.conf.eth1.disable_ipv6
docker inspect -f '{{json .NetworkSettings.Networks.n0.GlobalIPv6Address}}' own
docker network disconnect n0 own
docker exec own cat /etc/hosts
docker network disconnect n1 fixed
docker network connect --ip6 fd00:1::51 n1 fixed
docker exec fixed ip -br addr
docker inspect -f '{{json .NetworkSettings.Networks.n1.GlobalIPv6Address}}' fixed
docker run -d --name mode --network container:fixed alpine sleep 1d
docker exec mode cat /etc/hosts
