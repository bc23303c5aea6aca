# A container that joins one that joined a third has the third's files.
docker network create n
docker run -d --name db --network n nginx
docker run -d --name web --network n --hostname webhost --add-host foo:192.0.2.4 nettools
docker run -d --name side --network container:web nettools
docker run -d --name third --network container:side nettools
docker exec third cat /etc/hosts
docker exec third cat /etc/resolv.conf
docker exec third hostname
docker exec third getent hosts db foo
docker exec third ip -br addr show eth0
docker run --rm --network container:side nettools nc -z -w 1 db 80
docker run --rm --network container:web busybox nc -z -w 5 db 80
docker run --rm --network container:web busybox nc -z -w 5 db 81
docker run --rm --network container:web busybox ping -c 1 -W 5 db
docker exec third sh -c 'echo 192.0.2.9 bar >> /etc/hosts'
docker exec web getent hosts bar
docker inspect -f '{{.HostnamePath}} {{.HostConfig.NetworkMode}}' third
docker run -d --name hh --network host nginx
docker run --rm --network container:hh busybox nc -z -w 5 127.0.0.1 80
docker run --rm --network container:hh busybox nc -z -w 5 127.0.0.1 81
docker restart web
docker exec third getent hosts db
docker run --rm --network container:side nettools ip -br addr show eth0
