# The public images whose command is a shell: which stay up, and what is in them
docker run -d --name ca alpine
docker run -d --name cb busybox
docker run -d --name cc debian
docker run -dit --name cd alpine
docker run -dit --name ce busybox
docker run -dit --name cf debian
docker run -di --name cg alpine
docker run -dt --name ch alpine
docker run -d --name ci alpine sleep infinity
docker run -d --name cj busybox sleep 3600
docker run -d --name ck debian sleep infinity
@sleep 1
docker ps -a --no-trunc --format '{{.Names}} {{.State}} {{.Command}}'
docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .Config.Cmd}} {{json .Config.Entrypoint}}' ca
docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .Config.Cmd}} {{json .Config.Entrypoint}}' cb
docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .Config.Cmd}} {{json .Config.Entrypoint}}' cc
docker exec ci curl localhost
docker exec ci bash
docker exec ci dig localhost
docker exec ci ss -l
docker exec ci tcpdump -D
docker exec ci iptables -L
docker exec ci frobnicate
docker exec ci /usr/bin/curl localhost
docker exec ci sh -c 'bash -c true'
docker exec ci sh -c 'curl localhost || echo no'
docker exec ci sh -c 'ss -l; echo $?'
docker exec ck ip addr
docker exec ck ping -c 1 127.0.0.1
docker exec ck curl localhost
docker exec ck ps
docker exec ck kill 1
docker exec ck /bin/ping 127.0.0.1
docker exec ck sh -c 'ip addr'
docker exec ck bash -c 'ip addr; echo $?'
docker exec ck bash -c 'kill -0 1 && echo a builtin'
docker exec ck hostname -i
docker exec ck getent hosts localhost
docker exec cj curl localhost
docker exec cj bash
docker exec cj getent hosts localhost
docker run --rm alpine
docker run --rm alpine echo hello
docker run --rm debian ip addr
docker run -d --name cl debian ping 127.0.0.1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' cl
docker run --rm alpine bash -c true
docker run --rm --entrypoint /bin/bash busybox
echo 'hostname; echo from the shell' | docker run --rm -i --hostname box alpine
docker run --rm alpine sh -c 'exit 3'
