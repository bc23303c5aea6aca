# Daemon options of the default bridge that exclude each other or make no sense
mkdir -p /etc/docker
echo '{"bip": "10.9.0.1/24", "fixed-cidr": "10.9.0.128/25"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "10.9.0.1/24", "fixed-cidr": "10.8.0.0/24"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"fixed-cidr": "nonsense"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"fixed-cidr": "10.9.0.0"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "10.9.0.0/24"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "10.9.0.255/24"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "nonsense"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "10.9.0.1/24", "default-gateway": "10.8.0.1"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"default-gateway": "10.8.0.1"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"icc": false, "iptables": false}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"ipv6": true}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"ipv6": true, "fixed-cidr-v6": "fd00::/129"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"ipv6": true, "fixed-cidr-v6": "10.0.0.0/8"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"ipv6": true, "fixed-cidr-v6": "fd00:9::/64", "default-gateway-v6": "fd00:8::1"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"mtu": 10}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"mtu": 70000}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"default-address-pools": [{"base": "10.0.0.0/24", "size": 16}]}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"default-address-pools": [{"base": "10.0.0.0/8", "size": 40}]}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "nonsense"}}}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
docker network create x
echo '{"fixed-cidr-v6": "fd00:9::/64"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip6": "fd00:9::1/64"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip6": "fd00:9::1/64", "ipv6": true}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "192.168.56.1/24"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
ip -4 -br addr
echo '{"ip": "192.168.99.99"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
docker run -d --name pub -p 8080:80 nginx
echo '{"bip": "169.254.0.1/16"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "0.0.0.0/0"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "10.9.0.1/31"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bip": "10.9.0.1/32"}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
rm /etc/docker/daemon.json
