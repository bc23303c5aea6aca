"""Lists of containers and their filters."""

from __future__ import annotations

import pytest

from tests.docker.simulated import Simulated
from vnetsim.errors import EngineError


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def test_a_list_tells_ports_as_they_are(host: Simulated) -> None:
    host.create("web", "nginx", PortBindings={"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]})
    assert host.engine.container_list() == []
    assert host.engine.container_list(all=True)[0]["Ports"] == []
    host.do(host.engine.container_start("web"))
    (entry,) = host.engine.container_list()
    assert entry["Ports"] == [{"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}]
    assert (entry["Names"], entry["State"], entry["HostConfig"]) == (["/web"], "running", {"NetworkMode": "bridge"})


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["web", "old"]),
        ({"name": ["^w"]}, ["web"]),
        ({"status": ["exited"]}, ["dead"]),
        ({"exited": ["3"]}, []),
        ({"exited": ["3"], "status": ["exited"]}, ["dead"]),
        ({"status": ["created", "running"]}, ["made", "web", "old"]),
        ({"network": ["app"]}, ["web"]),
        ({"ancestor": ["nginx"]}, ["web"]),
        ({"label": ["tier=front"]}, ["web"]),
        ({"publish": ["8080"]}, ["web"]),
        ({"publish": ["9000-9001"]}, []),
        ({"expose": ["80/tcp"]}, ["web"]),
        ({"before": ["web"]}, ["old"]),
        ({"since": ["old"], "status": ["running"]}, ["web"]),
        ({"health": ["healthy"]}, []),
    ],
)
def test_filters(host: Simulated, filters: dict[str, list[str]], names: list[str]) -> None:
    host.network("app")
    host.run("old")
    host.lab.run("docker run --name dead alpine sh -c 'exit 3'")
    host.lab.run("docker run -d --name web --network app -p 8080:80 --label tier=front nginx")
    host.create("made")
    shown = host.engine.container_list(filters=filters)
    assert [container["Names"][0][1:] for container in shown] == names


@pytest.mark.parametrize(
    ("filters", "refusal"),
    [
        ({"color": ["red"]}, "invalid filter 'color'"),
        ({"status": ["well"]}, "invalid filter 'status=well': invalid value for state (well)"),
        ({"exited": ["x"]}, "invalid filter 'exited=x': strconv.Atoi"),
        ({"publish": ["1:2"]}, "filter for 'publish' should not contain ':': 1:2"),
        ({"before": ["nobody"]}, "No such container: nobody"),
    ],
)
def test_filters_that_are_none(host: Simulated, filters: dict[str, list[str]], refusal: str) -> None:
    with pytest.raises(EngineError) as refused:
        host.engine.container_list(filters=filters)
    assert refused.value.message.startswith(refusal)


def test_the_last_ones(host: Simulated) -> None:
    for name in ("one", "two", "three"):
        host.create(name)
    assert [container["Names"] for container in host.engine.container_list(limit=2)] == [["/three"], ["/two"]]
