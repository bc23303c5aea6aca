"""docker update: what is changed is in the recording update_limits; here, what is not."""

from __future__ import annotations

from typing import Any

import pytest

from vnetsim.docker.runconfig.update import check_update, update
from vnetsim.errors import EngineError, NotModelled

_CONFIG: dict[str, Any] = {
    "AutoRemove": False, "Memory": 8 << 20, "MemorySwap": 16 << 20, "NanoCpus": 0, "CpuPeriod": 0, "CpuQuota": 5000,
    "CpuShares": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"Memory": 32 << 20}, "Memory limit should be smaller than already set memoryswap limit"),
        ({"NanoCpus": 500_000_000}, "Nano CPUs cannot be updated as CPU Quota has already been set"),
    ],
)
def test_what_contradicts_the_limits_that_are_set_changes_nothing(body: dict[str, Any], message: str) -> None:
    config = dict(_CONFIG)
    with pytest.raises(EngineError, match=message) as refused:
        update(config, {"CpuShares": 5, **body}, "web", running=False)
    assert (refused.value.status, config) == (409, _CONFIG)
    update(config, {"Memory": 32 << 20, "MemorySwap": 64 << 20, "PidsLimit": -1}, "web", running=False)
    assert (config["Memory"], config["PidsLimit"]) == (32 << 20, 0)


def test_what_the_kernel_would_refuse_of_a_running_container_is_not_modelled() -> None:
    for body in ({"MemorySwap": 1 << 20}, {"CpuShares": 1}):
        update(dict(_CONFIG), body, "web", running=False)
        with pytest.raises(NotModelled):
            update(dict(_CONFIG), body, "web", running=True)
    with pytest.raises(NotModelled, match="changing KernelMemory of a container"):
        check_update({"KernelMemory": 5})
