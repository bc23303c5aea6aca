# Images that the classic builder makes: steps, layers, history
mkdir -p /tmp/shop/static
printf 'hello\n' > /tmp/shop/static/index.html
printf 'PORT=8080\n' > /tmp/shop/app.env
printf '# the shop\nFROM alpine\nARG PORT=8080\nENV MODE=fast NAME="a shop"\nLABEL com.acme.team=web\nWORKDIR /srv/shop\nCOPY static/index.html app.env ./\nADD static /srv/static/\nRUN echo built > /srv/shop/stamp && mkdir /srv/empty\nEXPOSE $PORT 53/udp\nVOLUME /data\nUSER root\nHEALTHCHECK --interval=5s --retries=2 CMD test -e /srv/shop/stamp\nSTOPSIGNAL SIGINT\nENTRYPOINT ["sh", "-c"]\nCMD ["echo hi"]\n' > /tmp/shop/Dockerfile
docker build -t shop /tmp/shop
docker images shop
docker history --no-trunc shop
docker history -q shop
docker history --format '{{.ID}}|{{.Size}}|{{.Comment}}' shop
docker image inspect shop
docker run --rm shop
docker run --rm shop 'cat stamp app.env; ls /srv/static /srv/empty; pwd; echo $MODE $NAME'
docker create --name made shop
docker inspect -f '{{.Config.User}} {{.Config.WorkingDir}} {{json .Config.Labels}} {{json .Config.Healthcheck}} {{.Config.StopSignal}} {{json .Config.Volumes}} {{json .Config.ExposedPorts}} {{.Path}} {{.Args}}' made
docker rm made
docker build -t shop /tmp/shop
docker build --no-cache -q -t shop:2 -t acme/shop:2 /tmp/shop
docker images --filter reference='*shop' --filter reference='acme/*' --format '{{.Repository}}:{{.Tag}} {{.Size}}' | sort
docker build -t shop:3 --build-arg PORT=9000 /tmp/shop
docker image inspect -f '{{json .Config.ExposedPorts}} {{.Config.User}} {{json .Config.Labels}}' shop:3
printf 'FROM alpine\nRUN false\n' | docker build -t broken -
printf 'FROM alpine\nRUN echo out; exit 3\n' | docker build -
printf 'FROM alpine\nRUN echo to standard error >&2\n' | docker build --force-rm -t loud -
docker rmi loud
docker build /tmp/none
mkdir /tmp/nofile
docker build /tmp/nofile
docker build -f /tmp/nofile/Other /tmp/nofile
printf 'FROM alpine\nCOPY missing /\n' > /tmp/nofile/Dockerfile
docker build /tmp/nofile
docker build -t Bad:NAME /tmp/nofile
printf 'FROM alpine AS one\nRUN echo 1 > /one\nFROM alpine AS two\nCOPY --from=one /one /two\nLABEL stage=two\nFROM two\nCMD cat /two\n' > /tmp/nofile/Multi
docker build -f /tmp/nofile/Multi -t multi /tmp/nofile
docker run --rm multi
docker build -f /tmp/nofile/Multi --target one -t one /tmp/nofile
docker build -f /tmp/nofile/Multi --target three /tmp/nofile
docker build --build-arg UNUSED=1 -f /tmp/nofile/Multi -t multi /tmp/nofile
docker build --label a=b -q -f /tmp/nofile/Multi -t multi:labelled /tmp/nofile
docker image inspect -f '{{json .Config.Labels}}' multi:labelled
docker history --no-trunc multi:labelled
docker images --filter label=stage=two --filter label=a
printf 'FROM scratch\nCOPY Multi /\n' > /tmp/nofile/Scratch
docker build -f /tmp/nofile/Scratch -t scratched /tmp/nofile
docker history --no-trunc scratched
docker image inspect -f '{{.Id}} {{.Size}} {{json .RootFS}} {{json .Config}}' scratched
docker run --rm scratched
docker images --filter label=com.acme.team --format '{{.Repository}}:{{.Tag}}' | sort
docker images --filter label=com.acme.team --filter since=shop:2
docker images --filter label=com.acme.team --filter before=shop:2
docker rmi multi one scratched multi:labelled
docker rmi shop shop:2 acme/shop:2 shop:3
docker history nginx
docker history --no-trunc alpine
docker image history
docker history missing
docker image prune -f
docker image prune -f
rm -r /tmp/shop /tmp/nofile
