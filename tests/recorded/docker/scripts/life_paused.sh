# What a paused container answers: its kernel does, its programs do not
docker network create --subnet 172.30.0.0/24 app
docker run -d --name web --network app -p 8080:80 nginx
docker run -d --name other --network app alpine
sleep 1
curl -s -m 2 http://127.0.0.1:8080/
docker pause web
docker ps --format '{{.Names}} {{.State}}'
ping -c 1 -W 1 172.30.0.2
curl -s -m 2 -o /dev/null -w '%{http_code}\n' http://127.0.0.1:8080/
docker exec other nc -z -w 1 172.30.0.2 80
docker exec other curl -s -m 2 -o /dev/null -w '%{http_code} %{time_connect}\n' http://172.30.0.2/ | cut -c1-4
docker exec other ping -c 1 -W 1 web
docker unpause web
curl -s -m 2 http://127.0.0.1:8080/
docker pause web
docker kill web
docker ps -a --format '{{.Names}} {{.State}}' --filter name=web
docker start web
docker pause web
docker stop -t 1 web
docker inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.ExitCode}}' web
