"""What a file leaves unsaid."""

from __future__ import annotations

from vnetsim.compose.normalize import normalize
from vnetsim.compose.values import YamlMap, YamlValue


def normalized(tree: YamlMap) -> YamlMap:
    return normalize({"name": "p", **tree}, {"X": "ex"})


def field(tree: YamlMap, *path: str) -> YamlValue:
    found: YamlValue = tree
    for key in path:
        assert isinstance(found, dict)
        found = found[key]
    return found


def test_a_service_without_networks_is_on_the_default_one() -> None:
    tree = normalized({"services": {"a": {}, "b": {"network_mode": "host"}}})
    assert tree["networks"] == {"default": {"name": "p_default"}}
    assert field(tree, "services", "a", "networks") == {"default": None}
    assert field(tree, "services", "b") == {"network_mode": "host"}


def test_links_and_shared_namespaces_are_dependencies() -> None:
    tree = normalized({"services": {"a": {"links": ["b:x"], "pid": "service:c", "volumes_from": ["d:ro"]}}})
    found = field(tree, "services", "a", "depends_on")
    assert isinstance(found, dict)
    assert {name: field(found, name, "restart") for name in found} == {"b": True, "c": True, "d": False}


def test_variables_without_a_value_take_it_from_the_environment() -> None:
    service: YamlMap = {"environment": {"X": None, "Y": None}, "build": {"args": ["X", "Y", "Z=1"]}}
    tree = normalized({"services": {"a": service}})
    assert field(tree, "services", "a", "environment") == {"X": "ex", "Y": None}
    assert field(tree, "services", "a", "build") == {
        "args": ["X=ex", "Z=1"],
        "context": ".",
        "dockerfile": "Dockerfile",
    }


def test_names_of_resources() -> None:
    tree = normalized({"networks": {"n": None, "e": {"external": True}, "g": {"name": "given"}}})
    assert [field(tree, "networks", key, "name") for key in "neg"] == ["p_n", "e", "given"]
