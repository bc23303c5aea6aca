"""What might be typed next: the command lines that change who reaches whom, in the present state of a lab.

    for move in possible(lab, ["connect", "restart"]):
        print(move.kind, move.lines)

Kinds, by name: `connect` and `disconnect` a container and a network, `run` another container, `restart`, `stop` and
`start` one, `move` it (removed and run again on another network), `firewall` (rules that people delete, flush or set,
policies, ip_forward), `link` (a cable is pulled or plugged in), `loss` (a cable loses everything), `engine` (the engine
restarts) and `reboot`.  The order is the lab's own, so that a choice by number is the same everywhere.

Not modelled: moves that only a person would think of, such as rules with addresses in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.journal import Ran
from vnetsim.reach.endpoints import containers, namespaces

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: Networks that nobody connects to by hand.
_FIXED: Final = ("host", "none")
_HIDDEN_DEVICES: Final = ("lo",)
_NAMED: Final = re.compile(r"--name[= ](\S+)")
_NETWORK: Final = re.compile(r"--net(?:work)?[= ]\S+ ?")
#: Chains of the filter table in which people write rules of their own.
_PEOPLES_CHAINS: Final = ("INPUT", "FORWARD", "OUTPUT", "DOCKER-USER")
_ENGINE_RULES: Final = re.compile(r"-j DOCKER|docker0|br-[0-9a-f]{12}")
_ENGINE_RESTART: Final = "systemctl restart docker"
_REBOOT: Final = "reboot"


@attrs.frozen
class Move:
    """Command lines that belong together, typed one after the other."""

    kind: str
    lines: tuple[str, ...]


def possible(lab: Lab, kinds: Sequence[str] = ()) -> list[Move]:
    """The moves of these kinds (all of them if there are none), in a fixed order."""
    return [Move(kind, lines) for kind in kinds or KINDS for lines in _MAKERS[kind](lab)]


# --- Docker ----------------------------------------------------------------------------------------------------------


def _inspected(lab: Lab) -> list[tuple[str, dict[str, Any]]]:
    return [(name, lab.docker.container_inspect(name)) for name in containers(lab)]


def _networks(lab: Lab) -> list[str]:
    """Those that a container can be on, oldest first."""
    if not lab.has_engine:
        return []
    found = [network for network in lab.docker.network_list() if network["Name"] not in _FIXED]
    return [network["Name"] for network in sorted(found, key=lambda network: (network["Created"], network["Name"]))]


def _connect(lab: Lab) -> Iterator[tuple[str, ...]]:
    for name, details in _inspected(lab):
        if details["HostConfig"]["NetworkMode"].startswith(("host", "none", "container:")):
            continue
        for network in _networks(lab):
            if network not in details["NetworkSettings"]["Networks"]:
                yield (f"docker network connect {network} {name}",)


def _disconnect(lab: Lab) -> Iterator[tuple[str, ...]]:
    for name, details in _inspected(lab):
        for network in details["NetworkSettings"]["Networks"]:
            if network not in _FIXED:
                yield (f"docker network disconnect {network} {name}",)


def _run(lab: Lab) -> Iterator[tuple[str, ...]]:
    taken = set(containers(lab))
    name = next(name for number in range(1, len(taken) + 2) if (name := f"extra{number}") not in taken)
    for network in _networks(lab):
        yield (f"docker run -d --name {name} --network {network} alpine",)


def _with_state(lab: Lab, verb: str, *, running: bool) -> Iterator[tuple[str, ...]]:
    for name, details in _inspected(lab):
        if details["State"]["Running"] is running:
            yield (f"docker {verb} {name}",)


def _restart(lab: Lab) -> Iterator[tuple[str, ...]]:
    return _with_state(lab, "restart", running=True)


def _stop(lab: Lab) -> Iterator[tuple[str, ...]]:
    return _with_state(lab, "stop", running=True)


def _start(lab: Lab) -> Iterator[tuple[str, ...]]:
    return _with_state(lab, "start", running=False)


def _move(lab: Lab) -> Iterator[tuple[str, ...]]:
    """A container is removed and run again as it was typed, on another network or on its own."""
    there = set(containers(lab))
    for name, line in _typed_runs(lab).items():
        if name not in there:
            continue
        before, after = line.split(" ", 2)[:2], _NETWORK.sub("", line.split(" ", 2)[2])
        for network in _networks(lab):
            yield f"docker rm -f {name}", f"{' '.join(before)} --network {network} {after}"


def _typed_runs(lab: Lab) -> dict[str, str]:
    """The latest `docker run` that named each container."""
    lines = (request.line for request in lab.journal.requests if isinstance(request, Ran) and not request.status)
    runs = (line for line in lines if line.startswith("docker run ") and "\n" not in line)
    return {found[1]: line for line in runs if (found := _NAMED.search(line))}


def _engine(lab: Lab) -> Iterator[tuple[str, ...]]:
    if lab.has_engine and lab.machine.knows(_ENGINE_RESTART.split()[0], lab.machine.host):
        yield (_ENGINE_RESTART,)


def _reboot(lab: Lab) -> Iterator[tuple[str, ...]]:
    if lab.machine.knows(_REBOOT, lab.machine.host):
        yield (_REBOOT,)


# --- the host and its namespaces ------------------------------------------------------------------------------------


def _firewall(lab: Lab) -> Iterator[tuple[str, ...]]:
    for name, prefix in _places(lab):
        table = lab.network(name).ruleset().tables.get("filter")
        forwards = lab.network(name).namespace.sysctls.read("net/ipv4/ip_forward").strip() == "1"
        yield (f"{prefix}sysctl -w net.ipv4.ip_forward={0 if forwards else 1}",)
        if table is None:
            continue
        for chain in (table.chains[chain] for chain in _PEOPLES_CHAINS if chain in table.chains):
            rules = [str(entry.rule) for entry in chain.entries if not _ENGINE_RULES.search(str(entry.rule))]
            yield from ((f"{prefix}iptables -D {chain.name} {rule}",) for rule in dict.fromkeys(rules))
            if rules:
                yield (f"{prefix}iptables -F {chain.name}",)
            if chain.policy is not None:
                yield (f"{prefix}iptables -P {chain.name} {'DROP' if str(chain.policy) == 'ACCEPT' else 'ACCEPT'}",)
        if "DOCKER-USER" in table.chains:
            yield (f"{prefix}iptables -I DOCKER-USER -j ACCEPT",)


def _link(lab: Lab) -> Iterator[tuple[str, ...]]:
    for name, _ in _places(lab):
        ip = "ip" if name is None else f"ip -n {name}"
        for link in _cables(lab, name):
            yield (f"{ip} link set {link.name} {'down' if 'UP' in link.flags else 'up'}",)


def _loss(lab: Lab) -> Iterator[tuple[str, ...]]:
    for name, prefix in _places(lab):
        lossy = {qdisc.device for qdisc in lab.network(name).qdiscs() if qdisc.kind == "netem"}
        for link in _cables(lab, name):
            if link.name in lossy:
                yield (f"{prefix}tc qdisc del dev {link.name} root",)
            elif "netem" not in lab.machine.kernel.without:
                yield (f"{prefix}tc qdisc add dev {link.name} root netem loss 100%",)


def _places(lab: Lab) -> list[tuple[str | None, str]]:
    """The host and its named namespaces, with what goes before a command there."""
    return [(None, ""), *((name, f"ip netns exec {name} ") for name in namespaces(lab))]


def _cables(lab: Lab, name: str | None) -> list[Any]:
    """Devices whose names a person gave: the engine's veths are called otherwise each time."""
    links = lab.network(name).links()
    bridges = {link.name for link in links if link.name.startswith("br-")} | {"docker0"}
    return [
        link
        for link in links
        if link.name not in _HIDDEN_DEVICES and link.name not in bridges and link.master not in bridges
    ]


_MAKERS: Final[dict[str, Callable[[Lab], Iterator[tuple[str, ...]]]]] = {
    "connect": _connect, "disconnect": _disconnect, "run": _run, "restart": _restart, "stop": _stop, "start": _start,
    "move": _move, "firewall": _firewall, "link": _link, "loss": _loss, "engine": _engine, "reboot": _reboot,
}  # fmt: skip
KINDS: Final = tuple(_MAKERS)
