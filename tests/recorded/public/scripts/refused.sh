# What ping, ip and nslookup of the public alpine refuse
docker run -d --name box --cap-add NET_ADMIN alpine sleep infinity
docker run -d --name bare --cap-drop NET_RAW alpine sleep infinity
docker exec box ping -c 1 -I nosuch 172.17.0.1
docker exec bare ping -c 1 172.17.0.1
docker exec box ping -i . 172.17.0.1
docker exec box ping -c
docker exec box ping -w 3 172.17.0.99
docker exec box ping -s 2 -c 1 172.17.0.1
docker exec box ping -c 1 -I 172.17.0.77 172.17.0.1
docker exec box ping -c 1 255.255.255.255
docker exec box nslookup box nosuch
docker exec box ip addr add 172.17.0.9/16 dev nosuch
docker exec box ip
docker exec box ip link set dev eth0 mtu 1400
docker exec box ip r add 10.8.0.0/16 via 172.17.0.9
docker exec box ip r
docker exec box ip -o link
docker exec box ip -6 addr
docker exec bare ip neigh
docker exec box ip addr flush dev nosuch
docker exec box ip route flush 10.8.0.0/16
docker exec box ip route flush table main
docker exec box ip route
