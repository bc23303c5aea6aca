"""Short forms become long ones."""

from __future__ import annotations

import pytest

from vnetsim.compose.transform import canonical, set_defaults
from vnetsim.compose.values import YamlMap, YamlValue


def long_form(key: str, value: YamlValue) -> YamlValue:
    tree: YamlMap = {"services": {"a": {key: value}}}
    services = set_defaults(canonical(tree, lambda _: None))["services"]
    assert isinstance(services, dict)
    service = services["a"]
    assert isinstance(service, dict)
    return service[key]


@pytest.mark.parametrize(
    ("key", "short", "form"),
    [
        ("build", ".", {"context": "."}),
        ("depends_on", ["b"], {"b": {"condition": "service_started", "required": True}}),
        ("env_file", "a", [{"path": "a", "required": True}]),
        ("networks", ["n"], {"n": None}),
        ("secrets", ["s"], [{"source": "s", "target": "/run/secrets/s"}]),
        ("devices", ["/a"], [{"source": "/a", "target": "/a", "permissions": "rwm"}]),
        ("gpus", "all", [{"count": "all"}]),
        ("ports", ["8080:80"], [{"mode": "ingress", "target": 80, "published": "8080", "protocol": "tcp"}]),
        ("ports", [{"target": 80}], [{"target": 80, "protocol": "tcp", "mode": "ingress"}]),
    ],
)
def test_a_field(key: str, short: YamlValue, form: YamlValue) -> None:
    assert long_form(key, short) == form


def test_ports_of_a_range_are_in_the_order_of_their_texts() -> None:
    ports = long_form("ports", ["9-11"])
    assert isinstance(ports, list)
    assert [port["target"] for port in ports if isinstance(port, dict)] == [10, 11, 9]
