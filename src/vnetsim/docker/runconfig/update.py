"""`docker update`: limits of a container that is there (container/container_unix.go, daemon/update.go of moby 28.5).

The values are stored and shown; they have no effect here.

Not modelled: what the kernel's cgroups refuse while the container runs, real-time limits, devices.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Final

from vnetsim.docker.api.types import Json
from vnetsim.docker.runconfig.resources import check_limits, warnings
from vnetsim.docker.runconfig.validate import check_restart_policy
from vnetsim.errors import EngineError, NotModelled

#: What is stored as it is given, unless it is empty.
_STORED: Final = (
    "CpuShares", "NanoCpus", "CpuPeriod", "CpuQuota", "CpusetCpus", "CpusetMems", "Memory", "MemorySwap",
    "MemoryReservation",
)  # fmt: skip
_KNOWN: Final = (*_STORED, "BlkioWeight", "PidsLimit", "RestartPolicy")
#: What cannot be given once the other is set, and how the sentence names the two.
_CONFLICTS: Final = (
    ("NanoCpus", "CpuPeriod", "Nano CPUs", "CPU Period"),
    ("NanoCpus", "CpuQuota", "Nano CPUs", "CPU Quota"),
    ("CpuPeriod", "NanoCpus", "CPU Period", "NanoCPUs"),
    ("CpuQuota", "NanoCpus", "CPU Quota", "NanoCPUs"),
)
_SWAP: Final = (
    "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
)
#: The smallest share that a cgroup takes.
_SMALLEST_SHARES: Final = 2


def check_update(body: Json) -> list[str]:
    """EngineError 400 for limits that no container can have, NotModelled for others; gives the warnings."""
    check_restart_policy(body.get("RestartPolicy") or {})
    for name in sorted(name for name, value in body.items() if value and name not in _KNOWN):
        raise NotModelled(f"changing {name} of a container")
    given = {name: body[name] for name in _STORED if body.get(name)}
    alone = "MemorySwap" in given and "Memory" not in given
    check_limits({name: value for name, value in given.items() if not (alone and name == "MemorySwap")})
    return warnings({"BlkioWeight": body.get("BlkioWeight"), "OomKillDisable": False})


def update(config: MutableMapping[str, Any], body: Json, container: str, *, running: bool) -> None:
    """Change a HostConfig; EngineError 409 for what contradicts it, and nothing changes then."""
    policy = body.get("RestartPolicy") or {}
    try:
        changes = {**_limits(dict(config), body, running=running), **_policy(dict(config), policy)}
    except EngineError as error:
        raise EngineError(error.status, f"Cannot update container {container}: {error.message}") from None
    config.update(changes)


def _policy(config: Json, policy: Json) -> Json:
    if not policy.get("Name"):
        return {}
    if config["AutoRemove"] and policy["Name"] != "no":
        raise EngineError(409, "Restart policy cannot be updated because AutoRemove is enabled for the container")
    retries = int(policy.get("MaximumRetryCount") or 0)
    return {"RestartPolicy": {"Name": policy["Name"], "MaximumRetryCount": retries}}


def _limits(config: Json, body: Json, *, running: bool) -> Json:
    """The members of a HostConfig that change; EngineError 409 for what contradicts those that are set."""
    given = {name: body[name] for name in _STORED if body.get(name)}
    for name, other, shown, shown_other in _CONFLICTS:
        if given.get(name, 0) > 0 and config[other] > 0:
            what = f"{shown} cannot be updated as {shown_other} has already been set"
            raise EngineError(409, f"Conflicting options: {what}")
    if "Memory" in given and "MemorySwap" not in given and given["Memory"] > config["MemorySwap"]:
        raise EngineError(409, _SWAP)
    if running:
        _check_running({**config, **given})
    if body.get("PidsLimit"):
        given["PidsLimit"] = max(0, body["PidsLimit"])
    return given


def _check_running(config: Json) -> None:
    """What runc would be refused."""
    if 0 < config["MemorySwap"] < config["Memory"]:
        raise NotModelled("docker update --memory-swap below the memory limit of a running container")
    if 0 < config["CpuShares"] < _SMALLEST_SHARES:
        raise NotModelled(f"docker update --cpu-shares {config['CpuShares']} of a running container")
