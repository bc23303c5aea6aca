# What a reboot of the host leaves
docker network create app
docker network create --subnet 10.5.0.0/24 back
docker run -d --name web --network app --restart always -p 8080:80 nginx
docker run -d --name db --network back --ip 10.5.0.9 --restart unless-stopped alpine
docker network connect app db
docker run -d --name gone alpine
docker run -d --rm --name tmp alpine
iptables -I DOCKER-USER -s 192.168.56.20 -j DROP
sysctl -w net.ipv4.conf.all.rp_filter=2
sysctl -w net.ipv4.tcp_syncookies=0
ip route add 10.99.0.0/16 via 192.168.56.20
ip netns add red
iptables-save
ip -br link
reboot
@sleep 2
docker ps -a --format '{{.Names}} {{.State}} {{.Ports}}'
docker network ls --format '{{.Name}} {{.Driver}}'
iptables-save
ip6tables-save
ip -br link
ip route
sysctl net.ipv4.conf.all.rp_filter
sysctl net.ipv4.ip_forward
docker inspect web -f '{{json .NetworkSettings.Ports}}'
docker inspect db -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{$v.IPAddress}} {{$v.Gateway}}{{println}}{{end}}'
docker exec db ping -c 1 web
docker exec db ip route
docker start gone
docker inspect gone -f '{{.State.ExitCode}} {{.RestartCount}}'
docker network inspect app
