# A Dockerfile and a .dockerignore that .dockerignore takes out of the context
mkdir -p /tmp/bi
printf 'Dockerfile\n.dockerignore\nskipped\n' > /tmp/bi/.dockerignore
printf 'FROM alpine\nCOPY . /src\nWORKDIR /src\n' > /tmp/bi/Dockerfile
echo one > /tmp/bi/kept
echo two > /tmp/bi/skipped
docker build -q -t ignored /tmp/bi
docker run --rm ignored ls -a /src
printf 'FROM alpine\nCOPY Dockerfile /src/\n' > /tmp/bi/Dockerfile
docker build -t ignored /tmp/bi
printf '*\n!kept\n' > /tmp/bi/.dockerignore
printf 'FROM alpine\nCOPY . /src\nWORKDIR /src\n' > /tmp/bi/Dockerfile
docker build -q -t ignored /tmp/bi
docker run --rm ignored ls -a /src
printf 'skipped\n' > /tmp/bi/.dockerignore
docker build -q -t ignored /tmp/bi
docker run --rm ignored ls -a /src
