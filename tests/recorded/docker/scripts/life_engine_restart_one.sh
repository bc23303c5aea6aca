# One container, one network: rules and neighbours over an engine restart
docker network create app
docker run -d --name web --network app --restart always -p 8080:80 nginx
iptables-save
docker inspect web -f '{{.NetworkSettings.Networks.app.IPAddress}} {{.NetworkSettings.Networks.app.MacAddress}} {{.NetworkSettings.Networks.app.EndpointID}}'
iptables -I DOCKER-USER -s 192.168.56.20 -j DROP
iptables -I FORWARD -p icmp -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
sysctl -w net.ipv4.conf.all.rp_filter=2
systemctl restart docker
@sleep 2
docker ps --format '{{.Names}} {{.Status}} {{.Ports}}'
docker inspect web -f '{{.NetworkSettings.Networks.app.IPAddress}} {{.NetworkSettings.Networks.app.MacAddress}} {{.NetworkSettings.Networks.app.EndpointID}}'
iptables-save
ip -d link show docker0
bridge link
systemctl stop docker
iptables-save
ip -br link
docker ps
systemctl start docker
@sleep 2
iptables-save
docker ps --format '{{.Names}} {{.Status}} {{.Ports}}'
systemctl restart docker
@sleep 2
iptables-save
sysctl net.ipv4.conf.all.rp_filter
docker events --since 1h --until 0s --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
