# Many ports, ranges, exhaustion
docker run -d --name r1 -p 9000-9004:9000-9004 alpine
docker port r1
docker run -d --name r2 -p 9003-9006:80 nginx
docker port r2
docker run -d --name r3 -p 9003-9006:80 nginx
docker port r3
docker run -d --name r4 -p 9003-9006:80 nginx
docker rm r4
docker run -d --name r5 -p 9100-9101:80-82 nginx
docker run -d --name r6 -p 9100:80 -p 9100:81 nginx
docker rm r6
docker run -d --name r7 -p 9100:80 -p 9100:80/udp nginx
docker port r7
docker run -d --name r8 -p 127.0.0.1:9200:80 -p 192.168.56.10:9200:80 nginx
docker port r8
docker run -d --name r9 -p 9200:80 nginx
docker rm r9
docker run -d --name r10 -p 10.1.1.1:9201:80 nginx
docker rm r10
docker run -d --name r11 -p '[::1]:9201:80' nginx
docker port r11
docker run -d --name r12 -P redis
docker port r12
docker run -d --name r13 -P --expose 7000-7002/udp --expose 80 redis
docker port r13
docker port r13 7001/udp
docker port r13 80
docker port r13 81
docker ps --format '{{.Names}}\t{{.Ports}}'
iptables-save -t nat
ip6tables-save -t nat
docker stop -t 0 r1 r13
docker start r13
docker port r13
docker start r1
docker port r1
docker run -d --name r14 -p 0:80 nginx
docker port r14
docker run -d --name r15 -p 80/sctp nginx
docker run -d --name r16 -p :80 nginx
docker run -d --name r17 -p 127.0.0.1::80 nginx
docker port r17
docker run -d --name r18 -p 70000:80 nginx
docker run -d --name r19 -p 80:70000 nginx
docker run -d --name r20 -p 80:80/foo nginx
docker run -d --name r21 -p 1.2.3:80:80 nginx
docker run -d --name r22 -p a:80 nginx
docker run -d --name r23 -p 9300-9310:80 -p 9300-9310:81 nginx
docker port r23
