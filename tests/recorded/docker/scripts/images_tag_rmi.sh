# docker tag, rmi, history and references
docker tag nginx web:1
docker tag nginx registry.example/team/web
docker tag nosuch web:2
docker tag nginx Bad
docker tag nginx 'web:'
docker tag nginx web@sha256:0123456789012345678901234567890123456789012345678901234567890123
docker images --format '{{.Repository}}:{{.Tag}}' 'registry.example/*/*'
docker run -d --name t1 web:1
docker inspect -f '{{.Config.Image}}' t1
docker ps --format '{{.Image}}'
docker rmi web:1
docker rmi web:1 nosuch
docker rmi registry.example/team/web
docker rm -f t1
docker image rm nosuch:2
docker run -d --name r1 Bad
docker run -d --name r2 'nginx:'
docker run -d --name r3 'nginx:ta g'
docker run -d --name r4 nginx@sha256:12
docker run -d --name r5 -- '-x'
docker run -d --name r6 registry.example:port/x
docker run -d --name r7 a//b
docker run -d --name r8 ../x
docker run -d --name r9 nginx@md5:0123456789012345678901234567890123456789012345678901234567890123
docker create 'x_.y'
docker image inspect 'Bad'
docker tag '' x
docker run -d --pull never --name r10 nosuch:1
docker run -d --name sh1 alpine sh
docker wait sh1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' sh1
