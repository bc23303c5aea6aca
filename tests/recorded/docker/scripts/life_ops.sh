# kill, exec, wait, pause, rename, top, cp, logs, port
docker network create app
docker run -d --name web --network app --network-alias w -p 8080:80 nginx
docker run -d --name cc --network app alpine
docker pause web
docker exec web true
docker exec cc ping -c 1 -W 1 web
docker stop web
docker start web
docker unpause web
docker start web
docker pause web
docker kill web
docker inspect web -f '{{.State.Status}} {{.State.Paused}} {{.State.ExitCode}}'
docker unpause web
docker start web
docker restart web
docker pause web
docker restart -t 1 web
docker inspect web -f '{{.State.Status}} {{.State.Paused}}'
docker unpause web
docker pause web
docker rm web
docker rm -f web
docker run -d --name web --network app nginx
docker rename web app1
docker exec cc getent hosts web
docker exec cc getent hosts app1
docker rename app1 cc
docker rename app1 app1
docker rename app1 a/b
docker rename nope x1
docker kill -s STOP cc
docker kill -s HUP cc
docker kill -s 99 cc
docker kill -s FOO cc
docker kill -s TERM cc
docker inspect cc -f '{{.State.Status}}'
docker stop -s KILL cc
docker inspect cc -f '{{.State.Status}} {{.State.ExitCode}}'
docker stop -t 0 cc
docker stop -t 1 nope cc
docker wait cc
docker wait nope
docker logs cc
docker logs nope
docker top cc
docker top app1
docker top nope
docker port cc
docker port app1
docker port nope
docker attach cc
docker run --name e1 alpine sh -c 'echo out; echo err >&2; exit 3'
docker logs e1
docker start -a e1
docker wait e1
docker restart e1
docker inspect e1 -f '{{.State.ExitCode}}'
docker run --rm --name e2 alpine sh -c 'exit 7'
docker run -d --name s1 --stop-signal SIGKILL alpine
docker stop s1
docker inspect s1 -f '{{.State.ExitCode}}'
docker run -d --name s2 --stop-timeout 1 alpine
docker stop s2
docker inspect s2 -f '{{.State.ExitCode}}'
docker run -d --name s3 --init alpine
docker stop s3
docker inspect s3 -f '{{.State.ExitCode}}'
docker stats --no-stream --format '{{.Name}} {{.ID}}' app1
docker container prune -f
docker system prune -f
docker network ls --format '{{.Name}}'
docker rm -f app1
docker system prune -f
docker network ls --format '{{.Name}}'
docker network create --label keep=1 l1
docker network create l2
docker network prune -f --filter label!=keep
docker network prune -f --filter 'label=keep=2'
docker network prune -f --filter until=1s
docker network prune -f --filter name=x
docker network ls --format '{{.Name}}'
