#dockerd --icc=false
# docker rm --link on a network whose containers may not talk otherwise: the rules go with the link
docker run -d --name db postgres
docker run -d --name client --link db:alias alpine
iptables -S DOCKER
docker exec client nc -z -w 2 alias 5432
docker rm --link client/alias
iptables -S DOCKER
docker exec client nc -z -w 2 alias 5432
docker exec client nc -z -w 2 172.17.0.2 5432
docker inspect -f '{{json .HostConfig.Links}}' client
docker restart -t 0 client
iptables -S DOCKER
docker exec client nc -z -w 2 172.17.0.2 5432
docker run -d --name second --link db:alias alpine
iptables -S DOCKER
docker stop -t 0 second
docker rm --link second/alias
iptables -S DOCKER
docker start second
iptables -S DOCKER
docker run -d --name third --link db:alias alpine
docker rm -f db
iptables -S DOCKER
docker rm --link third/alias
iptables -S DOCKER
docker inspect -f '{{json .HostConfig.Links}}' third
