# Runtimes that the host lacks
docker create --name one --runtime io.containerd.wasmedge.v1 alpine
docker start one
docker inspect one --format '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}'
docker create --name two --runtime wasm alpine
docker create --name three --runtime io.containerd.runc.v2 alpine
docker start three
docker inspect three --format '{{.State.Status}} {{.HostConfig.Runtime}}'
docker run -d --name four --runtime io.containerd.x alpine
docker run -d --name five --runtime /usr/bin/nothing alpine
