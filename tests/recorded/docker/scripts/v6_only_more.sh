# IPv6-only and dual-stack networks in all combinations
docker network create --ipv4=false --ipv6 only6
docker network inspect only6
docker run -d --name ca --network only6 -p 8080:80 nginx
docker run -d --name cb --network only6 alpine
docker exec ca ip addr show eth0
docker exec ca ip route
docker exec ca ip -6 route
docker exec cb ping -c 1 ca
docker exec cb getent ahosts ca
docker port ca
docker exec ca cat /etc/hosts
docker inspect ca -f '{{json .NetworkSettings.Networks}}'
iptables-save
ip6tables-save
curl -s http://127.0.0.1:8080/
curl -s 'http://[::1]:8080/'
docker network create --ipv6 --subnet 2001:db8:7::/64 --gateway 2001:db8:7::ffff dual
docker run -d --name cc --network dual --ip6 2001:db8:7::99 alpine
docker exec cc ip -br addr
docker network connect dual ca
docker exec ca ip -6 route
docker exec ca ip route
docker port ca
docker network connect only6 cc
docker exec cc ip -6 route
docker network create --ipv4=false none4
docker network create --ipv4=false --ipv6=false noip
docker network create --ipv4=false --ipv6 --subnet 10.8.0.0/24 wrong
docker network create --ipv6 --subnet 2001:db8:8::/64 --ip-range 2001:db8:8::100/120 r6
docker run -d --name cd --network r6 alpine
docker exec cd ip -br addr
docker network inspect r6
docker network create --ipv6 --internal int6
docker run -d --name ce --network int6 alpine
docker exec ce ip -6 route
ip6tables-save
docker run -d --name cf --network r6 --ip6 2001:db8:9::1 alpine
docker run -d --name cg --network only6 --ip6 fd00::1 alpine
docker run -d --name ch --network r6 --sysctl net.ipv6.conf.all.disable_ipv6=1 alpine
docker exec ch ip -br addr
docker run -d --name ci --sysctl net.ipv6.conf.eth0.accept_ra=0 alpine
docker run -d --name cj --sysctl net.ipv4.conf.eth0.rp_filter=0 alpine
docker run -d --name ck --network r6 --sysctl net.ipv4.conf.eth0.rp_filter=0 alpine
docker inspect ck -f '{{json .HostConfig.Sysctls}} {{json .NetworkSettings.Networks}}'
docker run -d --name cl --network name=r6,driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.log_martians=1 alpine
docker exec cl sysctl net.ipv4.conf.eth0.log_martians
docker run -d --name cm --sysctl kernel.msgmax=1 alpine
docker run -d --name cn --sysctl net.ipv4.ip_forward=0 alpine
docker exec cn sysctl net.ipv4.ip_forward
docker run -d --name co --sysctl foo.bar=1 alpine
docker run -d --name cp --sysctl net.foo=1 alpine
docker run -d --name cq --network none --sysctl net.ipv4.conf.eth0.rp_filter=0 alpine
