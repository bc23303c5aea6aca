"""What the engine is asked for, and what is refused by name before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from vnetsim.compose.model import Project, from_dict
from vnetsim.compose.normalize import normalize
from vnetsim.errors import NotModelled
from vnetsim.programs.compose.bodies import check_modelled, container_body, networks_by_priority


def project_of(**service: Any) -> Project:
    tree = normalize({"name": "p", "services": {"a": {"image": "x", **service}}}, {})
    project = from_dict({key: value for key, value in tree.items() if key != "name"})
    project.name = "p"
    return project


def body_of(project: Project) -> dict[str, Any]:
    return container_body(project, project.services["a"], 1, [], {"own": "label"}, [])


def test_a_container_is_on_the_projects_network_by_its_names() -> None:
    body = body_of(project_of())
    assert body["HostConfig"]["NetworkMode"] == "p_default"
    assert body["NetworkingConfig"]["EndpointsConfig"]["p_default"]["Aliases"] == ["p-a-1", "a"]
    assert body["Labels"]["own"] == "label"
    assert body["Labels"]["com.docker.compose.container-number"] == "1"


def test_the_network_of_the_highest_priority_is_the_first() -> None:
    project = project_of(networks={"b": None, "c": {"priority": 5}, "a": None})
    assert networks_by_priority(project.services["a"]) == ["c", "a", "b"]


def test_ports_are_exposed_and_published() -> None:
    ports = [{"target": 80, "published": "8080", "protocol": "tcp", "host_ip": "127.0.0.1"}]
    body = body_of(project_of(ports=ports, expose=["9000"]))
    assert body["ExposedPorts"] == {"80/tcp": {}, "9000": {}}
    assert body["HostConfig"]["PortBindings"] == {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}


def test_mounts_and_health_checks_go_to_the_engine() -> None:
    volumes = [
        {"type": "bind", "source": "/a", "target": "/b", "read_only": True},
        {"type": "volume", "source": "data", "target": "/data"},
        {"type": "tmpfs", "target": "/t"},
    ]
    body = body_of(project_of(volumes=volumes, healthcheck={"test": "true", "interval": "1s"}))
    assert body["HostConfig"]["Binds"] == ["/a:/b:ro", "data:/data:rw"]
    assert [mount["Target"] for mount in body["HostConfig"]["Mounts"]] == ["/t"]
    assert body["Healthcheck"] == {"Test": ["CMD-SHELL", "true"], "Interval": 1_000_000_000}


def test_limits_of_deploy_go_before_those_of_the_service() -> None:
    body = body_of(project_of(mem_limit="1m", deploy={"resources": {"limits": {"memory": "2m", "cpus": "0.5"}}}))
    assert (body["HostConfig"]["Memory"], body["HostConfig"]["NanoCpus"]) == (2 << 20, 500_000_000)


@pytest.mark.parametrize(
    ("service", "what"),
    [
        ({"volumes": [{"type": "image", "source": "nginx", "target": "/v"}]}, "images and clusters as volumes"),
        ({"volumes_from": ["b"]}, "volumes of other services"),
    ],
)
def test_what_the_engine_does_not_know_is_refused_by_name(service: dict[str, Any], what: str) -> None:
    with pytest.raises(NotModelled, match=what):
        check_modelled(project_of(**service))
