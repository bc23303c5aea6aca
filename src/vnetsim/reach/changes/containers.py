"""Proposals about Docker: start it, connect it, publish its port, give it a network with names."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from vnetsim.docker import images
from vnetsim.reach import reasons
from vnetsim.reach.called import called, container_exists, joined_by, network_owner, written
from vnetsim.reach.called import networks as networks_of
from vnetsim.reach.changes import duplicates
from vnetsim.reach.changes.options import options
from vnetsim.reach.changes.situation import Change, Situation
from vnetsim.reach.diagnosis import listeners
from vnetsim.reach.endpoints import Endpoint, containers, state_of
from vnetsim.reach.places import Place, quoted
from vnetsim.trace import Reason

#: A network that is made because two have none in common.
_NEW: Final = "shared"
_MODES: Final = ("host", "none")
#: Reasons to which being on another network makes no difference.
_NOT_ABOUT_NETWORKS: Final = frozenset((
    "NO_SOCKET", "PKT_TOO_BIG", "ICMP_ECHO_IGNORED", reasons.NOT_RUNNING, reasons.NO_NAME, reasons.WRONG_HOST,
))  # fmt: skip


# --- running ---------------------------------------------------------------------------------------------------------


def starting(situation: Situation) -> Iterator[Change]:
    """Start what does not run, after stopping what is in its way."""
    sender, target = situation.question.sender, situation.question.target
    if state_of(situation.lab, sender) != "running":
        target = sender
    if situation.code == reasons.NO_NAME and container_exists(situation.lab, target.name):
        target = Endpoint("container", target.name)
        if state_of(situation.lab, target) == "running":
            return
    elif situation.code != reasons.NOT_RUNNING:
        return
    paused = state_of(situation.lab, target) == "paused"
    start = f"docker {'unpause' if paused else 'start'} {target.name}"
    yield Change((start,), f"start {target.name}")
    host_config = situation.lab.docker.container_inspect(target.name)["HostConfig"]
    yield from _in_the_way(situation, target, host_config, start)
    for other, network, free in duplicates.takers(situation, target.name):
        words = f"give {other} the address {free} on {network}, as it has the one of {target.name}, and start that"
        yield Change((*duplicates.connected_anew(situation, other, network, free), start), words)


def _in_the_way(situation: Situation, target: Endpoint, config: Mapping[str, Any], start: str) -> Iterator[Change]:
    """Another container that has its port, or another program."""
    wanted = {binding["HostPort"] for each in config["PortBindings"].values() for binding in each}
    for name in containers(situation.lab):
        ports = situation.lab.docker.container_inspect(name)["NetworkSettings"]["Ports"]
        held = {binding["HostPort"] for each in ports.values() for binding in each or ()}
        if name != target.name and held & wanted:
            other = str(int(min(wanted & held, key=int)) + 1)
            free = [(b["HostIp"], other if b["HostPort"] in held else b["HostPort"], port) for port, each in
                    config["PortBindings"].items() for b in each]  # fmt: skip
            question = attrs.evolve(situation.question)
            words = f"publish {target.name} on port {other}, as {name} has the one that it asks for"
            yield Change(again(situation, target.name, publish=free), words, question)
            yield Change((f"docker stop {name}", start), f"stop {name}, which has the port, and start {target.name}")
    host = situation.places.find(situation.lab.machine.hostname)
    if config["NetworkMode"] != "host" or host is None:
        return
    for entry in listeners(host):
        if entry.pid is not None and (entry.local_port == situation.question.probe.port):
            words = f"end {entry.process}, which has port {entry.local_port}, and start {target.name}"
            yield Change((host.ending("tcp", entry.local_port), start), words)
            yield from _off_the_host(situation, target.name, entry.local_port)


def _off_the_host(situation: Situation, name: str, port: int) -> Iterator[Change]:
    """A container whose port is taken in host mode has a network of its own, and publishes it as another one."""
    free = _free_port(situation, port)
    lines = again(situation, name, network="bridge", publish=[("", str(free), f"{port}/tcp")])
    yield Change(lines, f"take {name} off the host's network, and publish its port {port} as {free}")


# --- networks --------------------------------------------------------------------------------------------------------


def networks(situation: Situation) -> Iterator[Change]:
    """Let both be on one network."""
    if situation.code in _NOT_ABOUT_NETWORKS:
        return
    yield from _joined(situation, situation.question.target)
    sender = situation.question.sender
    if sender.kind != "container":
        return
    sender = attrs.evolve(sender, name=network_owner(situation.lab, sender.name))
    if "bridge" in networks_of(situation.lab, sender.name):
        return
    for change in _connect(situation, "bridge", sender.name):
        yield change
        mine = [each for each in networks_of(situation.lab, sender.name) if each not in _MODES]
        if situation.code == "NEIGH_FAILED" and mine:
            # Its network may be in the way: the same addresses are somewhere else.
            leave = (f"docker network disconnect {each} {sender.name}" for each in mine)
            yield Change((*change.commands, *leave), f"move {sender.name} from {' and '.join(mine)} to bridge")


def _joined(situation: Situation, target: Endpoint) -> Iterator[Change]:
    sender, lab = situation.question.sender, situation.lab
    target = _container_of(situation, target)
    if sender.kind != "container" or target.kind != "container":
        return
    sender, target = (attrs.evolve(end, name=network_owner(lab, end.name)) for end in (sender, target))
    if sender == target:
        return
    mine, theirs = networks_of(lab, sender.name), networks_of(lab, target.name)
    for network in mine:
        if network not in (*theirs, *_MODES):
            yield from _connect(situation, network, target.name)
    for network in theirs:
        if network not in (*mine, *_MODES):
            yield from _connect(situation, network, sender.name)
    if not set(_MODES) & {*mine, *theirs}:
        new = free_name(situation, _NEW)
        lines = (f"docker network create {new}", f"docker network connect {new} {sender.name}",
                 f"docker network connect {new} {target.name}")  # fmt: skip
        named = any(each not in ("bridge", *_MODES) for each in (*mine, *theirs))
        yield Change(lines, f"make a network for {sender.name} and {target.name}", makeshift=named)


def _container_of(situation: Situation, target: Endpoint) -> Endpoint:
    """The container that is asked, where it is asked by an address or by its name."""
    if target.kind == "name" and container_exists(situation.lab, target.name):
        return Endpoint("container", target.name)
    place = situation.target
    if target.kind == "address" and place is not None:
        return place.endpoint
    return target


def _connect(situation: Situation, network: str, name: str) -> Iterator[Change]:
    """A container that has no network, or the host's, leaves that first."""
    mode = next((each for each in networks_of(situation.lab, name) if each in _MODES), None)
    connect = f"docker network connect {network} {name}"
    if mode == "none":
        yield Change((f"docker network disconnect none {name}", connect), f"connect {name} to {network}")
    elif mode is None:
        yield Change((connect,), f"connect {name} to {network}")


def free_name(situation: Situation, name: str) -> str:
    """The name of a network that there is not, this one if possible."""
    taken = {entry["Name"] for entry in situation.lab.docker.network_list()}
    return next(each for each in (name, *(f"{name}{number}" for number in range(2, 100))) if each not in taken)


# --- names -----------------------------------------------------------------------------------------------------------


def names(situation: Situation) -> Iterator[Change]:
    """A network with a name service that both are on; or the name as it is spelt."""
    if situation.code != reasons.NO_NAME:
        return
    sender, target, lab = situation.question.sender, situation.question.target, situation.lab
    if container_exists(lab, target.name):
        for change in _joined(situation, target):
            if not change.commands[-1].startswith("docker network connect bridge "):
                yield change
        address = next(iter(_addresses(situation, target.name)), None)
        if sender.kind != "container" and address is not None:
            yield Change((f"echo '{address} {target.name}' >> /etc/hosts",), f"write {target.name} into /etc/hosts")
    for name, network in called(lab, target.name) if sender.kind == "container" else ():
        if network not in networks_of(lab, sender.name):
            yield Change((f"docker network connect {network} {sender.name}",),
                         f"connect {sender.name} to {network}, where {name} is called {target.name}")  # fmt: skip
    known = [name for name in containers(lab) if name != sender.name]
    for name in difflib.get_close_matches(target.name, known, n=2, cutoff=_ALIKE):
        question = attrs.evolve(situation.question, target=Endpoint("name", name))
        yield Change((), f"ask for {name}, as it is spelt", question)


#: Two letters that changed places in a name of two are half of it (difflib).
_ALIKE: Final = 0.5


def hosts_files(situation: Situation) -> Iterator[Change]:
    """A line of /etc/hosts gives another address than the name service would."""
    sender, target, address = situation.question.sender, situation.question.target, situation.diagnosis.verdict.address
    if target.kind != "name" or address is None or not written(situation.lab, sender, target.name, address):
        return
    words = f"no line for {target.name} in /etc/hosts of {sender.short}"
    lines = f"grep -v '^{address}[[:space:]].*{target.name}' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts"
    if sender.kind != "container":
        yield Change((lines,), words)
        return
    extra = situation.lab.docker.container_inspect(sender.name)["HostConfig"]["ExtraHosts"] or ()
    said = [each for each in extra if each.partition(":")[0] == target.name]
    if said:
        kept = [each for each in extra if each not in said]
        yield Change(again(situation, sender.name, hosts=kept), f"make {sender.name} without --add-host {said[0]}")
    else:
        yield Change((f"docker exec {sender.name} sh -c {shlex.quote(lines)}",), words)


def _addresses(situation: Situation, name: str) -> list[str]:
    settings = situation.lab.docker.container_inspect(name)["NetworkSettings"]["Networks"].values()
    return [each["IPAddress"] for each in settings if each["IPAddress"]]


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
    if situation.loss is None or situation.loss.reason not in (Reason.NO_SOCKET, Reason.FILTERED, Reason.REJECTED):
        return
    joined = _joined_one(situation)
    for place in situation.places:
        if place.endpoint.kind == "container":
            yield from _published(situation, place.endpoint.name, question.probe.port, None, joined)


def _joined_one(situation: Situation) -> str:
    """The one container whose network others joined, where nothing is published; "" if there is no such."""
    lab, owners = situation.lab, joined_by(situation.lab)
    bindings = (lab.docker.container_inspect(each)["HostConfig"]["PortBindings"] for each in containers(lab))
    return owners.pop() if len(owners) == 1 and not any(bindings) else ""


def _published(
    situation: Situation, name: str, port: int, asked: Endpoint | None, joined: str = ""
) -> Iterator[Change]:
    """One container, by what listens in it; `asked` is who has to be asked afterwards.

    With one server in a network that others `joined`, who cannot publish, it is that one which is meant.
    """
    question = situation.question
    place = situation.places.of(Endpoint("container", name))
    bindings = situation.lab.docker.container_inspect(name)["HostConfig"]["PortBindings"]
    if place is None or (asked is None and not _may_be_meant(bindings, port)):
        return
    heard = _inside(place, question.probe.protocol, port)
    kept = [
        (binding["HostIp"], binding["HostPort"], inside)
        for inside, each in bindings.items() for binding in each
        if (binding["HostPort"] != str(port) and (inside != f"{port}/{question.probe.protocol}" or port in heard))
        or not inside.endswith(f"/{question.probe.protocol}")
    ]  # fmt: skip
    for number in heard:
        if asked is None and not bindings and number != port and (name != joined or len(heard) > 1):
            continue  # nothing says that this container is meant
        outside = port if asked is None else _free_port(situation, port)
        mapping = ("", str(outside), f"{number}/{question.probe.protocol}")
        lines = again(situation, name, publish=[*kept, mapping])
        if all(situation.lab.docker.network_inspect(each)["Internal"] for each in networks_of(situation.lab, name)):
            # Nothing is published by internal networks.
            lines = (*lines, f"docker network connect bridge {name}")
        words = f"publish {question.probe.protocol} port {number} of {name} as port {outside} of the host"
        probe = attrs.evolve(question.probe, port=outside)
        yield Change(lines, words, None if asked is None else attrs.evolve(question, target=asked, probe=probe))


def _free_port(situation: Situation, port: int) -> int:
    """The same number, or one above 8000, that nobody on the host listens at."""
    host = situation.places.of(Endpoint("host"))
    taken = set() if host is None else {entry.local_port for entry in listeners(host)}
    return int(next(number for number in (port, *range(8000 + port % 1000, 65536)) if number not in taken))


def _may_be_meant(bindings: Mapping[str, Any], port: int) -> bool:
    """A container that publishes that port, in whatever way (perhaps the wrong way round), or none at all."""
    inside = {key.partition("/")[0] for key in bindings}
    outside = {binding["HostPort"] for each in bindings.values() for binding in each}
    return not bindings or str(port) in inside | outside


def _inside(place: Place, protocol: str, port: int) -> list[int]:
    """The ports that somebody listens on, the one of the same number first."""
    found = {entry.local_port for entry in listeners(place) if entry.protocol == protocol
             and not entry.local.is_loopback and entry.process != "dockerd"}  # fmt: skip
    return sorted(found, key=lambda each: (each != port, each))


# --- made again ------------------------------------------------------------------------------------------------------


Published = tuple[str, str, str]


def is_main(situation: Situation, place: Place, argv: Sequence[str]) -> bool:
    """Whether a program is what a container was started for."""
    if place.endpoint.kind != "container":
        return False
    told = situation.lab.docker.container_inspect(place.endpoint.name)
    return [told["Path"], *told["Args"]] == [*argv]


def again(
    situation: Situation, name: str, *, publish: list[Published] | None = None, command: Sequence[str] | None = None,
    hosts: Sequence[str] | None = None, network: str = "", link: str = "",
) -> tuple[str, ...]:  # fmt: skip
    """The commands that make a container again: with other ports (address, host port, `80/tcp`), another command.

    `hosts` are what `--add-host` says instead, `link` what `--link` says besides.  Those that live in its network
    (`container:NAME`) are made again too.
    """
    told = situation.lab.docker.container_inspect(name)
    if hosts is not None:
        told = {**told, "HostConfig": {**told["HostConfig"], "ExtraHosts": list(hosts)}}
    if network and told["Config"]["Hostname"] == situation.lab.machine.hostname:
        told = {**told, "Config": {**told["Config"], "Hostname": ""}}  # that of the host, whose network it had
    first, *rest = told["NetworkSettings"]["Networks"] or {told["HostConfig"]["NetworkMode"]: {}}
    words = [
        "docker",
        "run",
        "-d",
        "--name",
        name,
        *options(told, network or first),
        *(("--link", link) if link else ()),
    ]
    bindings = told["HostConfig"]["PortBindings"].items()
    kept = [(each["HostIp"], each["HostPort"], inside) for inside, several in bindings for each in several]
    for address, port, inside in kept if publish is None else publish:
        number, _, protocol = inside.partition("/")
        suffix = "" if protocol == "tcp" else f"/{protocol}"
        where = f"[{address}]:" if ":" in address else f"{address}:" if address else ""
        words += ["-p", f"{where}{port}:{number}{suffix}"]
    words += [told["Config"]["Image"], *(_command(told) if command is None else command)]
    connects = (f"docker network connect {each} {name}" for each in rest)
    lodgers = [each for each in containers(situation.lab) if _mode(situation, each) == f"container:{told['Id']}"]
    follow = [line for each in lodgers for line in again(situation, each, network=f"container:{name}")]
    return (f"docker rm -f {name}", quoted(*words), *connects, *follow)


def _mode(situation: Situation, name: str) -> str:
    return str(situation.lab.docker.container_inspect(name)["HostConfig"]["NetworkMode"])


def _command(told: Mapping[str, Any]) -> list[str]:
    """What was said behind the image."""
    command = [*(told["Config"]["Cmd"] or ())]
    return [] if command == list(images.find(told["Config"]["Image"]).command) else command
