# Gateway modes and options that go together or not
docker network create -o com.docker.network.bridge.gateway_mode_ipv4=isolated iso
docker network create --internal -o com.docker.network.bridge.gateway_mode_ipv4=isolated iso
docker network inspect iso
docker run -d --name i1 --network iso alpine
docker exec i1 ip route
ip addr show type bridge
docker network create --internal -o com.docker.network.bridge.gateway_mode_ipv4=isolated --gateway 10.3.0.1 --subnet 10.3.0.0/24 iso2
docker network create -o com.docker.network.bridge.gateway_mode_ipv4=foo bad
docker network create --ipv6 -o com.docker.network.bridge.gateway_mode_ipv4=nat -o com.docker.network.bridge.gateway_mode_ipv6=routed mixed
docker run -d --name m1 --network mixed -p 8080:80 nginx
docker port m1
iptables-save
ip6tables-save
docker network create -o com.docker.network.bridge.gateway_mode_ipv4=routed --ipv6 -o com.docker.network.bridge.gateway_mode_ipv6=nat mixed2
docker run -d --name m2 --network mixed2 -p 8081:80 nginx
docker port m2
docker run -d --name m3 --network mixed2 -p 127.0.0.1:8082:80 nginx
docker port m3
docker network create -o com.docker.network.bridge.gateway_mode_ipv4=nat-unprotected unp
docker run -d --name u1 --network unp -p 8083:80 nginx
docker network create -o com.docker.network.bridge.inhibit_ipv4=true inh
docker run -d --name n1 --network inh alpine
docker exec n1 ip route
docker network create -o com.docker.network.bridge.enable_ip_masquerade=false nomasq
docker network create -o com.docker.network.bridge.enable_icc=false -o com.docker.network.bridge.name=br-x noicc
docker network create -o com.docker.network.host_ipv4=192.168.56.10 snat
docker network create -o com.docker.network.host_ipv4=foo snat2
docker network create -o com.docker.network.bridge.trusted_host_interfaces=eth0:lo trust
docker run -d --name t1 --network trust alpine
docker network create -o com.docker.network.bridge.enable_icc=maybe bad1
docker network create -o com.docker.network.driver.mtu=abc bad2
docker network create -o com.docker.network.driver.mtu=-5 bad3
docker network create -o com.docker.network.driver.mtu=50 bad4
docker network create -o com.docker.network.driver.mtu=70000 bad5
docker network create -o com.docker.network.bridge.name=docker0 bad6
docker network create -o com.docker.network.bridge.name=eth0 bad7
docker network create -o com.docker.network.bridge.name=br-x bad8
docker network create -o com.docker.network.bridge.name=abcdefghijklmnopq bad9
docker network create -o com.docker.network.bridge.name='a b' bad10
docker network create -o com.docker.network.bridge.host_binding_ipv4=foo bad11
docker network create -o com.docker.network.bridge.host_binding_ipv4=::1 bad12
docker network create --internal -o com.docker.network.bridge.gateway_mode_ipv4=routed bad13
docker network create -o com.docker.network.enable_ipv4=false bad14
docker network create -o com.docker.network.enable_ipv6=maybe bad15
docker network create -o foo bad16
docker network create -o com.docker.network.container_iface_prefix=net pre
docker run -d --name p1 --network pre alpine
docker exec p1 ip -br link
docker network create --aux-address DefaultGatewayIPv4=10.4.0.9 --subnet 10.4.0.0/24 aux
docker run -d --name x1 --network aux alpine
docker exec x1 ip route
docker network ls --format '{{.Name}}'
iptables-save
ip6tables-save
