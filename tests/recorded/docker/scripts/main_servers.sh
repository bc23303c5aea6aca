# Main processes that serve or send
docker network create app
docker run --name p1 -d --network app alpine nc -l -p 80
docker run --name p2 -d --network app alpine nc -lk -p 80
docker run --name p3 -d --network app alpine nc -lk 80
docker run --name p4 -di --network app alpine nc -l -p 80
docker run --name p5 -dit --network app alpine nc -lk -p 80
docker run --name p6 -d --network app alpine sh -c "nc -lk -p 80"
docker run --name p7 -d --network app alpine nc -lu 53
docker run --name p8 -d --network app alpine httpd -f
docker run --name p9 -d --network app alpine busybox httpd -f
docker run --name p10 -d --network app alpine busybox httpd -f -p 8080
docker run --name p11 -d --network app alpine busybox httpd
docker run --name p12 -d --network app alpine busybox nc -l -p 80
docker run --name p13 -d --network app nginx nginx -g 'daemon off;'
docker run --name p14 -d --network app alpine python3 -m http.server 8000
docker run --name p15 -d --network app alpine ping -c 1 127.0.0.1
docker run --name p16 -d --network app alpine sh -c "ping 127.0.0.1 > /dev/null"
docker run --name p17 -d --network app alpine nosuchprogram
docker run --name p18 -d --network app alpine /nosuch/program
docker run --name p19 -d --network app alpine /etc
docker run --name p20 -d --network app alpine /etc/hosts
docker run --name p21 -d --network app alpine true
docker run --name p22 -d --network app alpine false
docker run --name p23 -d --network app alpine echo hi
docker run --name p24 -d --network app alpine iperf3 -s
docker run --name p25 -d --network app alpine sh -c "while true; do echo hi | nc -l -p 80; done"
docker run --name p26 -d --network app alpine sh -c "while true; do nc -l -p 80 < /dev/null; done"
docker run --name p27 -d --network app alpine sh -c "nosuchprogram"
docker run --name p28 -d --network app alpine sh -c "nosuchprogram; sleep infinity"
docker run --name p29 -d --network app alpine sh nosuchscript
docker run --name p30 -d --network app --workdir /www alpine busybox httpd -f
docker run --name p31 -d --network app alpine sh -c "busybox httpd -f -p 80 & sleep infinity"
docker run --name p32 -d --network app alpine sh -c "busybox httpd -p 80; sleep infinity"
docker run --name p33 -d --network app alpine sh -c "busybox httpd -p 80"
docker run --name p34 -d --network app alpine ""
docker run --name p35 -d --network app alpine " "
docker run --name p36 -d --network app --entrypoint "" alpine sleep 1000
docker run --name p37 -d --network app --entrypoint "" alpine
docker run --name p38 -d --network app --entrypoint nosuchprogram alpine sleep
docker run --name p39 -d --network app alpine nc -lk -p 80 -e cat
docker run --name p40 -d --network app alpine nc -l
docker run --name p41 -d --network app alpine busybox nosuchapplet
docker run --name p42 -d --network app alpine busybox
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
docker run -d --name cl --network app alpine
docker exec cl nc -z -w 2 p2 80
docker exec cl nc -z -w 2 p4 80
docker exec cl nc -z -w 2 p5 80
docker exec cl nc -z -w 2 p6 80
docker exec cl nc -z -w 2 p31 80
docker exec cl nc -z -w 2 p32 80
