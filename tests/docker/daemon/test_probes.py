"""What runs as the probe of a health check: itself, a connection, or nothing."""

from __future__ import annotations

import shlex

import pytest

from vnetsim.docker.api.build import BuildOptions
from vnetsim.docker.daemon.probes import probe_of
from vnetsim.docker.engine import DockerEngine
from vnetsim.lab import Lab

CONNECTIONS = [
    ("postgres:16", "pg_isready -U postgres", "127.0.0.1 5432"),
    ("postgres:16", "pg_isready -h db -p 5433 || exit 1", "db 5433"),
    ("mysql:8", "mysqladmin ping -h localhost -psecret --silent", "localhost 3306"),
    ("mysql:8", "mysqladmin ping --host=127.0.0.1 -P 3307", "127.0.0.1 3307"),
    ("mariadb:11", "healthcheck.sh --connect --innodb_initialized", "127.0.0.1 3306"),
    ("redis:7", "redis-cli -p 6380 ping | grep PONG", "127.0.0.1 6380"),
    ("mongo:7", "echo 'db.runCommand(\"ping\").ok' | mongosh localhost:27018/test --quiet", "localhost 27018"),
    ("acme/api", "curl -f http://localhost:8000/health || exit 1", "localhost 8000"),
    ("acme/api", "wget -qO- https://api.example/ready > /dev/null 2>&1", "api.example 443"),
    ("nginx", "curl -fsS http://localhost/", "localhost 80"),
    ("acme/api", "bash -c 'exec 3<>/dev/tcp/127.0.0.1/9000'", "127.0.0.1 9000"),
]


def probed(image: str, command: str, main: str = "") -> tuple[str, str]:
    """The command of the probe, and what is assumed of it."""
    lab = Lab.docker_host()
    result = lab.run(f"docker create --name one --health-cmd {shlex.quote(command)} {image} {main}")
    assert result.exit_code == 0, result
    engine = lab.docker.engine
    assert isinstance(engine, DockerEngine)
    probe = probe_of(engine._find("one"), lambda program: lab.machine.is_modelled(program, lab.machine.host))
    return " ".join(probe.command), probe.assumed


@pytest.mark.parametrize(("image", "command", "target"), CONNECTIONS)
def test_a_client_is_played_as_a_connection(image: str, command: str, target: str) -> None:
    host, port = target.split()
    played, assumed = probed(image, command)
    assert played == f"nc -z -w 5 {target}"
    assert assumed.endswith(f"is assumed to succeed if tcp {host}:{port} accepts a connection")


@pytest.mark.parametrize(
    "command", ["nc -z 127.0.0.1 80", "test -f /etc/passwd && exit 3", "grep -q 1 /etc/hosts >/dev/null 2>&1"]
)
def test_what_vnetsim_has_runs_as_it_is(command: str) -> None:
    assert probed("acme/api", command) == (f"/bin/sh -c {command}", "")


@pytest.mark.parametrize(
    ("image", "command", "is_there"),
    [
        ("python:3.12-slim", "curl -f http://localhost:8000", False),
        ("python:3.12", "curl -f http://localhost:8000", True),
        ("node:20-alpine", "curl -f http://localhost:3000 || exit 1", False),
        ("node:20-alpine", "wget -qO- http://localhost:3000", True),
        ("postgres:16", "nc -z localhost 5432", False),
        ("python:3.12-slim", "python -c 'import urllib' && curl -f http://localhost:8000", False),
    ],
)
def test_a_client_that_the_image_does_not_contain_is_not_played(image: str, command: str, is_there: bool) -> None:
    """One that it contains runs as it is, or is played as a connection where a server replaces the main process."""
    found = probed(image, f"{command} # {image}", "python -m http.server 8000")
    assert (found[1] != "") is is_there


def test_a_check_without_its_client_is_unhealthy() -> None:
    lab = Lab.docker_host()
    check = "--health-interval 1s --health-retries 1 --health-cmd 'curl -f http://localhost:8000 || exit 1'"
    assert lab.run(f"docker run -d --name one {check} python:3.12-slim python -m http.server")
    lab.sleep(2)
    asked = "docker inspect -f '{{.State.Health.Status}} {{(index .State.Health.Log 0).Output}}' one"
    assert lab.run(asked).stdout.strip() == "unhealthy /bin/sh: 1: curl: not found"


@pytest.mark.parametrize("command", ["node healthcheck.js", "ps -aux | grep -q rqworker || exit 1", "test -f /a && ps"])
def test_what_vnetsim_lacks_is_assumed_to_succeed(command: str) -> None:
    """Images contain `ps`, which vnetsim lacks."""
    played, assumed = probed("acme/api", command)
    assert (played, assumed) == ("", f"the health check `{command}` of one is not played: assumed to succeed")


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ("", "unhealthy"),
        ("COPY app.py /app/", "unhealthy"),
        ("RUN apt-get update && apt-get install -y wget", "unhealthy"),
        ("RUN apt-get update && apt-get install -y curl", "healthy"),
        ("COPY curl /usr/local/bin/", "healthy"),
        ("RUN ./install-tools", "healthy"),
    ],
)
def test_an_image_that_is_built_contains_the_clients_that_its_dockerfile_puts_there(more: str, status: str) -> None:
    lab = Lab.docker_host()
    text = f"FROM python:3.12-slim\n{more}\nCMD python -m http.server 8000\n"
    files = {"Dockerfile": text, "app.py": "", "curl": ""}
    lab.docker.image_build(files, BuildOptions(tags=("app",)), lambda _message: None)
    check = "--health-interval 1s --health-retries 1 --health-cmd 'curl -f http://localhost:8000 || exit 1'"
    assert lab.run(f"docker run -d --name one {check} app")
    lab.sleep(2)
    assert lab.run("docker inspect -f '{{.State.Health.Status}}' one").stdout.strip() == status
