# --format of docker ps, network ls, events, info, version
docker network create --label k=v app
docker run -d --name web --network app -p 8080:80 --label team=blue nginx
docker run -d --name db alpine
docker create --name made alpine
docker ps -a --format '{{.ID}}'
docker ps -a --format '{{.Names}}'
docker ps -a --format '{{.Image}} {{.Command}}'
docker ps -a --format '{{.Status}} {{.State}}'
docker ps -a --format '{{.Ports}}'
docker ps -a --format '{{.Labels}}'
docker ps -a --format '{{.Label "team"}}'
docker ps -a --format '{{.Label "nope"}}'
docker ps -a --format '{{.Label}}'
docker ps -a --format '{{.Networks}} {{.Mounts}} {{.LocalVolumes}} {{.Size}}'
docker ps -a --format '{{.RunningFor}}'
docker ps -a --format '{{json .}}'
docker ps -a --format '{{json .Names}}'
docker ps -a --format '{{.Nope}}'
docker ps -a --format '{{.Names.Foo}}'
docker ps -a --format 'table {{.Names}}\t{{.Image}}'
docker ps -a --format 'table {{.ID}}\t{{.Names}}\t{{.Ports}}'
docker ps -a --format 'table {{.Names}} {{.Nope}}'
docker ps -a --format 'table {{upper .Names}}'
docker ps -a --format 'table'
docker ps -a --format '{{if eq .State "running"}}{{.Names}} up{{end}}'
docker ps -a --format '{{range .Names}}x{{end}}'
docker ps -a --format '{{.Names}}\n'
docker ps -a --format '{{printf "%-10s|" .Names}}'
docker ps -a --format '{{truncate .ID 4}}'
docker ps -a --format '{{len .Names}}'
docker ps -a --format '{{split .Ports ","}}'
docker ps -a --format '{{join (split .Names "e") "-"}}'
docker ps -a --format 'json'
docker ps -a --format 'raw'
docker ps -a --format 'pretty'
docker ps -a --format '{{.Platform}}'
docker ps -a --format '{{.HealthStatus}}'
docker ps -a --format '{{.'
docker ps -a --format '{{if}}'
docker ps
docker ps -a
docker ps -q
docker ps -aq --no-trunc
docker ps --no-trunc
docker ps -s
docker ps -a --last 1
docker ps -l
docker ps -n 0
docker ps -n -1
docker ps -a -f name=web -f name=db
docker ps -f network=app
docker ps -f label=team=blue
docker ps -f label=team -q
docker ps -f publish=8080-8090
docker ps -f publish=80
docker ps -f expose=80
docker ps -f id=zz
docker ps -f status=created
docker ps -f status=running -f name=web
docker ps -f foo
docker ps -f foo=bar
docker ps -f is-task=true
docker ps -f volume=x
docker ps -f health=starting
docker ps -f ancestor=alpine
docker ps -f before=db
docker ps -f since=web -a
docker ps -f before=nope
docker network ls --format '{{.ID}}'
docker network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'
docker network ls --format '{{.IPv4}} {{.IPv6}} {{.Internal}}'
docker network ls --format '{{.Labels}} {{.Label "k"}}'
docker network ls --format '{{json .}}'
docker network ls --format '{{json .Name}}'
docker network ls --format '{{.Nope}}'
docker network ls --format 'table {{.Name}}\t{{.Driver}}'
docker network ls --format 'table {{.ID}} {{.Labels}}'
docker network ls --format 'json'
docker network ls --format 'raw'
docker network ls --format '{{upper .Name}}'
docker network ls --format '{{if eq .Driver "bridge"}}{{.Name}}{{end}}'
docker network ls --format '{{.CreatedAt}}'
docker network ls
docker network ls -q
docker network ls --no-trunc
docker network ls -f driver=bridge -f name=app
docker network ls -f id=zz
docker network ls -f label=k
docker network ls -f label=k=w
docker network ls -f scope=swarm
docker network ls -f scope=foo
docker network ls -f type=builtin
docker network ls -f type=foo
docker network ls -f dangling=false
docker network ls -f dangling=x
docker network ls -f driver=host -f driver=null
docker network ls extra
docker network inspect -f '{{.Name}}' app
docker network inspect -f '{{json .IPAM}}' app
docker network inspect -f '{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}' app
docker network inspect -f '{{(index .IPAM.Config 0).Subnet}}' app
docker network inspect -f '{{range .Containers}}{{.Name}} {{.IPv4Address}}{{println}}{{end}}' app
docker network inspect -f '{{range $k, $v := .Containers}}{{$v.Name}}{{end}}' app
docker network inspect -f '{{len .Containers}}' app
docker network inspect -f '{{.Options}} {{json .Labels}}' app
docker network inspect -f '{{.Nope}}' app
docker network inspect -f '{{.EnableIPv4}}' app
docker network inspect -f '{{.Internal}} {{.Attachable}} {{.Ingress}} {{.ConfigOnly}}' app
docker network inspect -f '{{.ConfigFrom.Network}}|' app
docker network inspect -f '{{.Scope}}{{.Driver}}' app
docker network inspect -f '{{index .Options "x"}}' app
docker network inspect -f '{{with .Peers}}p{{else}}none{{end}}' app
docker network inspect -f '{{json .Services}}' app
docker network inspect -v app
docker network inspect app nope
docker network inspect -f {{.Name}} app bridge nope
docker network inspect --verbose -f {{.Name}} app
docker network inspect
docker inspect --type network app -f {{.Name}}
docker inspect --type container app
docker inspect --type foo app
docker inspect web app -f {{.Name}}
docker inspect -s web -f {{.SizeRw}}
docker container inspect app
docker inspect nope nope2
docker inspect
docker image inspect nope
