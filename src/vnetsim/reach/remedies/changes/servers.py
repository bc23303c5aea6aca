"""Proposals about listeners: on all addresses, for the protocol of the question, at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.docker.daemon.servercommands import everywhere
from vnetsim.dropreason import DropReason
from vnetsim.observations import SocketEntry
from vnetsim.reach.diagnosis.membership import publishes
from vnetsim.reach.diagnosis.vrfs import accepting, listener_outside
from vnetsim.reach.endpoints.endpoints import Endpoint, containers, state_of
from vnetsim.reach.endpoints.name_lookup import left_behind
from vnetsim.reach.endpoints.netns import LabNetns, listeners, quoted
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.remedies.changes.names import host_internal
from vnetsim.reach.remedies.changes.remade import again, is_main
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.wire.inet import IPv6

_LOCAL: Final = re.compile(r"127\.0\.0\.1|localhost|\[?::1\]?")

#: All addresses of IPv6, as the value of an option.
_EVERY6: Final = re.compile(r"(?<![^=\s])(?:::(?![\w:])|\[::\](?=:))")


def _is_unheard(situation: Situation) -> bool:
    return situation.loss is not None and situation.loss.reason is DropReason.NO_SOCKET


def in_containers(situation: Situation) -> Iterator[Change]:
    """Containers join the network of another anew, after that was started; the publisher of the port is started."""
    lab, probe = situation.lab, situation.question.probe
    if not lab.has_engine or situation.code not in (DropReason.NO_SOCKET.code, DropReason.NO_ADDRESS.code):
        return
    ended = [name for name in containers(lab) if state_of(lab, Endpoint("container", name)) != "running"]
    for name, owner in left_behind(lab):
        start = (f"docker start {owner}",) if owner in ended else ()
        text = f"restart {name}, so that it joins the network that {owner} has now"
        yield Change((*start, f"docker restart {name}"), f"start {owner}, and {text}" if start else text)
    for name in ended:
        if publishes(lab, name, probe.protocol, probe.port):
            yield Change((f"docker start {name}",), f"start {name}, which publishes the port")


def listening(situation: Situation) -> Iterator[Change]:
    """A server that hears on one address only is started again, so that it hears on all."""
    netns = situation.spot
    if netns is None or not _is_unheard(situation):
        return
    port = _port(situation)
    for entry in listeners(netns):
        if entry.local_port != port or entry.protocol != situation.question.probe.protocol:
            continue
        if int(entry.local):
            yield from _everywhere(situation, netns, entry)
        elif isinstance(entry.local, IPv6) and not entry.dual_stack and _is_replaced(situation, netns, entry.pid):
            yield from _of_ipv4(situation, netns, entry)


def _of_ipv4(situation: Situation, netns: LabNetns, entry: SocketEntry) -> Iterator[Change]:
    """The container of a server of IPv6 alone, made again with 0.0.0.0 in its command."""
    command = situation.lab.docker.container_inspect(netns.endpoint.name)["Config"]["Cmd"] or []
    changed = [_EVERY6.sub("0.0.0.0", each) for each in command]
    if changed != command:
        description = f"{entry.process} in {netns.label} listens on every address of IPv4"
        yield Change(again(situation, netns.endpoint.name, command=changed), description)


def outside_of_vrfs(situation: Situation) -> Iterator[Change]:
    """A server that belongs to no VRF hears those that do, by a sysctl."""
    netns, loss = situation.spot, situation.loss
    if netns is None or loss is None or not _is_unheard(situation):
        return
    protocol = situation.question.probe.protocol
    if listener_outside(netns, loss, protocol, _port(situation)) is not None:
        key = accepting(protocol)
        yield Change((netns.sysctl(key, 1),), f"let servers of {netns.label} hear what comes in by VRFs ({key} = 1)")


def _everywhere(situation: Situation, netns: LabNetns, entry: SocketEntry) -> Iterator[Change]:
    argv = _argv(situation, entry.pid)
    if argv is None or entry.process == "docker-proxy":
        return
    if _is_replaced(situation, netns, entry.pid):
        yield from _restarted(situation, netns, entry)
        return
    every = "::" if entry.local.version == 6 else "0.0.0.0"
    args = tuple(_LOCAL.sub(every, arg.replace(str(entry.local), every)) for arg in argv)
    if args == argv:
        return
    description = f"{argv[0]} in {netns.label} listens on every address"
    if is_main(situation, netns, argv):
        yield Change(again(situation, netns.endpoint.name, command=args), description)
    else:
        ending = netns.ending(entry.protocol, entry.local_port)
        yield Change((ending, netns.background(quoted(*args))), description)


def _is_replaced(situation: Situation, netns: LabNetns, pid: int | None) -> bool:
    """Whether it is a part of a server that vnetsim runs in place of a container's main process."""
    if netns.endpoint.kind != "container":
        return False
    main = situation.lab.docker.container_inspect(netns.endpoint.name)["State"]["Pid"]
    found = {each.pid: each for each in situation.lab.machine.processes()}
    entry = found.get(pid or 0)
    return entry is not None and entry.parent == main and main != pid


def _restarted(situation: Situation, netns: LabNetns, entry: SocketEntry) -> Iterator[Change]:
    """The container made again with a command in which the address is another, or is stated."""
    command = situation.lab.docker.container_inspect(netns.endpoint.name)["Config"]["Cmd"] or []
    every = "::" if entry.local.version == 6 else "0.0.0.0"
    changed = [_LOCAL.sub(every, each.replace(str(entry.local), every)) for each in command]
    wanted = changed if changed != command else everywhere(command, entry.local_port) if command else None
    if wanted is not None:
        description = f"{entry.process} in {netns.label} listens on every address"
        yield Change(again(situation, netns.endpoint.name, command=wanted), description)


def elsewhere(situation: Situation) -> Iterator[Change]:
    """Another destination that exists: each namespace has its own 127.0.0.1; a server of IPv4 receives no IPv6."""
    question, address = situation.question, situation.diagnosis.verdict.address
    if address is None or not _is_unheard(situation) or situation.diagnosis.packet != "request":
        return
    port, protocol = question.probe.port, question.probe.protocol
    for netns in situation.namespaces:
        heard = [each for each in listeners(netns) if each.local_port == port and each.protocol == protocol
                 and not each.local.is_loopback and each.process != "dockerd"]  # fmt: skip
        if address.is_loopback and heard and netns is not situation.sender:
            args = f"ask {netns.endpoint} for it, as {address} is always the one who asks"
            yield Change((), args, attrs.evolve(question, target=netns.endpoint))
            if netns.endpoint.kind == "host":
                yield from host_internal(situation)
        if netns is situation.spot and heard and heard[0].local.version != address.version:
            for entry in netns.addresses(heard[0].local.version):
                args = f"ask for {entry.address}: {heard[0].process} hears IPv{entry.address.version} only"
                yield Change((), args, attrs.evolve(question, target=Endpoint("address", str(entry.address))))


def _argv(situation: Situation, pid: int | None) -> tuple[str, ...] | None:
    return next((entry.argv for entry in situation.lab.machine.processes() if entry.pid == pid), None)


def _port(situation: Situation) -> int:
    """The port without a listener, as the packet had it in the end."""
    packet = situation.packet()
    port = getattr(getattr(packet, "payload", None), "destination_port", None)
    return int(port) if port is not None else situation.question.probe.port


def others(situation: Situation) -> Iterator[Change]:
    """Hints at what is there: the other protocol, another port; a server where there is nothing at all."""
    netns, question = situation.spot, situation.question
    if netns is None or not _is_unheard(situation) or question.probe.protocol == "icmp":
        return
    direct = _port(situation) == question.probe.port
    near = sorted(listeners(netns), key=lambda entry: entry.local_port != question.probe.port) if direct else []
    for entry in near:
        probe = attrs.evolve(question.probe, protocol=entry.protocol, port=entry.local_port)
        if entry.protocol in ("tcp", "udp") and probe != question.probe and not entry.local.is_loopback:
            args = f"ask for {probe.protocol}/{probe.port}, where {entry.process or 'a program'} listens"
            yield Change((), args, attrs.evolve(question, probe=probe))
    if not _is_somewhere(situation, netns):
        yield from _started(netns, question.probe, _port(situation))


def _is_somewhere(situation: Situation, netns: LabNetns) -> bool:
    """Whether something listens where the packet came to, or elsewhere at its port: that is the service, then.

    What a container was made for is not known to be its port; no second server is started in it.
    """
    if netns.endpoint.kind == "container" or any(entry.process != "dockerd" for entry in listeners(netns)):
        return True
    ports = (situation.question.probe.port, _port(situation))
    return any(entry.local_port in ports for other in situation.namespaces for entry in listeners(other))


def _started(netns: LabNetns, probe: Probe, port: int) -> Iterator[Change]:
    flags = "-l -k -u" if probe.protocol == "udp" else "-l -k"
    line = netns.background(f"nc {flags} -p {port}")
    args = f"let something listen on {probe.protocol} port {port} in {netns.label}, where nothing listens at all"
    yield Change((line,), args, makeshift=True)
