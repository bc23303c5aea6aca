# com.docker.network.host_ipv4 and host_ipv6 with an address of the other family
docker network create -o com.docker.network.host_ipv4=fd00::1 bad
docker network create --ipv6 --subnet fd00:9::/64 -o com.docker.network.host_ipv6=10.0.0.1 bad
docker network ls --format '{{.Name}}'
iptables-save -t nat
ip6tables-save -t nat
docker network create --internal -o com.docker.network.host_ipv4=fd00::1 inner
docker network create -o com.docker.network.bridge.enable_ip_masquerade=false -o com.docker.network.host_ipv4=fd00::1 plain
docker network create -o com.docker.network.bridge.gateway_mode_ipv4=routed -o com.docker.network.host_ipv4=fd00::1 routed
