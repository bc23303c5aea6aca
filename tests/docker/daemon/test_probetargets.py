"""At which of its own ports a container's health check looks."""

from __future__ import annotations

import shlex

import pytest

from vnetsim.docker.daemon.probetargets import own_port
from vnetsim.docker.engine import DockerEngine
from vnetsim.lab import Lab

PORTS = [
    ("curl -f http://localhost:8080/login/ || exit 1", "8080/tcp"),
    ("wget --spider -q https://127.0.0.1/", "443/tcp"),
    ("curl ${SCHEME:-http}://$NAME:${PORT}/x", "8081/tcp"),
    ("curl http://${OTHER-localhost}:81/", "81/tcp"),
    ("curl http://one:82/", "82/tcp"),
    ("curl -s --noproxy localhost localhost:3000/health | grep -q OK", "3000/tcp"),
    ("curl -x proxy.example:3128 -H Host:a.example:9 localhost:83", "83/tcp"),
    ("nc -zv -w 2 localhost 50051", "50051/tcp"),
    ("exec 3<>/dev/tcp/localhost/9000", "9000/tcp"),
    ("mysqladmin ping", "3306/tcp"),
    # another machine, another protocol, no address, no number
    ("curl http://db:5432", ""),
    ("nc -u -z localhost 53", ""),
    ("nc -z localhost", ""),
    ("nc -z localhost 99999", ""),
    ("node check.js", ""),
    ("curl http://localhost:$UNSET/", "80/tcp"),
]


def own_port_of(*arguments: str) -> str:
    lab = Lab(docker=True)
    lab.run(shlex.join(["docker", "create", "--name", "one", *arguments, "acme/api"]), expected=0)
    engine = lab.docker.engine
    assert isinstance(engine, DockerEngine)
    return own_port(engine._find("one"))


@pytest.mark.parametrize(("command", "port"), PORTS)
def test_a_check_of_the_container_itself_names_a_port(command: str, port: str) -> None:
    assert own_port_of("--hostname", "h", "-e", "NAME=h", "-e", "PORT=8081", "--health-cmd", command) == port


def test_a_container_without_a_check_names_none() -> None:
    assert own_port_of("--no-healthcheck") == ""
