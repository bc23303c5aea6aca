# curl, wget, nc and busybox as containers have them
docker network create n1
docker run -d --name web --network n1 -p 8080:80 nginx
docker run -d --name db --network n1 postgres
docker run -d --name cli --network n1 alpine
docker exec cli curl -s http://web/
docker exec cli curl -sS http://web:81/
docker exec cli curl -sS http://nosuch/
docker exec cli curl -sS -m 1 http://172.18.0.99/
docker exec cli curl -sS --connect-timeout 1 http://172.18.0.99/
docker exec cli curl -sS http://172.18.0.99/
docker exec cli curl -sS http://10.9.0.2/
docker exec cli curl -sSf http://web/nosuch
docker exec cli curl -f http://web/nosuch
docker exec cli curl -s -w '%{http_code} %{size_download} %{remote_ip} %{num_connects} %{url_effective}\n' -o /dev/null http://web/
docker exec cli curl -s -w '%{http_code}\n' -o /dev/null http://web:81/
docker exec cli curl
docker exec cli curl -sS -m x http://web/
docker exec cli curl --nosuch
docker exec cli curl -sS ftp2://web/
docker exec cli curl -sS http://web/ -o /nodir/x
docker exec cli curl -sS http://db:5432/ -m 1
docker exec cli curl -sS https://web:81/
docker exec cli curl -sS http://web/ http://web/
docker exec cli curl -sS 'http://[::1]:81/'
docker exec cli curl -sS -6 http://web/
docker exec cli wget -qO- http://web/
docker exec cli busybox wget -qO- http://web/
docker exec cli busybox wget -qO- http://web:81/
docker exec cli busybox wget -O- http://nosuch/
docker exec cli busybox wget -T 1 -O- http://172.18.0.99/
docker exec cli busybox wget -O- http://web/nosuch
docker exec cli busybox wget
docker exec cli busybox nc web 81
docker exec cli busybox nc -w 1 172.18.0.99 80
docker exec cli busybox nc -zv web 80
docker exec cli busybox nosuch
docker exec cli busybox telnet web 81
docker exec cli nc -zv web 80
docker exec cli nc -zv web 81
docker exec cli nc -zv -w 1 172.18.0.99 80
docker exec cli nc -zv nosuch 80
docker exec cli nc -zv db 5432
docker exec cli nc
docker exec cli sh -c 'echo hello | nc -w 1 db 5432'
docker exec cli sh -c 'echo hello | nc -N db 5432'
docker exec cli ss -tan
docker exec web ss -tln
docker exec web ss -tlnp
docker exec db ss -tlnp
docker exec web busybox httpd -f -p 80
docker exec web nc -l 80
docker exec cli nc -l 80 -w 1
docker exec cli nc -lv 80 -w 1
docker logs web
docker logs db
docker exec cli bash -c 'echo > /dev/tcp/web/80 && echo open'
docker exec cli sh -c 'echo > /dev/tcp/web/80 && echo open'
ip netns exec lan curl -s http://192.168.56.10:8080/
ip netns exec lan curl -sS http://192.168.56.10:8081/
curl -s http://127.0.0.1:8080/
curl -s http://localhost:8080/
curl -s 'http://[::1]:8080/'
curl -s http://192.168.56.10:8080/
curl -s http://172.18.0.2/
ss -tlnp
ss -tan 'sport = :8080'
docker exec cli curl -s http://192.168.56.10:8080/
docker exec cli curl -s http://172.18.0.1:8080/
docker exec cli sh -c "curl -sv http://web/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl -sv http://web/nosuch 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl -sv -I http://web/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl -sv -d a=b http://web/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl -sv http://web:81/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl -sv http://nosuch/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl -sv -m 1 http://172.18.0.99/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl -sv -L http://web/sub 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl -sv http://web/ http://web/ 2>&1 | tr -d '\\r' | grep -v -e Date: -e Last-Modified: -e ETag: -e port -e Excess -e excess"
docker exec cli sh -c "curl http://web/ 2>&1 | tr '\\r' '\\n' | sed 's/ *[0-9]* *[0-9]* *0 *$//'"
docker exec cli sh -c "curl http://web:81/ 2>&1 | tr '\\r' '\\n' | sed 's/ *[0-9]* *[0-9]* *0 *$//'"
docker exec cli sh -c "curl -m 1 http://172.18.0.99/ 2>&1 | tr '\\r' '\\n' | sed 's/ *[0-9]* *[0-9]* *0 *$//'"
