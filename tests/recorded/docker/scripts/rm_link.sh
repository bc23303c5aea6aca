# docker rm --link: what removes a link, and what it changes
docker run -d --name db postgres
docker run -d --name cache redis
docker run -d --name client --link db:alias --link cache alpine
docker inspect -f '{{json .HostConfig.Links}}' client
docker exec client getent hosts alias
docker rm --link client/alias
docker inspect -f '{{json .HostConfig.Links}}' client
docker exec client getent hosts alias
docker exec client getent hosts db
docker exec client env
docker exec client ping -c 1 -w 2 alias
docker ps -a --format '{{.Names}}'
docker rm --link client/alias
docker rm --link /client/cache
docker inspect -f '{{json .HostConfig.Links}}' client
docker rm --link client
docker rm --link nosuch
docker rm --link nosuch/alias
docker rm --link client/nosuch
docker rm --link db
docker rm -f --link client/alias
docker rm -f --link nosuch/alias
docker rm -fl client
docker ps -a --format '{{.Names}}'
docker restart -t 0 client
docker exec client getent hosts alias
docker exec client cat /etc/hosts
docker run -d --name other --link db:alias alpine
docker rm -l other/alias client/cache nosuch/x
docker rm --link other/alias
docker stop -t 0 other
docker rm --link other/alias
docker rm other
docker network create app
docker run -d --name user1 --network app alpine
docker run -d --name user2 --network app --link user1:one alpine
docker exec user2 ping -c 1 -w 2 one
docker rm --link user2/one
docker exec user2 ping -c 1 -w 2 one
docker inspect -f '{{json .HostConfig.Links}} {{json .NetworkSettings.Networks.app.Links}}' user2
docker container rm --link client/alias
docker rm --link client/a/b
docker rm --link ''
docker rm --link /
