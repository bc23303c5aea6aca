# docker cp in both directions, diff
docker run -d --name web nettools sleep infinity
mkdir -p /tmp/cpx/d/e
printf 'hello\n' > /tmp/cpx/a.txt
printf 'one\n' > /tmp/cpx/d/1
printf 'two two\n' > /tmp/cpx/d/e/2
docker cp /tmp/cpx/a.txt web:/tmp/
docker exec web cat /tmp/a.txt
docker cp /tmp/cpx/a.txt web:/tmp/b.txt
docker cp /tmp/cpx/a.txt web:/nowhere/b.txt
docker cp /tmp/cpx/a.txt web:/nowhere/
docker cp /tmp/cpx/a.txt web:/nowhere
docker exec web cat /nowhere
docker cp /tmp/cpx/d web:/srv
docker exec web cat /srv/d/1 /srv/d/e/2
docker cp /tmp/cpx/d/. web:/srv
docker exec web ls /srv
docker cp /tmp/cpx/d web:/srv/new
docker exec web ls /srv/new
docker cp /tmp/cpx/d/. web:/srv/new2
docker cp /tmp/cpx/d web:/srv/new3/
docker exec web ls /srv /srv/new2 /srv/new3
docker cp /tmp/cpx/d web:/srv/no/new
docker cp /tmp/cpx/d web:/tmp/a.txt
docker cp /tmp/cpx/a.txt web:/srv/d/1/
docker cp /tmp/cpx/a.txt web:srv/rel.txt
docker exec web cat /srv/rel.txt
docker cp -q /tmp/cpx/a.txt web:/tmp/q
docker cp -a /tmp/cpx/a.txt web:/tmp/arch
docker cp /tmp/cpx/nofile web:/tmp/
docker cp nobody:/etc/hostname /tmp/cpx/
docker cp /tmp/cpx/a.txt nobody:/tmp/x
docker cp web:/etc/nofile /tmp/cpx/
docker cp web:/etc/nodir/nofile /tmp/cpx/
docker cp web:/tmp/a.txt /tmp/cpx/out.txt
cat /tmp/cpx/out.txt
docker cp web:/tmp/a.txt /tmp/cpx/no/out.txt
docker cp web:/tmp/a.txt /tmp/cpx/nodir/
docker cp web:/srv/d /tmp/cpx/outd
ls /tmp/cpx/outd
docker cp web:/srv/d /tmp/cpx/outd
ls /tmp/cpx/outd
docker cp web:/srv/d/. /tmp/cpx/outd2
ls /tmp/cpx/outd2
docker cp web:/srv/d /tmp/cpx/a.txt
docker cp web:/srv/d/. /tmp/cpx/a.txt
docker cp web:/tmp/a.txt/ /tmp/cpx/
docker cp web:/etc/hostname/x /tmp/cpx/
docker cp /tmp/cpx/a.txt web:/opt/link
docker cp web:/srv/d - > /tmp/cpx/d.tar
docker cp - web:/opt < /tmp/cpx/d.tar
docker exec web cat /opt/d/e/2
docker cp - web:/opt/nodir < /tmp/cpx/d.tar
docker cp - web:/tmp/a.txt < /tmp/cpx/d.tar
printf garbage > /tmp/cpx/garbage
docker cp - web:/opt < /tmp/cpx/garbage
docker cp web:/a web:/b
docker cp a b
docker cp - -
docker cp web:/a.txt
docker cp web:/tmp/a.txt ""
docker cp "" web:/tmp
docker cp :/a /tmp
docker cp web:/proc/version /tmp/cpx/v
docker exec web mkdir /mnt/dd /mnt/a.txt
docker cp /tmp/cpx/d web:/mnt/dd
docker cp /tmp/cpx/a.txt web:/mnt
docker exec web sh -c 'rmdir /mnt/a.txt; echo x > /mnt/d'
docker cp /tmp/cpx/d web:/mnt
docker cp web:/nowhere /tmp/cpx/outd/e
ls /tmp/cpx/outd/e
docker diff web | sort
docker stop -t 0 web
docker cp /tmp/cpx/a.txt web:/tmp/stopped
docker start web
docker exec web cat /tmp/stopped
docker create --name made nettools sleep infinity
docker diff made | sort
docker cp /tmp/cpx/a.txt made:/tmp/m
docker diff made | sort
docker start made
docker exec made cat /tmp/m
docker run -d --name ro --read-only -v vol1:/data -v vol2:/rod:ro nettools sleep infinity
docker cp /tmp/cpx/a.txt ro:/tmp/x
docker cp /tmp/cpx/a.txt ro:/data/x
docker exec ro cat /data/x
docker cp /tmp/cpx/a.txt ro:/rod/x
docker cp /tmp/cpx/a.txt ro:/rod
docker diff ro | sort
docker run -d --name tm --tmpfs /t nettools sleep infinity
docker cp /tmp/cpx/a.txt tm:/t/x
docker exec tm ls /t
docker cp tm:/t/x /tmp/cpx/tmpfs
cat /tmp/cpx/tmpfs
docker pause tm
docker cp tm:/etc/passwd /tmp/cpx/passwd
docker unpause tm
docker exec tm sh -c 'echo x > /tmp/new; mkdir /srv/dir; echo y > /srv/dir/f; echo z >> /etc/passwd; mkdir /e1 /e1/e2; rm /etc/group'
docker diff tm | sort
docker exec tm sh -c 'rm /tmp/new /srv/dir/f; rmdir /srv/dir /e1/e2'
docker diff tm | sort
docker diff nope
docker diff
docker export nope
docker export -o /nodir/exp.tar web
docker export
docker cp --help
docker export --help
docker diff --help
docker rm -f web made ro tm
docker volume rm vol1 vol2
rm -rf /tmp/cpx
