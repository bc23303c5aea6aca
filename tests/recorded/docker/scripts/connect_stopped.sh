# Connect and disconnect while the container is created, stopped, paused
docker network create neta
docker network create netb
docker network create --subnet 10.7.0.0/24 netc
docker create --name cx --network neta alpine
docker network connect netb cx
docker network connect --ip 10.7.0.50 --alias xx netc cx
docker network connect --ip 10.9.0.50 netc cx
docker inspect cx -f '{{json .NetworkSettings.Networks}}'
docker network inspect netc -f '{{json .Containers}}'
docker start cx
docker exec cx ip -br addr
docker exec cx ip route
docker stop -t 0 cx
docker network disconnect neta cx
docker network disconnect neta cx
docker start cx
docker exec cx ip -br addr
docker exec cx ip route
docker stop -t 0 cx
docker network rm netb
docker start cx
docker inspect cx -f '{{.State.Status}} {{.State.Error}}'
docker network disconnect netb cx
docker network disconnect -f netb cx
docker start cx
docker exec cx ip -br addr
docker pause cx
docker network connect neta cx
docker network disconnect netc cx
docker unpause cx
docker exec cx ip -br addr
docker run -d --name cy --network netc --ip 10.7.0.50 alpine
docker stop -t 0 cx
docker network connect --ip 10.7.0.50 netc cx
docker start cx
docker rm -f cy
docker start cx
docker network connect bridge cx
docker network connect host cx
docker network connect none cx
docker stop -t 0 cx
docker network connect none cx
docker network connect host cx
docker start cx
docker inspect cx -f '{{json .NetworkSettings.Networks}}'
docker network connect nope cx
docker network connect neta nope
docker network disconnect nope cx
docker network disconnect neta nope
docker create --name cz --network none alpine
docker network connect neta cz
docker network disconnect none cz
docker network connect neta cz
docker start cz
docker exec cz ip -br addr
docker create --name ch --network host alpine
docker network connect neta ch
docker network disconnect host ch
docker start ch
docker inspect ch -f '{{json .NetworkSettings.Networks}}'
docker network ls
