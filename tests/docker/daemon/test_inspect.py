"""What inspect shows has the keys of a real engine's answers, in their order, wherever they stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.docker.simulated import Simulated

RECORDED = Path(__file__).parents[2] / "recorded" / "docker"


#: Maps whose keys are names that somebody chose.
CHOSEN = frozenset({"Networks", "Containers", "Labels", "Options", "Ports", "PortBindings", "ExposedPorts"})


def recorded(name: str, command: str) -> list[Any]:
    """The JSON that `command` printed, each time it was run."""
    steps = json.loads((RECORDED / f"{name}.json").read_text())["steps"]
    return [json.loads(step["stdout"])[0] for step in steps if step.get("cmd") == command and step["rc"] == 0]


def shape(value: Any, key: str = "") -> Any:
    """Keys in their order; of a map with chosen keys, what is below the first one."""
    if isinstance(value, dict):
        inner = [(name, shape(below, name)) for name, below in value.items()]
        return [below for _, below in inner[:1]] if key in CHOSEN else inner
    if isinstance(value, list):
        return [shape(below) for below in value[:1]]
    return type(value).__name__


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def test_a_container(host: Simulated) -> None:
    real = recorded("seed_walkthrough", "docker inspect tomcat01")
    assert real
    host.network("net01")
    host.lab.run("docker run -d --name tomcat01 -p 8001:8080 tomcat; docker network connect net01 tomcat01")
    for answer in real:
        assert shape(host.engine.container_inspect("tomcat01")) == shape(answer)


def test_a_network(host: Simulated) -> None:
    real = recorded("seed_walkthrough", "docker network inspect bridge")
    assert real
    host.run("tomcat01", "tomcat")
    for answer in real:
        shown = host.engine.network_inspect("bridge")
        if not answer["Containers"]:
            host.do(host.engine.container_delete("tomcat01", force=True))
            shown = host.engine.network_inspect("bridge")
        assert shape(shown) == shape(answer)
        assert shown["Options"] == answer["Options"]


def test_a_container_that_never_ran_has_no_files(host: Simulated) -> None:
    host.create("made")
    shown = host.engine.container_inspect("made")
    assert [shown[key] for key in ("ResolvConfPath", "HostnamePath", "HostsPath", "LogPath")] == [""] * 4
    host.do(host.engine.container_start("made"))
    assert host.engine.container_inspect("made")["HostsPath"] == f"/var/lib/docker/containers/{shown['Id']}/hosts"
