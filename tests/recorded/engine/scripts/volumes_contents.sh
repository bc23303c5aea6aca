# Volumes: what is written in one container is read in another
docker run --rm -v data:/data alpine sh -c 'echo one > /data/a; ls /data'
docker run --rm -v data:/data alpine cat /data/a
docker run --rm -v data:/other alpine ls /other
docker run --rm -v data:/data:ro alpine sh -c 'cat /data/a; echo two > /data/b'
docker run --rm --mount type=volume,source=data,target=/data,readonly alpine sh -c 'echo two > /data/b'
docker run -d --name one -v data:/data alpine
docker run -d --name two -v data:/srv/data alpine
docker exec one sh -c 'echo hello > /data/c'
docker exec two cat /srv/data/c
docker exec two sh -c 'mkdir -p /srv/data/deep/er; echo x > /srv/data/deep/er/f'
docker exec one cat /data/deep/er/f
docker exec one ls /data
docker exec one rm /data/a
docker exec two cat /srv/data/a
docker volume ls
docker volume inspect data --format '{{.Name}} {{.Mountpoint}}'
docker volume rm data
docker rm -f one
docker volume rm data
docker rm -f two
docker volume rm data
docker run --rm -v data:/data alpine ls /data
docker run -d --name anon -v /data alpine
docker exec anon sh -c 'echo kept > /data/k'
docker restart -t 1 anon
docker exec anon cat /data/k
docker run --rm --volumes-from anon alpine cat /data/k
docker rm -f -v anon
mkdir -p /srv/vol12/dir
echo from-host > /srv/vol12/f
echo in-dir > /srv/vol12/dir/g
docker run --rm -v /srv/vol12/f:/etc/f alpine cat /etc/f
docker run --rm -v /srv/vol12/f:/etc/f:ro alpine sh -c 'echo no > /etc/f'
docker run --rm -v /srv/vol12/dir:/mnt/dir alpine ls /mnt/dir
docker run --rm -v /srv/vol12/dir:/mnt/dir alpine sh -c 'echo from-container > /mnt/dir/h'
cat /srv/vol12/dir/h
docker run -d --name bind -v /srv/vol12/dir:/mnt alpine
echo later > /srv/vol12/dir/later
docker exec bind cat /mnt/later
docker run --rm -v /srv/vol12/missing:/m alpine ls /m
ls /srv/vol12
docker run --rm --mount type=bind,source=/srv/vol12/absent,target=/m alpine ls /m
docker run --rm -v /srv/vol12/f:/etc alpine true
docker run --rm -v /srv/vol12/dir:/etc/passwd alpine true
docker run -d --name tmp --tmpfs /run/t alpine
docker exec tmp sh -c 'echo x > /run/t/x; cat /run/t/x'
docker restart -t 1 tmp
docker exec tmp ls /run/t
docker run --rm --mount type=tmpfs,target=/t alpine ls /t
docker exec bind rm /mnt/later
ls /srv/vol12/dir
docker run --rm -v www:/www alpine ls /www
docker run --rm -v www2:/www:nocopy alpine ls /www
docker run --rm --mount type=volume,source=www3,target=/www,volume-nocopy alpine ls /www
docker rm -f bind tmp
docker run -d --name web -v /srv/vol12:/www nginx
docker exec web curl -s http://localhost/f
docker rm -f web
rm /srv/vol12/f /srv/vol12/dir/g /srv/vol12/dir/h
docker volume ls -q
docker volume rm data www www2 www3
