# Flags of docker run about rights, files and names: what a container may do then
docker run -d --name base alpine
docker run --rm alpine nsenter -t 1 -n ip -br addr
docker run --rm --cap-add NET_ADMIN alpine nsenter -t 1 -n ip -br addr
docker run --rm --cap-add NET_ADMIN alpine unshare -n ip link
docker run --rm --cap-add NET_ADMIN alpine ip netns add x
docker run --rm --privileged alpine nsenter -t 1 -n ip -br -4 addr
docker run --rm --user root alpine id -un
docker run --rm --user 0:0 alpine id -un
docker run --rm --user root:root alpine id -un
docker exec -u root base id -un
docker run --rm -w /www alpine cat index.html
docker run --rm -w /www alpine sh -c "pwd; cd ..; pwd"
docker run --rm -w /nosuch/dir alpine sh -c pwd
docker run --rm -w relative alpine sh -c pwd
docker run --rm alpine sh -c pwd
docker run --rm alpine env
docker run -d --name there -w /www alpine
docker exec there cat index.html
docker exec -w / there sh -c pwd
docker exec -w /www base cat index.html
docker exec -w /nosuch base sh -c pwd
docker inspect -f '{{json .Config.WorkingDir}}' there
docker run -d --name ro --read-only alpine
docker exec ro sh -c "echo x > /x"
docker exec ro sh -c "echo x > /tmp/x"
docker exec ro sh -c "echo x > /etc/hosts"
docker exec ro sh -c "echo x > /dev/null"
docker exec ro mkdir /d
docker exec ro touch /www/new
docker exec ro touch /www/index.html
docker exec ro rm /www/index.html
docker exec ro rm /nosuch
docker exec ro cat /www/index.html
docker network create app
docker network connect app ro
docker exec ro cat /etc/hosts
docker run --rm --read-only alpine sh -c "echo x > /x && echo written"
docker run -d --name roweb --read-only nginx
docker exec roweb curl -s http://127.0.0.1/
docker run --rm --uts host alpine hostname
docker run --rm --uts host alpine cat /etc/hostname
docker run -d --name uts --uts host alpine
docker exec uts cat /etc/hosts
docker inspect -f '{{.Config.Hostname}} {{.HostConfig.UTSMode}}' uts
docker run --rm --uts host --hostname me alpine hostname
docker run -d --name nolog --log-driver none alpine sh -c "echo hi; sleep 100"
docker logs nolog
docker inspect -f '{{json .HostConfig.LogConfig}}' nolog
docker run -d --name loclog --log-driver local --log-opt max-size=1m alpine sh -c "echo hi; sleep 100"
@sleep 1
docker logs loclog
docker run --rm --security-opt apparmor=unconfined alpine true
docker run --rm --security-opt label=disable alpine true
docker run --rm --security-opt no-new-privileges alpine ping -c 1 -W 1 127.0.0.1
docker run --rm --security-opt seccomp=unconfined alpine true
@sleep 1
docker run --rm --platform linux/amd64 alpine echo here
docker run --rm --platform linux alpine echo here
docker run --rm --platform linux/arm64 alpine echo here
docker run --rm --platform nonsense/x alpine echo here
docker run -d --name many --annotation a=b --cgroupns host --cgroup-parent /x --group-add 5 --ipc host --label l=1 --log-opt max-size=1m --memory 64m --cpus 1 --cpu-shares 5 --shm-size 32m --ulimit nofile=100:200 --oom-score-adj 100 --pids-limit 50 --stop-timeout 3 --security-opt no-new-privileges --runtime runc alpine
docker inspect -f '{{json .HostConfig}}' many
docker inspect -f '{{json .Config}}' many
