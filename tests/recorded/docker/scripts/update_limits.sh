# What docker update changes, and what it refuses; subpaths of volumes
docker run -d --name web -m 400m alpine
docker update -m 300m web
docker inspect -f '{{.HostConfig.BlkioWeight}} {{.HostConfig.CpusetCpus}} {{.HostConfig.CpusetMems}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}} {{.HostConfig.MemoryReservation}}' web
docker update --cpu-shares 3 --pids-limit 100 web
docker inspect -f '{{.HostConfig.CpuShares}} {{.HostConfig.PidsLimit}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' web
docker update -m 1g web
docker update -m 1g --memory-swap 2g web
docker inspect -f '{{.HostConfig.CpuShares}} {{.HostConfig.PidsLimit}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' web
docker update -m 1m web
docker update --memory-reservation 2g web
docker update --memory-reservation 100m web
docker update --cpus 0.5 web
docker update --cpu-quota 50000 web
docker update --cpu-period 100000 --cpu-quota 50000 web
docker update --cpus 99 web
docker update --cpuset-cpus 0 --cpuset-mems 0 web
docker update --cpuset-mems 7 web
docker update --cpu-period 1 dd
docker update --cpu-quota 1 dd
docker update --memory-reservation 1500m web
docker update --cpuset-cpus 99 web
docker update --blkio-weight 300 web
docker update --blkio-weight 3 web
docker update --pids-limit -1 web
docker inspect -f '{{.HostConfig.BlkioWeight}} {{.HostConfig.CpusetCpus}} {{.HostConfig.CpusetMems}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}} {{.HostConfig.MemoryReservation}}' web
docker update --memory-swap -1 web
docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' web
docker create --name cc -m 100m alpine
docker update -m 200m cc
docker update -m 200m --memory-swap 500m cc
docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' cc
docker create --name dd alpine
docker update -m 200m dd
docker update --cpus 1 dd
docker update --cpu-period 100000 dd
docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuPeriod}}' dd
docker update -m 200m nosuch
docker update -m 200m dd nosuch cc
docker update dd
docker update --restart always -m 300m --memory-swap 400m dd
docker inspect -f '{{.HostConfig.Memory}} {{.HostConfig.RestartPolicy.Name}}' dd
docker update --memory-reservation 1m dd
@sleep 1
docker events --since 1h --until 0s --filter event=update --format '{{json .Actor.Attributes}}'
docker volume create shelf
docker run --rm -v shelf:/vol alpine sh -c 'mkdir -p /vol/sub/deep; echo one > /vol/sub/file; echo top > /vol/top'
docker run --rm --mount type=volume,src=shelf,dst=/m,volume-subpath=sub alpine sh -c 'ls /m; cat /m/file; echo two > /m/new'
docker run --rm -v shelf:/vol alpine sh -c 'ls /vol /vol/sub; cat /vol/sub/new'
docker run --rm --mount type=volume,src=shelf,dst=/m,volume-subpath=nosuch alpine true
docker run --rm --mount type=volume,src=shelf,dst=/m,volume-subpath=/sub alpine true
docker run --rm --mount type=volume,src=shelf,dst=/m,volume-subpath=../x alpine true
docker run --rm --mount type=volume,src=shelf,dst=/m,volume-subpath=sub/../../x alpine true
docker run --rm --mount type=volume,src=shelf,dst=/m,volume-subpath=top alpine cat /m
docker run --rm --mount type=volume,src=shelf,dst=/m,volume-subpath=sub,readonly alpine sh -c 'echo x > /m/z'
docker run -d --name ss --mount type=volume,src=shelf,dst=/m,volume-subpath=sub/deep alpine
docker inspect -f '{{json .Mounts}} {{len .HostConfig.Mounts}}' ss
docker run --rm --mount type=volume,dst=/m,volume-subpath=sub alpine ls /m
docker run --rm --mount type=volume,src=empty-shelf,dst=/f,volume-subpath=sub alpine ls /f
docker run --name big alpine sh -c 'echo hello > /data'
docker container prune -f
