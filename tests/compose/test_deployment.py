"""Limits and deployment."""

from __future__ import annotations

import pytest

from vnetsim.compose.deployment import ULIMIT, DeployConfig
from vnetsim.compose.kinds import FieldError, Fields, Float32, Struct


def test_a_limit_is_one_number_or_two() -> None:
    assert ULIMIT.encode(ULIMIT.decode(5, "u"), False) == 5
    assert ULIMIT.encode(ULIMIT.decode({"soft": 1}, "u"), False) == Fields((("soft", 1), ("hard", 0)))
    assert ULIMIT.encode(ULIMIT.decode({"soft": 1}, "u"), True) == Fields((("soft", 1),))
    with pytest.raises(FieldError, match="unexpected value type string for ulimit"):
        ULIMIT.decode("many", "u")


def test_resources() -> None:
    deploy = Struct(DeployConfig).decode({"resources": {"limits": {"cpus": "0.25", "memory": "1m"}}}, "d")
    assert deploy.resources.limits is not None
    assert (deploy.resources.limits.cpus, deploy.resources.limits.memory) == (0.25, 1 << 20)
    limits = Fields((("cpus", Float32(0.25)), ("memory", "1048576")))
    assert Struct(DeployConfig).encode(deploy, False) == Fields((("resources", Fields((("limits", limits),))),))
