# What docker rm --link does to a container that runs: its network is taken out and put in again
docker run -d --name db postgres
docker run -d --name client --link db:alias --add-host other:10.0.0.1 -p 8080:80 nginx
docker network create app
docker network connect app client
docker exec client ip -br addr
docker exec client ip route
docker exec client cat /etc/hosts
docker exec client cat /etc/resolv.conf
docker exec client sh -c "echo 10.0.0.9 mine >> /etc/hosts"
docker exec client ping -c 1 alias
docker inspect -f '{{json .NetworkSettings.Networks}}' client
iptables-save -t nat
docker stop -t 0 client/alias
docker ps --format '{{.Names}}'
docker start client/alias
docker inspect -f '{{.Name}}' client/alias
docker inspect -f '{{.Name}}' /client/alias
docker exec client/alias hostname -i
docker rm --link client/alias
docker exec client ip -br addr
docker exec client ip route
docker exec client cat /etc/hosts
docker exec client cat /etc/resolv.conf
docker exec client ping -c 1 db
docker exec client ping -c 1 172.17.0.2
curl -s -m 2 http://127.0.0.1:8080/
docker inspect -f '{{json .NetworkSettings.Networks}}' client
iptables-save -t nat
docker port client
ip -br link
docker inspect -f '{{.Name}}' client/alias
docker rm -f client/alias
docker run -d --name two --link db:one --link client:other alpine
docker exec two cat /etc/hosts
docker rm --link two/one
docker exec two cat /etc/hosts
docker exec two env
docker exec two ip -br addr
docker exec two ping -c 1 other
docker restart -t 0 client
docker exec two cat /etc/hosts
docker rename two renamed
docker inspect -f '{{.Name}}' two/other
docker inspect -f '{{.Name}} {{json .HostConfig.Links}}' renamed
docker inspect -f '{{.Name}}' renamed/other
docker run -d --name third --link db:one alpine
docker kill third/one
docker ps --format '{{.Names}}'
docker start db
docker network disconnect bridge third/one
docker network connect bridge third/one
docker logs third/one
docker port third/one
docker rm -f third/one
docker ps -a --format '{{.Names}}'
docker inspect -f '{{.Name}} {{json .HostConfig.Links}}' third
docker exec third true
docker network ls --format '{{.Name}}'
