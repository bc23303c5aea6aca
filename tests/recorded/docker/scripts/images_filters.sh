# docker images: names, filters, formats
docker images nginx --format '{{.Repository}}:{{.Tag}}'
docker images nginx:latest --format '{{.Repository}}:{{.Tag}}'
docker images nginx:1.25 --format '{{.Repository}}:{{.Tag}}'
docker images nosuch --format '{{.Repository}}:{{.Tag}}'
docker images nosuch
docker images -q nosuch
docker images 'n*' --format '{{.Repository}}:{{.Tag}}' | sort
docker images '[hr]*' --format '{{.Repository}}:{{.Tag}}' | sort
docker images 'n?inx' --format '{{.Repository}}:{{.Tag}}'
docker images library/nginx --format '{{.Repository}}:{{.Tag}}'
docker images docker.io/library/nginx --format '{{.Repository}}:{{.Tag}}'
docker images 'nginx:*' --format '{{.Repository}}:{{.Tag}}'
docker images 'n*:l*' --format '{{.Repository}}:{{.Tag}}' | sort
docker images '*/nginx' --format '{{.Repository}}:{{.Tag}}'
docker images NGINX
docker images 'nginx:' --format '{{.Repository}}:{{.Tag}}'
docker images 'ng[' --format '{{.Repository}}:{{.Tag}}'
docker images 'ng[' -q
docker images 'zz[a-' -q
docker images '' -q nginx
docker images nginx@sha256 -q
docker images -f reference=nginx --format '{{.Repository}}:{{.Tag}}'
docker images -f 'reference=n*' --format '{{.Repository}}:{{.Tag}}' | sort
docker images -f reference=nginx -f reference=redis --format '{{.Repository}}:{{.Tag}}' | sort
docker images -f reference=nosuch --format '{{.Repository}}:{{.Tag}}'
docker images -f reference=nginx redis --format '{{.Repository}}:{{.Tag}}' | sort
docker images -f label=a --format '{{.Repository}}:{{.Tag}}'
docker images -f label=a=b -q
docker images -f label!=a=b -q
docker images -f dangling=true --format '{{.Repository}}:{{.Tag}}'
docker images -f dangling=false --format '{{.Repository}}:{{.Tag}}' nginx
docker images -f dangling=0 --format '{{.Repository}}' nginx
docker images -f dangling=1 --format '{{.Repository}}' nginx
docker images -f dangling=maybe
docker images -f dangling=true -f dangling=false
docker images -f nosuch=1
docker images -f name=nginx
docker images -f reference
docker images -f before=nosuch
docker images -f since=nosuch
docker images -f before=nginx:1
docker images -f before= -q
docker images -f until=1h --format '{{.Repository}}:{{.Tag}}' nginx
docker images -f until=nonsense
docker images -f before=nettools --format '{{.Repository}}:{{.Tag}}'
docker images nginx redis
docker image ls nginx --format '{{.Repository}}'
docker image ls --filter reference=alpine --format '{{.Repository}}'
docker images --format '{{.Nosuch}}' nginx
docker images --digests nginx --format '{{.Digest}}'
docker images --format 'table {{.Repository}}\t{{.Tag}}' nginx
docker image inspect nosuch
docker image inspect -f '{{.RepoTags}}' nginx
docker image inspect -f '{{.RepoTags}}' nginx:latest nginx:2
docker run -d --name web nginx
docker run -d --name web2 httpd
docker ps -a -f ancestor=nginx --format '{{.Names}}'
docker ps -a -f ancestor=nginx:1 --format '{{.Names}}'
docker ps -a -f ancestor=nosuch --format '{{.Names}}'
