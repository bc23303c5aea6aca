# volumes, mounts, health checks and devices: what is refused and what docker inspect shows
docker volume ls
docker volume create data
docker volume create data
docker volume create --label a=b --opt type=tmpfs --opt device=tmpfs cache
docker volume create 'bad name'
docker volume create x
docker volume create --driver nosuch dd
docker volume ls
docker volume ls -q
docker volume ls -f name=da
docker volume ls -f dangling=true -q
docker volume ls -f driver=local -q
docker volume ls -f nosuch=1
docker volume ls --format '{{.Name}} {{.Driver}} {{.Scope}} {{.Mountpoint}} {{.Labels}}'
docker volume inspect data
docker volume inspect cache
docker volume inspect nosuch
docker volume inspect -f '{{.Mountpoint}}' data nosuch
docker run -d --name web -v data:/var/lib/data -v /srv/www:/www:ro -v named:/n:rw,z alpine
docker inspect -f '{{json .Mounts}}' web
docker inspect -f '{{json .HostConfig.Binds}} {{json .Config.Volumes}}' web
docker volume ls -q
docker volume rm data
docker volume rm nosuch
docker volume prune -f
docker volume ls -q
docker run -d --name anon -v /cache alpine
docker inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{.Driver}} {{.Mode}} {{.RW}} {{.Propagation}}{{end}} {{json .Config.Volumes}}' anon
docker volume ls -q | wc -l
docker rm -f -v anon
docker volume ls -q | wc -l
docker run --rm -v data:relative alpine true
docker run --rm -v data:/ alpine true
docker run --rm -v data:/a:nosuch alpine true
docker run --rm -v data:/a:ro,rw alpine true
docker run --rm -v a:b:c:d alpine true
docker run --rm -v /a:/b -v /c:/b alpine true
docker run --rm -v '!bad:/b' alpine true
docker run --rm -v ab:/b alpine true
docker run --rm -v a:/b alpine true
docker run --rm -v '' alpine true
docker run --rm -v :/b alpine true
docker run --rm -v rel/path:/b alpine true
docker run --rm -v ./rel:/b alpine true
docker run --rm --mount type=nosuch,target=/b alpine true
docker run --rm --mount target=/b alpine true
docker run --rm --mount type=volume alpine true
docker run --rm --mount type=bind,target=/b alpine true
docker run --rm --mount type=bind,source=rel,target=/b,nosuch=1 alpine true
docker run --rm --mount type=bind,source=/tmp,target=b alpine true
docker run --rm --mount type=tmpfs,source=/a,target=/b alpine true
docker run --rm --mount type=volume,source=v1,target=/b,readonly=maybe alpine true
docker run --rm --mount type=tmpfs,target=/b,readonly alpine true
docker run -d --name mnt --mount type=bind,source=/srv/www,target=/www,readonly --mount source=vol,target=/vol --mount type=tmpfs,target=/scratch,tmpfs-size=1m alpine
docker inspect -f '{{json .HostConfig.Mounts}}' mnt
docker inspect -f '{{range .Mounts}}{{json .}}{{println}}{{end}}' mnt
docker run -d --name tmp --tmpfs /run --tmpfs /cache:rw,size=64k alpine
docker inspect -f '{{json .HostConfig.Tmpfs}} {{json .Mounts}}' tmp
docker run --rm --tmpfs rel alpine true
docker run --rm --tmpfs /a:nosuch alpine true
docker run -d --name from --volumes-from web alpine
docker inspect -f '{{json .Mounts}} {{json .HostConfig.VolumesFrom}}' from
docker run -d --name fromro --volumes-from web:ro alpine
docker run -d --name fromno --volumes-from nosuch alpine
docker run -d --name frombad --volumes-from web:xx alpine
docker ps -q -f volume=data | wc -l
docker volume rm -f nosuch
docker rm -f web from fromro mnt tmp
docker volume prune -f
docker volume ls -q | wc -l
docker volume rm vol named
docker volume rm cache
