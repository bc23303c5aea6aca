# an image of a real engine, saved
mkdir -p /tmp/sv16/files && cd /tmp/sv16 && echo hello > files/greeting && printf '#!/bin/sh\necho run\n' > files/program && chmod 755 files/program
cd /tmp/sv16 && tar --sort=name --mtime=@0 --owner=0 --group=0 -C files -cf base.tar greeting program && docker import -c 'CMD ["/program"]' -c 'ENV A=b' -c 'EXPOSE 8080' base.tar small:1
cd /tmp/sv16 && printf 'FROM small:1\nLABEL who=me\nCOPY greeting /etc/two\nWORKDIR /srv\nUSER 7\nENTRYPOINT ["/program", "x"]\nVOLUME /data\nHEALTHCHECK --interval=5s CMD /program\n' > files/Dockerfile && DOCKER_BUILDKIT=0 docker build -q -t derived:2 -t registry.example/d:3 files
docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}'
docker inspect small:1 derived:2
docker history --no-trunc --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' derived:2
docker save small:1 derived:2 registry.example/d:3 | xz -9 | base64 -w0
docker save $(docker images -q small:1) | xz -9 | base64 -w0
docker save derived:2 > /tmp/sv16/d.tar; docker rmi small:1 derived:2 registry.example/d:3
docker load -i /tmp/sv16/d.tar
docker images --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}'
docker history --no-trunc --format '{{.ID}} {{.CreatedBy}} {{.Size}} {{.Comment}}' derived:2
docker inspect derived:2
docker load -i /tmp/sv16/d.tar
rm -rf /tmp/sv16
