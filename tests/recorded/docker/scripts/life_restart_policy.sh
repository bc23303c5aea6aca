# Restart policies while the engine runs
docker run -d --name f1 --restart on-failure:2 alpine false
@sleep 2
docker inspect f1 -f '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}} {{.State.Restarting}}'
docker ps -a --format '{{.Names}} {{.State}}'
docker events --since 1h --until 0s --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}'
docker run -d --name t1 --restart on-failure:2 alpine true
@sleep 1
docker inspect t1 -f '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}'
docker network create app
docker run -d --name loop --network app --restart always alpine sleep 0.2
@sleep 8
docker inspect loop -f '{{.State.Status}} {{.State.ExitCode}} {{gt .RestartCount 2}}'
docker inspect loop -f '{{json .NetworkSettings.Networks.app.IPAddress}}'
docker network inspect app -f '{{json .Containers}}'
docker exec loop true
docker stop loop
docker inspect loop -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Restarting}}'
docker update --restart no loop
docker inspect loop -f '{{json .HostConfig.RestartPolicy}}'
docker start loop
@sleep 2
docker inspect loop -f '{{.State.Status}} {{.RestartCount}}'
docker run -d --name ck --restart always alpine
docker kill ck
@sleep 1
docker inspect ck -f '{{.State.Status}} {{.State.ExitCode}} {{.RestartCount}}'
docker start ck
docker update --restart on-failure:3 ck
docker inspect ck -f '{{json .HostConfig.RestartPolicy}}'
docker update --restart bogus ck
docker update --restart on-failure:x ck
docker update --restart always:3 ck
docker run -d --name cw --restart always alpine sleep 1
docker wait cw
docker rm cw
docker rm -f cw
docker run -d --rm --restart always alpine
docker update --restart always f1
docker start f1
@sleep 3
docker ps -a --filter name=f1 --format '{{.State}}'
docker rm -f f1
docker ps -a --filter status=restarting --format '{{.Names}}'
