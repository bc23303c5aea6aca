# Main processes that read a terminal or standard input: which of them keep a container running?
docker network create app
docker run --name p1 -dit alpine sh
docker run --name p2 -dt alpine sh
docker run --name p3 -d alpine sh
docker run --name p4 -di alpine sh
docker run --name p5 -dit alpine bash
docker run --name p6 -d alpine bash
docker run --name p7 -di alpine cat
docker run --name p8 -d alpine cat
docker run --name p9 -dt alpine cat
docker run --name p10 -d alpine top
docker run --name p11 -dit busybox /bin/bash
docker run --name p12 -dti busybox /bin/sh
docker run --name p13 -d --tty alpine ash
docker run --name p14 -di alpine cat -
docker run --name p15 -dit alpine cat
docker run --name p16 -d alpine sh -s
docker run --name p17 -di alpine sh -s
docker run --name p18 -dit alpine bash -l
docker run --name p19 -dit alpine sh -c "read line"
docker run --name p20 -d alpine tail
docker run --name p21 -di alpine tail
docker run --name p22 -d alpine wc
docker run --name p23 -di alpine wc -l
docker run --name p24 -di alpine sort
docker run --name p25 -di --entrypoint cat alpine
docker run --name p26 -dit --entrypoint bash alpine
docker run --name p27 -d --entrypoint bash alpine
docker run --name p28 -dit alpine busybox cat
docker run --name p29 -d alpine busybox cat
docker run --name p30 -di alpine tee /tmp/x
docker run --name p31 -di alpine grep x
docker run --name p32 -dit alpine
docker run --name p33 -di nginx
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
docker run -dt --name t1 alpine top
docker run -d --name t2 alpine top -b
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' t1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' t2
docker create -it --name c1 alpine sh
docker start c1
docker create --name c2 alpine sh
docker start c2
@sleep 1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' c1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' c2
docker restart -t 0 p1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' p1
docker exec p1 echo here
docker stop -t 0 p1
docker start p1
docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' p1
docker run --rm -i alpine cat < /dev/null
echo 'echo from the shell' | docker run --rm -i alpine sh
echo 'echo from the shell' | docker run --rm alpine sh
