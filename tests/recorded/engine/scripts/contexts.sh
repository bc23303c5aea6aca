# docker context: the one that there is
env -u DOCKER_HOST docker context ls
env -u DOCKER_HOST docker context ls -q
env -u DOCKER_HOST docker context ls --format '{{.Name}} {{.Current}} {{.DockerEndpoint}}'
env -u DOCKER_HOST docker context ls --format json
env -u DOCKER_HOST docker context list
env -u DOCKER_HOST docker context show
env -u DOCKER_HOST docker context inspect
env -u DOCKER_HOST docker context inspect default
env -u DOCKER_HOST docker context inspect nope
env -u DOCKER_HOST docker context inspect nope default
env -u DOCKER_HOST docker context inspect -f '{{.Endpoints.docker.Host}}'
env -u DOCKER_HOST docker context inspect -f json
env -u DOCKER_HOST docker context use default
env -u DOCKER_HOST docker context use nope
env -u DOCKER_HOST docker context use
env -u DOCKER_HOST docker context use a b
env -u DOCKER_HOST docker context use 'x y'
env -u DOCKER_HOST docker context create default
env -u DOCKER_HOST docker context create 'x y'
env -u DOCKER_HOST docker context rm default
env -u DOCKER_HOST docker context rm nope
env -u DOCKER_HOST docker context remove nope default
env -u DOCKER_HOST docker context rm
env -u DOCKER_HOST docker context rm -f nope
env -u DOCKER_HOST docker context show x
env -u DOCKER_HOST docker context ls x
env -u DOCKER_HOST docker context ls --help
env -u DOCKER_HOST docker context show --help
env -u DOCKER_HOST docker context inspect --help
env -u DOCKER_HOST docker context use --help
env -u DOCKER_HOST docker context rm --help
env -u DOCKER_HOST docker context --help
env -u DOCKER_HOST docker --context nope ps
docker --context default ps -q
