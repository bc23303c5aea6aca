#dockerd --icc=false
# docker rm --link of one of two links where containers may not talk otherwise
docker run -d --name db postgres
docker run -d --name cache redis
docker run -d --name client --link db:first --link cache:second alpine
iptables -S DOCKER
docker exec client nc -z -w 2 first 5432
docker exec client nc -z -w 2 second 6379
docker rm --link client/first
iptables -S DOCKER
docker exec client nc -z -w 2 172.17.0.2 5432
docker exec client nc -z -w 2 172.17.0.3 6379
docker exec client nc -z -w 2 second 6379
docker inspect -f '{{json .HostConfig.Links}}' client
docker exec client cat /etc/hosts
docker restart -t 0 client
iptables -S DOCKER
docker exec client nc -z -w 2 172.17.0.2 5432
docker exec client nc -z -w 2 second 6379
docker exec client cat /etc/hosts
docker stop -t 0 cache
docker start cache
iptables -S DOCKER
docker exec client nc -z -w 2 second 6379
