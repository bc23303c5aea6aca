# Images that are not there, on a host that reaches no registry
docker pull nosuch
docker pull nginx
docker pull nginx:1.25
docker pull -q nosuch:1
docker pull registry.example/team/app
docker pull registry.example:5000/team/app:2
docker pull Nosuch
docker pull ''
docker pull nginx:
docker pull nosuch@sha256:0123456789012345678901234567890123456789012345678901234567890123
docker run -d --name db -p 5432:5432 postgres:16
docker run -d --name w1 --pull never nosuch
docker run -d --name w2 --pull always nginx
docker run -d --name w3 --pull never nginx
docker run -d --name w4 nosuch/app:2
docker run --rm nosuch true
docker create --name w5 nosuch
docker create --pull never nosuch
docker create --pull always nginx
docker run -d --name w6 --pull sometimes nginx
docker ps -a --format '{{.Names}}'
docker run -d Nosuch
docker run -d nginx:
docker run -d ''
docker run -q -d nosuch
ip route del default
docker pull nosuch
docker pull nginx
