"""Mutations of the engine's objects: containers and networks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

from vnetsim.journal import Ran
from vnetsim.reach.endpoints.endpoints import containers
from vnetsim.reach.exploration.mutations.mutation import Joining, Mutation

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: Networks to which no user connects a container.
FIXED: Final = ("host", "none")
_DEFAULT: Final = "bridge"
_NAMED: Final = re.compile(r"--name[= ](\S+)")
_NETWORK: Final = re.compile(r"--net(?:work)?[= ]\S+ ?")
_OTHERS_STACK: Final = ("host", "none", "container:")
_CREATE: Final = "docker network create "
_RESTART: Final = "systemctl restart docker"


def _inspected(lab: Lab) -> list[tuple[str, dict[str, Any]]]:
    return [(name, lab.docker.container_inspect(name)) for name in containers(lab)]


def networks(lab: Lab) -> list[str]:
    """Those that a container can be on, oldest first."""
    if not lab.has_engine:
        return []
    found = [network for network in lab.docker.network_list() if network["Name"] not in FIXED]
    return [network["Name"] for network in sorted(found, key=lambda network: (network["Created"], network["Name"]))]


def members(lab: Lab, network: str) -> list[str]:
    """The containers that have an endpoint there, running or not, oldest first."""
    return [name for name, details in _inspected(lab) if network in details["NetworkSettings"]["Networks"]]


def _own_stack(details: dict[str, Any]) -> bool:
    return not details["HostConfig"]["NetworkMode"].startswith(_OTHERS_STACK)


def connect(lab: Lab) -> Iterator[Mutation]:
    for name, details in _inspected(lab):
        for network in networks(lab) if _own_stack(details) else ():
            if network not in details["NetworkSettings"]["Networks"]:
                yield Mutation("connect", (f"docker network connect {network} {name}",), joining=Joining(name, network))


def disconnect(lab: Lab) -> Iterator[Mutation]:
    for name, details in _inspected(lab):
        for network in details["NetworkSettings"]["Networks"]:
            if network not in FIXED:
                yield Mutation("disconnect", (f"docker network disconnect {network} {name}",))


def run(lab: Lab) -> Iterator[Mutation]:
    name = _free("extra", containers(lab))
    for network in networks(lab):
        line = f"docker run -d --name {name} --network {network} alpine sleep infinity"
        yield Mutation("run", (line,), joining=Joining(name, network, leaves=True))


def _free(stem: str, taken: list[str]) -> str:
    return next(name for number in range(1, len(taken) + 2) if (name := f"{stem}{number}") not in taken)


def _with_state(lab: Lab, *, running: bool) -> list[str]:
    return [name for name, details in _inspected(lab) if details["State"]["Running"] is running]


def restart(lab: Lab) -> Iterator[Mutation]:
    """One container; or two that are on a network, the younger one first: each gets the address that is free then."""
    yield from (Mutation("restart", (f"docker restart {name}",)) for name in _with_state(lab, running=True))
    neighbours = {
        pair: None
        for network in networks(lab)
        for pair in combinations([name for name in members(lab, network) if name in _with_state(lab, running=True)], 2)
    }
    for one, other in neighbours:
        yield Mutation("restart", (f"docker stop {one} {other}", f"docker start {other} {one}"))


def stop(lab: Lab) -> Iterator[Mutation]:
    return (Mutation("stop", (f"docker stop {name}",)) for name in _with_state(lab, running=True))


def start(lab: Lab) -> Iterator[Mutation]:
    """One container; or all that are stopped, the oldest first and the youngest first, where no link wants an order."""
    running, stopped = (_with_state(lab, running=each) for each in (True, False))
    linked = {name: _linked(details) for name, details in _inspected(lab) if name in stopped}
    yield from (Mutation("start", (f"docker start {name}",)) for name in stopped if linked[name] <= set(running))
    if len(stopped) > 1 and not any(linked.values()):
        yield from (Mutation("start", (f"docker start {' '.join(each)}",)) for each in (stopped, stopped[::-1]))


def _linked(details: dict[str, Any]) -> set[str]:
    """Those that have to run before it (`--link`): each is `/db:/web/alias`."""
    return {link.partition(":")[0].removeprefix("/") for link in details["HostConfig"].get("Links") or ()}


def move(lab: Lab) -> Iterator[Mutation]:
    """A container is removed and run again as it was typed, on another network or on its own."""
    there, running = dict(_inspected(lab)), set(_with_state(lab, running=True))
    for name, line in _typed_runs(lab).items():
        if name not in there or not _linked(there[name]) <= running:
            continue
        before, after = line.split(" ", 2)[:2], _NETWORK.sub("", line.split(" ", 2)[2])
        if "--ip" in after:
            continue  # an address of the network that it is on
        for network in networks(lab):
            again = f"{' '.join(before)} --network {network} {after}"
            joining = Joining(name, network, leaves=True)
            yield Mutation("move", (f"docker rm -f {name}", again), joining=joining)


def _typed(lab: Lab, start: str) -> list[str]:
    """Lines that were typed by themselves and succeeded."""
    lines = (request.line for request in lab.journal.requests if isinstance(request, Ran) and not request.status)
    return [line for line in lines if line.startswith(start) and not set(line) & set("\n;&|")]


def _typed_runs(lab: Lab) -> dict[str, str]:
    """The latest `docker run` that named each container."""
    runs = _typed(lab, "docker run ")
    return {found[1]: line for line in runs if (found := _NAMED.search(line))}


def network(lab: Lab) -> Iterator[Mutation]:
    """Another one is created; one without containers is removed; one is removed and created again as it was typed,
    its containers connected in the other order, without the addresses and aliases that they had requested.
    """
    if not lab.has_engine:
        return
    there = networks(lab)
    yield Mutation("network", (f"docker network create {_free('net', there)}",))
    created = {line.split()[-1]: line for line in _typed(lab, _CREATE)}
    for name in (name for name in there if name != _DEFAULT):
        on = members(lab, name)
        if not on:
            yield Mutation("network", (f"docker network rm {name}",))
        elif name in created:
            yield Mutation("network", (
                *(f"docker network disconnect {name} {container}" for container in on), f"docker network rm {name}",
                created[name], *(f"docker network connect {name} {container}" for container in reversed(on)),
            ))  # fmt: skip


def engine(lab: Lab) -> Iterator[Mutation]:
    if lab.has_engine and lab.machine.knows(_RESTART.split()[0], lab.machine.host):
        yield Mutation("engine", (_RESTART,))
