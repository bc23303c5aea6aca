# daemon.json that dockerd refuses
mkdir -p /etc/docker
echo '{"bip": "10.200.0.1/24"' > /etc/docker/daemon.json
systemctl restart docker
docker ps
echo '{"bipp": "10.200.0.1/24"}' > /etc/docker/daemon.json
systemctl start docker
echo '{"bip": "10.200.0.1/24"}' > /etc/docker/daemon.json
systemctl start docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1234"}}, "ip": "127.0.0.1", "host-gateway-ip": "192.168.56.10"}' > /etc/docker/daemon.json
systemctl restart docker
docker network create x
docker network inspect x -f '{{json .Options}}'
docker run -d --name cw -p 80 --add-host h:host-gateway nginx
docker port cw
docker exec cw cat /etc/hosts
echo '{"ip-masq": false, "ip-forward": false, "allow-direct-routing": true}' > /etc/docker/daemon.json
systemctl restart docker
docker run -d --name cv alpine
iptables-save
echo '{"iptables": false}' > /etc/docker/daemon.json
systemctl restart docker
iptables-save
docker run -d --name cu -p 8081:80 nginx
iptables-save
docker info -f '{{.FirewallBackend}}'
echo '{"fixed-cidr": "10.9.0.0/25", "bip": "10.9.0.1/24", "default-gateway": "10.9.0.254"}' > /etc/docker/daemon.json
systemctl restart docker
docker run -d --name cg alpine
docker exec cg ip route
docker network inspect bridge -f '{{json .IPAM.Config}}'
