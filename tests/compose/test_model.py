"""A project's types."""

from __future__ import annotations

import pytest

from vnetsim.compose.kinds import FieldError
from vnetsim.compose.model import from_dict
from vnetsim.compose.render import service_hash, to_json, to_yaml


def test_a_tree_becomes_typed_and_is_written_in_the_order_of_compose() -> None:
    project = from_dict(
        {"services": {"a": {"image": "x", "cap_add": ["A"], "cpus": "0.1", "stop_grace_period": "90s", "x-own": 1}}}
    )
    service = project.services["a"]
    assert (service.name, service.cap_add, service.stop_grace_period) == ("a", ["A"], 90 * 10**9)
    project.name = "p"
    assert to_yaml(project) == (
        "name: p\nservices:\n  a:\n    cap_add:\n      - A\n    cpus: 0.1\n    image: x\n"
        "    stop_grace_period: 1m30s\n    x-own: 1\n"
    )
    assert '"command": null' in to_json(project)


def test_a_value_of_another_type_is_named_by_its_path() -> None:
    with pytest.raises(FieldError, match=r"'services\[a\]\.stop_grace_period' time: invalid duration \"soon\""):
        from_dict({"services": {"a": {"stop_grace_period": "soon"}}})


def test_the_hash_is_of_what_a_container_shows() -> None:
    one, other, third = (
        from_dict({"services": {"a": {"image": image, "scale": scale}}}).services["a"]
        for image, scale in (("x", 1), ("x", 2), ("y", 1))
    )
    assert service_hash(one) == service_hash(other) != service_hash(third)
