# Signals that a container's own programs send: its first process ignores what it does not catch, others are not seen
docker run -d --name base alpine
docker run -d --name other alpine
docker run -d --name web nginx
docker exec base pkill sleep
docker exec base pkill -9 sleep
docker exec base kill 1
docker exec base kill -9 1
docker exec base sh -c "kill -INT 1"
docker exec base kill -0 1
docker exec base pgrep -c busybox
docker exec web pgrep -c busybox
docker exec base pkill busybox
docker exec web pkill busybox
docker ps --format '{{.Names}} {{.State}}'
docker exec base curl -s http://172.17.0.4/
docker run -d --name init --init alpine
docker exec init pkill sleep
docker run -d --name shell alpine sh -c "sleep 1000; sleep 1000"
docker exec shell pkill sleep
@sleep 1
docker exec shell pgrep -c sleep
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' init
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' shell
docker run -d --name shared --pid container:other alpine sleep 500
docker exec shared pgrep -c sleep
docker exec shared pkill sleep
@sleep 1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' shared
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' other
docker run -d --name pinger alpine ping 127.0.0.1
docker exec pinger pkill -INT ping
docker exec pinger pkill -TERM ping
@sleep 1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' pinger
docker kill -s TERM base
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' base
docker kill base
@sleep 1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' base
docker stop -t 1 web
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' web
