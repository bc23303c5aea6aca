# Main processes that wait: sleep, tail -f, loops, wait
docker network create app
docker run --name p1 -d alpine sleep infinity
docker run --name p2 -d alpine sleep inf
docker run --name p3 -d alpine sleep 3600
docker run --name p4 -d alpine sleep 1d
docker run --name p5 -d alpine tail -f /dev/null
docker run --name p6 -d alpine tail -F /dev/null
docker run --name p7 -d alpine tail -n 0 -f /dev/null
docker run --name p8 -d alpine tail --follow /dev/null
docker run --name p9 -d alpine sh -c 'sleep infinity'
docker run --name p10 -d alpine sh -c "while true; do sleep 1; done"
docker run --name p11 -d alpine bash -c "while true; do sleep 1; done"
docker run --name p12 -d alpine bash -c "while :; do sleep 10; done"
docker run --name p13 -d alpine sh -c "while sleep 3600; do :; done"
docker run --name p14 -d alpine sh -c "tail -f /dev/null & wait"
docker run --name p15 -d alpine sh -c "sleep infinity & wait"
docker run --name p16 -d alpine sh -c 'exec sleep infinity'
docker run --name p17 -d --entrypoint sleep alpine infinity
docker run --name p18 -d --entrypoint tail alpine -f /dev/null
docker run --name p19 -d --entrypoint sh alpine -c "sleep infinity"
docker run --name p20 -d --entrypoint "" alpine tail -f /dev/null
docker run --name p21 -d --entrypoint /bin/sh alpine
docker run --name p22 -d alpine tail -f /nowhere
docker run --name p23 -d alpine tail -F /nowhere
docker run --name p24 -d alpine tail /dev/null
docker run --name p25 -d alpine busybox tail -f /dev/null
docker run --name p26 -d alpine /bin/sleep infinity
docker run --name p27 -d alpine /usr/bin/sleep 1000
docker run --name p28 -d alpine /nosuch/sleep 1000
docker run --name p29 -d alpine 'sleep infinity'
docker run --name p30 -d alpine sleep
docker run --name p31 -d alpine sleep nonsense
docker run --name p32 -d alpine sleep 1
docker run --name p33 -d --init alpine sleep infinity
docker run --name p34 -d alpine sh -c "sleep 1 && echo done"
docker run --name p35 -d alpine sh -c "echo hello; exit 3"
docker run --name p36 -d alpine sh -c "yes > /dev/null"
docker run --name p37 -d alpine sh -c "read line"
docker run --name p38 -d alpine sh -c ""
docker run --name p39 -d alpine sh -c
docker run --name p40 -d alpine busybox sleep infinity
docker run --name p41 -d alpine bash -c "sleep infinity"
docker run --name p42 -d alpine sh -c "until false; do sleep 1; done"
docker run --name p43 -d alpine sh -c "apk add curl && sleep infinity"
docker run --name p44 -d alpine exec sleep 1
docker run --name p45 -d alpine env
docker run --name p46 -d alpine :
@sleep 3
docker ps -a --no-trunc --format '{{.Names}} {{.State}} {{.Command}}'
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p1
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p2
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p3
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p4
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p5
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p6
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p7
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p8
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p9
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p10
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p11
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p12
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p13
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p14
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p15
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p16
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p17
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p18
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p19
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p20
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p21
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p22
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p23
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p24
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p25
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p26
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p27
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p28
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p29
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p30
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p31
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p32
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p33
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p34
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p35
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p36
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p37
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p38
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p39
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p40
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p41
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p42
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p43
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p44
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p45
docker inspect -f '{{.Name}} {{.State.Status}} {{.State.ExitCode}} {{json .Path}} {{json .Args}} {{json .State.Error}}' p46
docker logs p1
docker logs p2
docker logs p3
docker logs p4
docker logs p5
docker logs p6
docker logs p7
docker logs p8
docker logs p9
docker logs p10
docker logs p11
docker logs p12
docker logs p13
docker logs p14
docker logs p15
docker logs p16
docker logs p17
docker logs p18
docker logs p19
docker logs p20
docker logs p21
docker logs p22
docker logs p23
docker logs p24
docker logs p25
docker logs p26
docker logs p27
docker logs p28
docker logs p29
docker logs p30
docker logs p31
docker logs p32
docker logs p33
docker logs p34
docker logs p35
docker logs p36
docker logs p37
docker logs p38
docker logs p39
docker logs p40
docker logs p41
docker logs p42
docker logs p43
docker logs p44
docker logs p45
docker logs p46
