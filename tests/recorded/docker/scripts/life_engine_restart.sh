# What survives a restart of the engine: networks, addresses, names, rules, restart policies
docker network create app
docker network create --subnet 10.5.0.0/24 --gateway 10.5.0.254 back
docker network create --internal inner
docker network create --ipv6 six
docker run -d --name a1 --network app -p 8080:80 nginx
docker run -d --name a2 --network app --restart always alpine
docker run -d --name a3 --network back --ip 10.5.0.77 --restart unless-stopped alpine
docker run -d --name a4 --restart on-failure alpine
docker run -d --name a5 --restart unless-stopped alpine
docker stop -t 0 a5
docker run -d --name a6 --restart always --network back alpine
docker stop -t 0 a6
docker create --name a7 --restart always alpine
docker run -d --rm --name a8 alpine
docker network ls
iptables-save
ip -br link
ip addr show docker0
systemctl restart docker
@sleep 3
docker ps -a --format '{{.Names}} {{.State}} {{.Status}}'
docker network ls
docker network inspect bridge
docker network inspect app
docker network inspect back
iptables-save
ip6tables-save
ip -br link
ip -br addr
ip route
sysctl net.ipv4.ip_forward
docker inspect a1 -f '{{json .NetworkSettings.Networks}}'
docker inspect a1 -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}} {{.RestartCount}}'
docker inspect a2 -f '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}'
docker inspect a4 -f '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}'
docker inspect a3 -f '{{json .NetworkSettings.Networks.back.IPAddress}}'
docker exec a3 cat /etc/hosts
docker start a1
docker port a1
docker exec a2 ping -c 1 a1
curl -s http://127.0.0.1:8080/
docker exec a6 ping -c 1 a3
docker start a7
docker start a8
docker network rm app
docker rm -f a1 a2
docker network rm app
iptables-save
