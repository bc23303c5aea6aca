# stats, top, context, df
docker run -d --name web nginx
docker run -d --name alp nettools sleep infinity
docker create --name made nettools
docker stats --no-stream --format '{{.Name}} {{.NetIO}} {{.PIDs}} {{.Container}} {{.ID}}' web
docker stats --no-stream web
docker stats --no-stream
docker stats --no-stream -a
docker stats --no-stream --no-trunc alp
docker stats --no-stream --format json alp
docker stats --no-stream --format '{{json .}}' alp
docker stats --no-stream --format 'table {{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}' alp made
docker stats --no-stream --format '{{.Nope}}' alp
docker stats --no-stream nope
docker stats --no-stream web nope
docker stats --no-stream made
docker stats --no-stream --format '{{.MemPerc}} {{.BlockIO}} {{.CPUPerc}} {{.MemUsage}}' made
docker stats -a --no-stream alp
docker stats --help
docker run -d --name net --network none nettools sleep infinity
docker run -d --name hst --network host nettools sleep infinity
docker stats --no-stream --format '{{.Name}} {{.NetIO}}' net hst
docker stop -t 0 alp
docker stats --no-stream --format '{{.Name}} {{.NetIO}} {{.MemUsage}} {{.PIDs}}' alp
docker top web
docker top web -ef
docker top web aux
docker top web -o pid,comm
docker top web -o pid,ppid,user,args
docker top web -eo pid,comm
docker top web -o comm
docker top web -x
docker top web -Z-9
docker top web -l
docker top web -p 1
docker top web o pid,cmd
docker top web axo pid,args
docker top web -fe
docker top web -A
docker top web -e
docker top web a
docker top web u
docker top web x
docker top web -u
docker top web ''
docker top nope
docker top made
docker top
docker top --help
docker pause web
docker top web
docker unpause web
docker rm -f web alp made net hst
