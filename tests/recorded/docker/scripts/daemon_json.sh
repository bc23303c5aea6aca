# daemon.json: what it says, and what dockerd refuses
mkdir -p /etc/docker
echo '{"bip": "10.200.0.1/24", "mtu": 1400, "icc": false}' > /etc/docker/daemon.json
systemctl restart docker
ip -br addr show docker0
docker network inspect bridge
docker run -d --name c1 alpine
docker exec c1 ip addr show eth0
iptables-save
docker network create n1
docker network inspect n1 -f '{{json .IPAM.Config}}'
echo '{"default-address-pools": [{"base": "10.50.0.0/16", "size": 24}, {"base": "10.60.0.0/16", "size": 28}], "userland-proxy": false}' > /etc/docker/daemon.json
systemctl restart docker
ip -br addr
docker network inspect bridge -f '{{json .IPAM.Config}} {{json .Options}}'
docker network inspect n1 -f '{{json .IPAM.Config}}'
docker network create n2
docker network inspect n2 -f '{{json .IPAM.Config}}'
docker start c1
docker inspect c1 -f '{{json .NetworkSettings.Networks}}'
docker run -d --name cw -p 8080:80 nginx
iptables-save
ss -ltn
echo '{"ipv6": true, "fixed-cidr-v6": "2001:db8:1::/64", "dns": ["9.9.9.9"], "dns-search": ["corp.example"], "dns-opts": ["ndots:2"]}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge
docker start c1
docker exec c1 cat /etc/resolv.conf
docker exec c1 ip -6 addr show eth0
ip -6 route
ip6tables-save
echo '{"bridge": "none"}' > /etc/docker/daemon.json
systemctl restart docker
docker network ls
ip -br link
iptables-save
docker start c1
docker inspect c1 -f '{{json .NetworkSettings.Networks}}'
rm /etc/docker/daemon.json
systemctl restart docker
docker network ls
ip -br addr
iptables-save
docker start c1
docker exec c1 ip addr show eth0
