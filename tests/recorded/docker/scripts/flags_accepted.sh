# flags that have no bearing on the network, and what docker inspect shows of them
docker run -d --name hc --health-cmd 'curl -f http://localhost/' --health-interval 30s --health-retries 3 --health-timeout 5s --health-start-period 1m alpine
docker inspect -f '{{json .Config.Healthcheck}}' hc
docker inspect -f '{{json .State.Health}} {{.State.Status}}' hc
docker ps --format '{{.Names}} {{.State}}' 
docker ps -f health=starting --format '{{.Names}}'
docker ps -f health=none --format '{{.Names}}'
docker run -d --name nohc --no-healthcheck alpine
docker inspect -f '{{json .Config.Healthcheck}} {{json .State}}' nohc | cut -c1-60
docker run -d --name hcbad --health-interval 1us --health-cmd true alpine
docker run -d --name hcboth --no-healthcheck --health-cmd true alpine
docker run -d --name hcneg --health-retries -1 --health-cmd true alpine
docker run -d --name hcint --health-interval -1s --health-cmd true alpine
docker run -d --name hcno --health-interval 10s alpine
docker inspect -f '{{json .Config.Healthcheck}}' hcno
docker run -d --name dev --device /dev/null --device /dev/zero:/dev/zz:r alpine
docker inspect -f '{{json .HostConfig.Devices}}' dev
docker run -d --name devmode --device /dev/null:/dev/x:q alpine
docker run -d --name rule --device-cgroup-rule 'c 42:* rmw' alpine
docker inspect -f '{{json .HostConfig.DeviceCgroupRules}}' rule
docker run -d --name bw --blkio-weight 300 alpine
docker run -d --name bwbad --blkio-weight 5 alpine
docker run -d --name so --storage-opt size=1G alpine
docker run -d --name us --user 1000:1000 alpine
docker inspect -f '{{json .Config.User}}' us
docker run -d --name usn --user nobody alpine
docker run -d --name sec --security-opt seccomp=unconfined --security-opt no-new-privileges:true alpine
docker inspect -f '{{json .HostConfig.SecurityOpt}}' sec
docker run -d --name plat --platform linux/amd64 alpine
docker run -d --name uns --userns host alpine
docker inspect -f '{{json .HostConfig.UsernsMode}}' uns
docker run -d --name vd --volume-driver local -v vv:/v alpine
docker inspect -f '{{json .HostConfig.VolumeDriver}}' vd
