"""Proposals about containers: start it, connect it to a network, publish its port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from vnetsim.docker import images
from vnetsim.docker.images import catalogue
from vnetsim.docker.images.requirements import StartSettings
from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis import membership
from vnetsim.reach.endpoints.endpoints import Endpoint, containers, state_of
from vnetsim.reach.endpoints.name_lookup import container_exists, network_owner
from vnetsim.reach.endpoints.name_lookup import networks as networks_of
from vnetsim.reach.endpoints.netns import LabNetns, listeners
from vnetsim.reach.remedies.changes import duplicates
from vnetsim.reach.remedies.changes.remade import again
from vnetsim.reach.remedies.changes.situation import Change, Situation

#: Of a setting that may be anything.
_VALUE: Final = "secret"
#: A network that is made because two have none in common.
_NEW: Final = "shared"
MODES: Final = ("host", "none")
#: Reasons to which being on another network makes no difference.
_NOT_ABOUT_NETWORKS: Final = frozenset(
    ("NO_SOCKET", "PKT_TOO_BIG", "ICMP_ECHO_IGNORED", "CONTAINER_NOT_RUNNING", "NAME_NOT_RESOLVED", "DUPLICATE_ADDRESS")
)


# --- running ---------------------------------------------------------------------------------------------------------


def starting(situation: Situation) -> Iterator[Change]:
    """Start what does not run, after stopping what conflicts with it."""
    sender, target = situation.question.sender, situation.question.target
    if state_of(situation.lab, sender) != "running":
        target = sender
    if situation.code == DropReason.NAME_NOT_RESOLVED.code and container_exists(situation.lab, target.name):
        target = Endpoint("container", target.name)
        if state_of(situation.lab, target) == "running":
            return
    elif situation.code != DropReason.CONTAINER_NOT_RUNNING.code:
        return
    yield from _configured(situation, target.name)
    paused = state_of(situation.lab, target) == "paused"
    start = f"docker {'unpause' if paused else 'start'} {target.name}"
    yield Change((start,), f"start {target.name}")
    host_config = situation.lab.docker.container_inspect(target.name)["HostConfig"]
    yield from _conflicting(situation, target, host_config, start)
    for other, network, free in duplicates.takers(situation, target.name):
        text = f"give {other} the address {free} on {network}, as it has the one of {target.name}, and start that"
        yield Change((*duplicates.connected_anew(situation, other, network, free), start), text)


def _configured(situation: Situation, name: str) -> Iterator[Change]:
    """The settings without which the image's entrypoint does not run the server."""
    inspected = situation.lab.docker.container_inspect(name)
    image = images.of_name(inspected["Config"]["Image"])
    given = StartSettings.of(
        inspected["Config"]["Env"] or (), (inspected["Path"], *inspected["Args"]), inspected["HostConfig"]
    )
    for requirement in catalogue.requirements_of(image.entry, image.version, given):
        missing = [names[0] for names in requirement.missing(given)]
        if missing == ["privileged"] and inspected["State"]["ExitCode"]:
            lines = again(situation, name, config={"Privileged": True})
            yield Change(lines, f"run {name} with --privileged, without which it does not start")
        elif missing and inspected["State"]["ExitCode"]:
            lines = again(situation, name, settings=[each if "=" in each else f"{each}={_VALUE}" for each in missing])
            yield Change(lines, f"set {' and '.join(missing)}, without which {name} does not start")


def _conflicting(situation: Situation, target: Endpoint, config: Mapping[str, Any], start: str) -> Iterator[Change]:
    """Another container that has its port, or another program."""
    bindings: Mapping[str, Any] = config["PortBindings"] or {}
    wanted = {binding["HostPort"] for each in bindings.values() for binding in each}
    for name in containers(situation.lab):
        ports = situation.lab.docker.container_inspect(name)["NetworkSettings"]["Ports"]
        held = {binding["HostPort"] for each in ports.values() for binding in each or ()}
        if name != target.name and held & wanted:
            other = str(int(min(wanted & held, key=int)) + 1)
            free = [
                (b["HostIp"], other if b["HostPort"] in held else b["HostPort"], port)
                for port, each in bindings.items()
                for b in each
            ]
            text = f"publish {target.name} on port {other}, as {name} has the one that it asks for"
            yield Change(again(situation, target.name, publish=free), text, attrs.evolve(situation.question))
            yield Change((f"docker stop {name}", start), f"stop {name}, which has the port, and start {target.name}")
    if config["NetworkMode"] == "host":
        yield from _on_host(situation, target, start)


def _on_host(situation: Situation, target: Endpoint, start: str) -> Iterator[Change]:
    """On the host's network a port is had by one alone: another network, or who has the port ends."""
    host = situation.namespaces.of(Endpoint("host"))
    if host is None:
        return
    exposed = situation.lab.docker.container_inspect(target.name)["Config"].get("ExposedPorts") or ()
    ports = {situation.question.probe.port, *(int(each.partition("/")[0]) for each in exposed)}
    for entry in listeners(host):
        if entry.pid is None or entry.local_port not in ports:
            continue
        number = entry.local_port
        yield _off_host(situation, target.name, number)
        main = _main_of(situation, entry.pid)
        if main:
            text = f"stop {main}, which has port {number}, and start {target.name}"
            yield Change((f"docker stop {main}", start), text)
        else:
            text = f"end {entry.process}, which has port {number}, and start {target.name}"
            yield Change((host.ending("tcp", number), start), text)


def _off_host(situation: Situation, name: str, port: int) -> Change:
    """On the default bridge, published by another number: for other senders, that port is the destination."""
    question, outside = situation.question, _free_port(situation, port)
    lines = again(situation, name, network="bridge", publish=[("", str(outside), f"{port}/tcp")])
    near = question.sender.kind in ("host", "container") and question.target.kind == "container"
    probe = attrs.evolve(question.probe, port=outside)
    destination = None if near else attrs.evolve(question, target=Endpoint("host"), probe=probe)
    return Change(lines, f"make {name} on the default bridge, and publish its port {port} as {outside}", destination)


def _main_of(situation: Situation, pid: int) -> str:
    """The container of a server: the process is its first, or a child of that."""
    inspect, machine = situation.lab.docker.container_inspect, situation.lab.machine
    several = (pid, machine.parent_of(pid))
    return next((name for name in containers(situation.lab) if inspect(name)["State"]["Pid"] in several), "")


# --- networks --------------------------------------------------------------------------------------------------------


def networks(situation: Situation) -> Iterator[Change]:
    """Let both be on one network."""
    if situation.code in _NOT_ABOUT_NETWORKS:
        return
    yield from on_one_network(situation, situation.question.target)
    sender = situation.question.sender
    if sender.kind != "container":
        return
    sender = attrs.evolve(sender, name=network_owner(situation.lab, sender.name))
    if "bridge" in networks_of(situation.lab, sender.name):
        return
    for change in _connect(situation, "bridge", sender.name):
        yield change
        mine = [each for each in networks_of(situation.lab, sender.name) if each not in MODES]
        if situation.code == "NEIGH_FAILED" and mine:
            # Its network may conflict: the same addresses are somewhere else.
            leave = (f"docker network disconnect {each} {sender.name}" for each in mine)
            text = f"move {sender.name} from {' and '.join(mine)} to bridge"
            yield Change((*change.commands, *leave), text, makeshift=len(mine) > 1)


def on_one_network(situation: Situation, target: Endpoint) -> Iterator[Change]:
    """Connect one to a network of the other, or both to a new one; for a joined container, the one that it joined."""
    sender, lab = situation.question.sender, situation.lab
    target = _container_of(situation, target)
    if sender.kind != "container" or target.kind != "container":
        return
    one, other = network_owner(lab, sender.name), network_owner(lab, target.name)
    if one == other:
        return
    mine, theirs = networks_of(lab, one), networks_of(lab, other)
    for network in mine:
        if network not in (*theirs, *MODES):
            yield from _connect(situation, network, other)
    for network in theirs:
        if network not in (*mine, *MODES):
            yield from _connect(situation, network, one)
    if not set(MODES) & {*mine, *theirs}:
        new = free_name(situation, _NEW)
        lines = (
            f"docker network create {new}",
            f"docker network connect {new} {one}",
            f"docker network connect {new} {other}",
        )
        named = any(each not in ("bridge", *MODES) for each in (*mine, *theirs))
        yield Change(lines, f"make a network for {one} and {other}", makeshift=named)


def _container_of(situation: Situation, target: Endpoint) -> Endpoint:
    """The container that is the destination, by an address or by its name."""
    if target.kind == "name" and container_exists(situation.lab, target.name):
        return Endpoint("container", target.name)
    netns = situation.target
    if target.kind == "address" and netns is not None:
        return netns.endpoint
    return target


def _connect(situation: Situation, network: str, name: str) -> Iterator[Change]:
    """A container that has no network, or the host's, leaves that first."""
    mode = next((each for each in networks_of(situation.lab, name) if each in MODES), None)
    connect = f"docker network connect {network} {name}"
    if mode == "none":
        yield Change((f"docker network disconnect none {name}", connect), f"connect {name} to {network}")
    elif mode is None:
        yield Change((connect,), f"connect {name} to {network}")


def free_name(situation: Situation, name: str) -> str:
    """The name of a network that there is not, this one if possible."""
    taken = {entry["Name"] for entry in situation.lab.docker.network_list()}
    return next(each for each in (name, *(f"{name}{number}" for number in range(2, 100))) if each not in taken)


# --- ports -----------------------------------------------------------------------------------------------------------


def publishing(situation: Situation) -> Iterator[Change]:
    """Publish a port of a container, on every address of the host."""
    question, lab = situation.question, situation.lab
    if not lab.has_engine or question.probe.protocol == "icmp":
        return
    target = _container_of(situation, question.target)
    if target.kind == "container" and question.sender.kind != "container":
        yield from _published(situation, target.name, question.probe.port, Endpoint("host"))
        return
    if situation.loss is None or situation.loss.reason not in (
        DropReason.NO_SOCKET,
        DropReason.NETFILTER_DROP,
        DropReason.NETFILTER_REJECT,
    ):
        return
    joined = _joined_one(situation)
    for netns in situation.namespaces:
        if netns.endpoint.kind == "container":
            yield from _published(situation, netns.endpoint.name, question.probe.port, None, joined)


def _joined_one(situation: Situation) -> str:
    """The one container whose network others joined, where nothing is published; "" if there is no such."""
    lab, owners = situation.lab, set(situation.joined)
    bindings = (lab.docker.container_inspect(each)["HostConfig"]["PortBindings"] for each in containers(lab))
    return owners.pop() if len(owners) == 1 and not any(bindings) else ""


def _published(
    situation: Situation, name: str, port: int, destination: Endpoint | None, joined: str = ""
) -> Iterator[Change]:
    """One container, by what listens in it; `destination` is the destination afterwards.

    With one server in a network that others `joined`, who cannot publish, it is that one which is meant.
    """
    question = situation.question
    netns = situation.namespaces.of(Endpoint("container", name))
    bindings = situation.lab.docker.container_inspect(name)["HostConfig"]["PortBindings"] or {}
    if netns is None or (destination is None and not _may_be_meant(bindings, port)):
        return
    heard = _inside(netns, question.probe.protocol, port)
    kept = [
        (binding["HostIp"], binding["HostPort"], inside)
        for inside, each in bindings.items()
        for binding in each
        if (binding["HostPort"] != str(port) and (inside != f"{port}/{question.probe.protocol}" or port in heard))
        or not inside.endswith(f"/{question.probe.protocol}")
    ]
    for number in heard:
        if destination is None and not bindings and number != port and (name != joined or len(heard) > 1):
            continue  # this container need not be meant
        outside = port if destination is None else _free_port(situation, port)
        mapping = (membership.any_address(situation.lab, name), str(outside), f"{number}/{question.probe.protocol}")
        lines = again(situation, name, publish=[*kept, mapping])
        if all(situation.lab.docker.network_inspect(each)["Internal"] for each in networks_of(situation.lab, name)):
            # Nothing is published by internal networks.
            lines = (*lines, f"docker network connect bridge {name}")
        text = f"publish {question.probe.protocol} port {number} of {name} as port {outside} of the host"
        probe = attrs.evolve(question.probe, port=outside)
        yield Change(
            lines, text, None if destination is None else attrs.evolve(question, target=destination, probe=probe)
        )


def _free_port(situation: Situation, port: int) -> int:
    """The same number, or one above 8000, without a listener on the host."""
    host = situation.namespaces.of(Endpoint("host"))
    taken = set() if host is None else {entry.local_port for entry in listeners(host)}
    return int(next(number for number in (port, *range(8000 + port % 1000, 65536)) if number not in taken))


def _may_be_meant(bindings: Mapping[str, Any], port: int) -> bool:
    """A container that publishes that port, in whatever form (perhaps with the numbers exchanged), or none at all."""
    inside = {key.partition("/")[0] for key in bindings}
    outside = {binding["HostPort"] for each in bindings.values() for binding in each}
    return not bindings or str(port) in inside | outside


def _inside(netns: LabNetns, protocol: str, port: int) -> list[int]:
    """The ports with a listener, the one of the same number first."""
    found = {
        entry.local_port
        for entry in listeners(netns)
        if entry.protocol == protocol and not entry.local.is_loopback and entry.process != "dockerd"
    }
    return sorted(found, key=lambda each: (each != port, each))
