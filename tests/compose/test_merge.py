"""Two trees become one."""

from __future__ import annotations

import pytest

from vnetsim.compose.merge import extend_service, merge
from vnetsim.compose.values import ComposeError, YamlMap, YamlValue


def service(base: YamlMap, other: YamlMap) -> YamlMap:
    return extend_service(base, other)


@pytest.mark.parametrize(
    ("key", "base", "other", "merged"),
    [
        ("image", "a", "b", "b"),
        ("command", ["a"], ["b"], ["b"]),
        ("environment", {"A": 1, "B": None}, ["A=2"], ["A=1", "B", "A=2"]),
        ("cap_add", ["a"], ["b"], ["a", "b"]),
        ("extra_hosts", ["a=1"], ["a=1", "b=2"], ["a=1", "b=2"]),
        ("networks", ["a"], {"b": {"priority": 1}}, {"a": None, "b": {"priority": 1}}),
        ("build", ".", {"target": "t"}, {"context": ".", "target": "t"}),
        ("logging", {"driver": "a", "options": {"x": 1}}, {"driver": "b"}, {"driver": "b"}),
        (
            "logging",
            {"driver": "a", "options": {"x": 1}},
            {"options": {"y": 2}},
            {"driver": "a", "options": {"x": 1, "y": 2}},
        ),
        ("dns", "a", ["b"], ["a", "b"]),
        ("deploy", {"replicas": 1}, None, {"replicas": 1}),
    ],
)
def test_a_field(key: str, base: YamlValue, other: YamlValue, merged: YamlValue) -> None:
    assert service({key: base}, {key: other}) == {key: merged}


def test_what_has_another_shape_is_refused_with_its_path() -> None:
    with pytest.raises(ComposeError, match=r"cannot override services\.a\.deploy"):
        merge({"services": {"a": {"deploy": {}}}}, {"services": {"a": {"deploy": "x"}}})


def test_pools_are_merged_by_subnet() -> None:
    base: YamlMap = {"networks": {"n": {"ipam": {"config": [{"subnet": "a", "gateway": "g"}]}}}}
    other: YamlMap = {"networks": {"n": {"ipam": {"config": [{"subnet": "a", "ip_range": "r"}, {"subnet": "b"}]}}}}
    pools = [{"subnet": "a", "gateway": "g", "ip_range": "r"}, {"subnet": "b"}]
    assert merge(base, other) == {"networks": {"n": {"ipam": {"config": pools}}}}
