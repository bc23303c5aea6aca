"""A later item takes the place of an earlier one with the same key."""

from __future__ import annotations

import pytest

from vnetsim.compose.unicity import enforce
from vnetsim.compose.values import ComposeError, YamlMap, YamlValue


def enforced(key: str, items: list[YamlValue]) -> YamlValue:
    tree: YamlMap = {"services": {"a": {key: items}}}
    enforce(tree)
    services = tree["services"]
    assert isinstance(services, dict)
    service = services["a"]
    assert isinstance(service, dict)
    return service[key]


@pytest.mark.parametrize(
    ("key", "items", "left"),
    [
        ("environment", ["A=1", "B=1", "A=2"], ["A=2", "B=1"]),
        ("volumes", ["./a:/x", "bb:/y", "cc:/x"], ["cc:/x", "bb:/y"]),
        ("expose", [80, "80"], ["80"]),
        ("secrets", ["s", {"source": "t", "target": "/run/secrets/s"}], [{"source": "t", "target": "/run/secrets/s"}]),
        ("devices", ["/a:/b", "/c:/b:r"], ["/c:/b:r"]),
        ("env_file", ["a", {"path": "a"}], [{"path": "a"}]),
        ("command", ["a", "a"], ["a", "a"]),
        (
            "ports",
            [{"target": 80, "published": "1"}, {"target": 80, "published": "1", "mode": "host"}],
            [{"target": 80, "published": "1", "mode": "host"}],
        ),
    ],
)
def test_a_list(key: str, items: list[YamlValue], left: list[YamlValue]) -> None:
    assert enforced(key, items) == left


@pytest.mark.parametrize(("key", "item"), [("ports", {"published": "1"}), ("volumes", {"source": "x"}), ("dns", 5)])
def test_an_item_without_its_key_is_refused(key: str, item: YamlValue) -> None:
    with pytest.raises(ComposeError, match=rf"services\.a\.{key}\.\[0\]"):
        enforced(key, [item])
