# containers and a name server outside
ip netns exec lan dnsmasq -k -u root -R -h --address=/example.org/192.168.56.20 &
ip netns exec lan nc -l -k -p 80 &
docker network create app
docker run -d --name c1 --network app --dns 192.168.56.20 alpine
docker exec c1 nc -z -w 2 repo.example.org 80
docker exec c1 getent ahosts repo.example.org
docker run -d --name c2 --dns 192.168.56.20 alpine
docker exec c2 nc -z -w 2 repo.example.org 80
docker exec c2 getent ahosts repo.example.org
docker exec c2 dig +short repo.example.org
docker exec c2 getent hosts nothere.net
docker exec c1 getent hosts nothere.net
docker exec c1 nc -z -w 2 nothere.net 80
