# docker events: filters and formats
docker network create app
docker run -d --name web --network app --label team=blue -p 80 nginx
docker exec web true
docker network connect bridge web
docker pause web
docker unpause web
docker rename web www
docker top www
docker restart -t 0 www
docker kill www
docker start www
docker update --restart always www
docker network disconnect app www
docker stop -t 0 www
docker rm www
docker run --rm --name once alpine true
docker run --rm --name fail alpine nosuch
docker run -d --name port -p 70000:80 alpine
docker network rm app
docker network create --internal -d bridge in2
docker network rm in2
@sleep 2
docker events --since 1h --until 0s  --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter type=container --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter type=network --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter type=foo --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter event=start --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter event=start --filter event=die --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter event=exec_create --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter container=www --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter container=web --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter network=app --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter network=bridge --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter image=nginx --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter image=alpine --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter label=team=blue --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter label=team --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter label=nope --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter scope=local --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter scope=swarm --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter daemon=x --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter volume=x --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter foo=bar --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter node=x --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter type=container --filter event=die --filter image=nginx --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter type=network --filter network=app --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter event=exec_die --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter event=connect --filter container=www --format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{.Actor.Attributes}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{json .Actor.Attributes}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{.Status}} {{.From}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{.Scope}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{.Nope}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{.Actor.Attributes.nope}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{if eq .Type "network"}}{{.Action}}{{end}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{.Type | upper}}'
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{'
docker events --since 1h --until 0s --filter type=network --filter event=create --format 'table {{.Type}}'
docker events --since 1h --until 0s --filter event=kill --format '{{.Action}} {{json .Actor.Attributes}}'
docker events --since 1h --until 0s --filter event=die --format '{{.Action}} {{json .Actor.Attributes}}'
docker events --since 1h --until 0s --filter event=connect --format '{{.Action}} {{json .Actor.Attributes}}'
docker events --since 1h --until 0s --filter type=container --format '{{.Action}} {{json .Actor.Attributes}}'
docker events --since x --until 0s
docker events --until 1h --since 0s &
docker events --since 2020-01-01 --until 2020-01-02
docker events --since 1h --until 0s extra
docker events --since 1h --until 1m --format json
docker system events --since 1h --until 0s --filter event=rename --format "{{.Actor.Attributes.oldName}}"
