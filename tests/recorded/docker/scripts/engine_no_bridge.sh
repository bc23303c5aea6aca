# An engine that is to use a bridge that is not there, or is told what excludes each other, does not start
mkdir -p /etc/docker
docker run -d --name web nginx
echo '{"bridge": "nosuchbridge"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker ps
docker ps -a
docker network ls
docker run -d alpine
docker info
docker version
docker inspect web
docker images
docker stop web
docker rm -f web
docker exec web true
docker logs web
docker pull nginx
docker network create x
docker network inspect bridge
ip -br link show docker0
systemctl is-active docker
systemctl start docker
ip link add nosuchbridge type bridge
ip addr add 10.55.0.1/24 dev nosuchbridge
ip link set nosuchbridge up
systemctl start docker
systemctl is-active docker
docker ps -a --format '{{.Names}} {{.State}}'
docker network inspect bridge -f '{{json .IPAM.Config}} {{json .Options}}'
docker run -d --name web2 alpine
docker exec web2 ip -4 -br addr
ip -br link show docker0
echo '{"bridge": "nosuchbridge", "bip": "10.9.0.1/24"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
docker ps
echo '{"bridge": "none"}' > /etc/docker/daemon.json
systemctl restart docker
docker network ls
echo '{"bridge": ""}' > /etc/docker/daemon.json
systemctl restart docker
docker network inspect bridge -f '{{json .IPAM.Config}}'
echo '{"bridge": "lo"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
echo '{"bridge": "eth0"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
echo '{"bridge": "averyveryverylongbridgename"}' > /etc/docker/daemon.json
systemctl restart docker
journalctl -u docker -o cat -n 1 -q --no-pager
rm /etc/docker/daemon.json
