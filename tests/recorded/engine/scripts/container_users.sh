# users in containers
docker run --rm nettools id
docker run --rm --user 1000 nettools id
docker run --rm --user 1000:1001 nettools id
docker run --rm --user nobody nettools id
docker run --rm --user nobody:adm nettools id
docker run --rm --user www-data nettools id
docker run --rm --user 33 nettools id
docker run --rm --user 0:5 nettools id
docker run --rm --user root:root nettools id
docker run --rm --user 0 nettools id
docker run --rm --user 1000:nogrouphere nettools id
docker run --rm --user nobodyhere nettools id
docker run --rm --user nobodyhere:adm nettools id
docker run --rm --user nobody:nogrouphere nettools id
docker run --rm --user 1000 nettools whoami
docker run --rm --user nobody nettools whoami
docker run --rm nettools whoami
docker run --rm --user 1000 --group-add 5 --group-add adm nettools id
docker run --rm --group-add nogrouphere nettools id
docker run --rm --group-add 99 nettools id
docker run --rm --user 1000 nettools id -u
docker run --rm --user 1000:7 nettools id -g
docker run --rm --user nobody nettools id -un
docker run --rm --user nobody nettools id -gn
docker run --rm --user nobody:adm --group-add 5 nettools id -G
docker run --rm --user nobody:adm --group-add 5 nettools id -Gn
docker run --rm --user 1000 nettools id -un
docker run --rm --user 1000 nettools id root
docker run --rm --user 1000 nettools id nouser
docker run --rm --user 1000 nettools groups
docker run --rm --user nobody nettools groups
docker run --rm --user -1 nettools id
docker run --rm --user 4294967296 nettools id
docker run --rm --user 2147483648 nettools id
docker run --rm --user 1000: nettools id
docker run --rm --user :5 nettools id
docker run --rm --user a:b:c nettools id
docker run --rm --user "" nettools id
docker run -d --name web --user 1000 nettools sleep infinity
docker exec web id
docker exec -u 0 web id
docker exec -u root web whoami
docker exec -u nobody web id
docker exec -u nobody:5 web id
docker exec -u nobodyhere web id
docker exec -u nobody:nogrouphere web id
docker exec -u 77:88 web id
docker exec web sh -c 'echo $HOME $USER $LOGNAME'
docker exec -u 0 web sh -c 'echo $HOME $USER'
docker exec -u nobody web sh -c 'echo $HOME $USER'
docker exec -u nobody -e HOME=/h web sh -c 'echo $HOME'
docker run --rm --user nobody nettools sh -c 'echo $HOME; pwd'
docker run --rm nettools sh -c 'echo $HOME; pwd'
docker run --rm -e HOME=/x nettools sh -c 'echo $HOME; pwd'
docker exec web sh -c 'echo x > /tmp/f; cat /tmp/f'
docker exec web sh -c 'echo y > /etc/hosts'
docker exec web sh -c 'echo y > /etc/foo'
docker exec web mkdir /srv/x
docker exec web rm /etc/passwd
docker exec -u 0 web sh -c 'mkdir /srv/x; chown 1000 /srv/x'
docker exec web sh -c 'echo y > /srv/x/y; cat /srv/x/y'
docker exec web ip link add d0 type dummy
docker exec web ip link set lo down
docker exec -u 0 web kill -0 1
docker exec -u nobody web kill 1
docker exec web kill -0 1
docker top web
docker inspect -f '{{.Config.User}}|{{.HostConfig.GroupAdd}}' web
docker create --user nobodyhere --name bad nettools id
docker start -a bad
docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' bad
docker start bad
docker rm -f web bad
docker run --rm nettools cat /etc/passwd
docker run --rm nettools cat /etc/group
