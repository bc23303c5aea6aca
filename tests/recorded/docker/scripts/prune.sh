# docker system prune: what it asks and what it takes
docker network create app
docker network create --label keep=1 kept
docker create --name made alpine
docker run -d --name runs --network app alpine
docker run --name done alpine true
echo n | docker system prune
docker system prune
echo y | docker system prune
docker ps -a --format '{{.Names}}'
docker network ls --format '{{.Name}}'
docker rm -f runs
echo n | docker system prune --filter label=keep
docker system prune -f --filter label=keep
docker network ls --format '{{.Name}}'
docker system prune -f --filter until=1h
docker system prune -f --filter foo=bar
docker system prune -f
docker network ls --format '{{.Name}}'
docker system prune extra
echo n | docker system prune --volumes
echo n | docker network prune
echo n | docker container prune
docker events --since 1h --until 0s --filter type=network --format '{{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.reclaimed}}'
docker events --since 1h --until 0s --filter event=prune --format '{{json .}}'
