"""Proposals about names: a network with a name service, an alias, a line of /etc/hosts, a link, a host-mode container.

The name service of a user-defined network knows the containers on it by their names and aliases; the default bridge
has none, and neither has the host's network.  --link and --add-host write to /etc/hosts of one container, which
stays there as it was when that container was made.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.naming import Naming
from vnetsim.reach.endpoints.endpoints import Endpoint, containers
from vnetsim.reach.endpoints.name_lookup import container_exists, linked, lookup, written
from vnetsim.reach.endpoints.name_lookup import networks as networks_of
from vnetsim.reach.remedies.changes.containers import MODES, free_name, on_one_network
from vnetsim.reach.remedies.changes.remade import again, connecting, published, reconnecting
from vnetsim.reach.remedies.changes.situation import Change, Situation

_BRIDGE: Final = "bridge"
#: Two exchanged letters in a name of two are half of it (difflib).
_ALIKE: Final = 0.5


def names(situation: Situation) -> Iterator[Change]:
    """A network with a name service that both are on; or the name as it is spelt."""
    if situation.code != DropReason.NAME_NOT_RESOLVED.code:
        return
    sender, name = situation.question.sender, situation.question.target.name
    if container_exists(situation.lab, name):
        yield from _of_container(situation, name)
    elif sender.kind == "container":
        yield from _aliases(situation, name)
        yield from _links(situation, name)
    known = [each for each in containers(situation.lab) if each != sender.name]
    for alike in difflib.get_close_matches(name, known, n=2, cutoff=_ALIKE):
        question = attrs.evolve(situation.question, target=Endpoint("name", alike))
        yield Change((), f"ask for {alike}, as it is spelt", question)


def _of_container(situation: Situation, name: str) -> Iterator[Change]:
    sender = situation.question.sender
    for change in on_one_network(situation, Endpoint("container", name)):
        if not change.commands[-1].startswith(f"docker network connect {_BRIDGE} "):
            yield change
    address = next(iter(_addresses(situation, name)), None)
    if sender.kind != "container" and address is not None:
        yield Change((f"echo '{address} {name}' >> /etc/hosts",), f"write {name} into /etc/hosts")
    elif sender.kind == "container":
        yield from _host_mode(situation, name)


def _inspected(situation: Situation, name: str) -> dict[str, Any]:
    return dict(situation.lab.docker.container_inspect(name))


def _addresses(situation: Situation, name: str) -> list[str]:
    settings = _inspected(situation, name)["NetworkSettings"]["Networks"].values()
    return [each["IPAddress"] for each in settings if each["IPAddress"]]


# --- host mode -------------------------------------------------------------------------------------------------------


def _host_mode(situation: Situation, name: str) -> Iterator[Change]:
    """The host's network has no container names: leave it, use an address, or use the name of the host."""
    sender = situation.question.sender
    mine, theirs = networks_of(situation.lab, sender.name), networks_of(situation.lab, name)
    if mine == ["host"] and theirs != ["host"]:
        for network in theirs:
            if network not in (_BRIDGE, *MODES):
                text = f"make {sender.name} on {network} instead of the host's network, where names are known"
                yield Change(again(situation, sender.name, network=network), text)
        yield from _by_address(situation, name)
    elif theirs == ["host"] and mine != ["host"]:
        text = f"make {sender.name} with {name} for a name of the host, whose network {name} has"
        yield Change(_with_host(situation, sender.name, name), text)
        yield Change((), f"ask the host for it, whose network {name} has", _retargeted(situation, Endpoint("host")))


def _by_address(situation: Situation, name: str) -> Iterator[Change]:
    """From the host's network: a published port, or the container's own address."""
    probe = situation.question.probe
    ports = published(_inspected(situation, name))
    for _, port, inside in ports:
        if inside == f"{probe.plain.port}/{probe.protocol}" and port.isdigit():
            question = _retargeted(situation, Endpoint("address", "127.0.0.1"))
            question = attrs.evolve(question, probe=attrs.evolve(probe, port=int(port)))
            yield Change((), f"ask for port {port} of the host, by which {name} is published", question)
    for address in _addresses(situation, name):
        text = f"ask for {address}, the address that {name} has now"
        yield Change((), text, _retargeted(situation, Endpoint("address", address)))
    if probe.port and not any(inside == f"{probe.port}/{probe.protocol}" for _, _, inside in ports):
        mapping = ("127.0.0.1", str(probe.port), f"{probe.port}/{probe.protocol}")
        text = f"publish {probe.protocol} port {probe.port} of {name} for the host, and ask for that"
        lines = again(situation, name, publish=[*ports, mapping])
        yield Change(lines, text, _retargeted(situation, Endpoint("address", "127.0.0.1")))


def _retargeted(situation: Situation, target: Endpoint) -> Any:
    return attrs.evolve(situation.question, target=target, typed_name="")


def _with_host(situation: Situation, container: str, name: str) -> tuple[str, ...]:
    """A container is made again, with a name for the host (`host-gateway`, docker run(1))."""
    extra = [each for each in _extra_hosts(situation, container) if each.partition(":")[0] != name]
    return again(situation, container, config={"ExtraHosts": [*extra, f"{name}:host-gateway"]})


def _extra_hosts(situation: Situation, container: str) -> Sequence[str]:
    return _inspected(situation, container)["HostConfig"]["ExtraHosts"] or ()


#: What the host is called in Docker's documentation; Docker Desktop knows the name without --add-host.
_INTERNAL: Final = "host.docker.internal"


def host_internal(situation: Situation) -> Iterator[Change]:
    """127.0.0.1 of a container is its own; the host, who listens at the port, gets a name there."""
    sender = situation.question.sender
    if sender.kind != "container" or networks_of(situation.lab, sender.name) == ["host"]:
        return
    text = f"make {sender.name} with {_INTERNAL} for a name of the host, and ask for that"
    lines = _with_host(situation, sender.name, _INTERNAL)
    yield Change(lines, text, _retargeted(situation, Endpoint("name", _INTERNAL)))


# --- one name for several --------------------------------------------------------------------------------------------


def own_names(situation: Situation) -> Iterator[Change]:
    """A name that several containers have on one network: each has one of its own besides."""
    sender, target, address = situation.question.sender, situation.question.target, situation.diagnosis.verdict.address
    if target.kind != "name" or address is None:
        return
    found = Naming(situation.lab, situation.namespaces, sender, target.name).namesakes(address)
    for name in found if len(found) > 1 else ():
        if name != target.name:
            text = f"ask for {name} by its own name, as {target.name} is any of {' and '.join(found)}"
            yield Change((), text, _retargeted(situation, Endpoint("name", name)))


# --- aliases and links -----------------------------------------------------------------------------------------------


def _aliases(situation: Situation, alias: str) -> Iterator[Change]:
    """A name that belongs to another network: give it on the one that both are on, or go there."""
    sender, lab = situation.question.sender, situation.lab
    mine = networks_of(lab, sender.name)
    for name, network in lookup(lab, alias):
        if network in mine:
            continue
        shared = [each for each in networks_of(lab, name) if each in mine and each not in (_BRIDGE, *MODES)]
        for each in shared:
            lines = reconnecting(_inspected(situation, name), each, aliases=[alias])
            yield Change(lines, f"let {name} be called {alias} on {each} too, which both are on")
        yield Change(
            (f"docker network connect {network} {sender.name}",),
            f"connect {sender.name} to {network}, where {name} is called {alias}",
            makeshift=bool(shared),
        )


def _links(situation: Situation, alias: str) -> Iterator[Change]:
    """A name that --link gave to another container: a network on which all know it, or a link here as well."""
    sender = situation.question.sender
    for name in linked(situation.lab, alias):
        if name == sender.name or set(networks_of(situation.lab, sender.name)) & set(MODES):
            continue
        new = free_name(situation, "shared")
        lines = (
            f"docker network create {new}",
            connecting(_inspected(situation, name), new, aliases=[alias]),
            f"docker network connect {new} {sender.name}",
        )
        yield Change(lines, f"make a network for {sender.name} and {name}, on which it is called {alias}")
        if _BRIDGE in networks_of(situation.lab, sender.name):
            yield _linking(situation, name, alias, f"link {name} to {sender.name} too, as {alias}")


def _linking(situation: Situation, name: str, alias: str, text: str) -> Change:
    """The sender is made again, with a link."""
    sender = situation.question.sender.name
    links = _inspected(situation, sender)["HostConfig"]["Links"] or ()
    kept = [each for each in links if each.rpartition("/")[2] != alias]
    return Change(again(situation, sender, config={"Links": [*kept, f"/{name}:/{sender}/{alias}"]}), text)


# --- /etc/hosts ------------------------------------------------------------------------------------------------------


def hosts_files(situation: Situation) -> Iterator[Change]:
    """A line of /etc/hosts gives another address than the name service would."""
    sender, target, address = situation.question.sender, situation.question.target, situation.diagnosis.verdict.address
    if target.kind != "name" or address is None or not written(situation.lab, sender, target.name, address):
        return
    text = f"no line for {target.name} in /etc/hosts of {sender.short}"
    lines = f"grep -v '^{address}[[:space:]].*{target.name}' /etc/hosts > /tmp/hosts; cat /tmp/hosts > /etc/hosts"
    if sender.kind != "container":
        yield Change((lines,), text)
        return
    extra = _extra_hosts(situation, sender.name)
    added_hosts = [each for each in extra if each.partition(":")[0] == target.name]
    if added_hosts:
        kept = [each for each in extra if each not in added_hosts]
        lines_again = again(situation, sender.name, config={"ExtraHosts": kept})
        yield Change(lines_again, f"make {sender.name} without --add-host {added_hosts[0]}")
        return
    yield Change((f"docker exec {sender.name} sh -c {shlex.quote(lines)}",), text)
    yield from _linked_anew(situation, target.name, str(address))


def _linked_anew(situation: Situation, alias: str, address: str) -> Iterator[Change]:
    """A link whose container was made anew, and has another address than when the link was made."""
    sender = situation.question.sender.name
    if _BRIDGE not in networks_of(situation.lab, sender):
        return
    for name in dict.fromkeys([*linked(situation.lab, alias), alias]):
        if not container_exists(situation.lab, name) or address in _addresses(situation, name):
            continue
        yield _linking(situation, name, alias, f"make {sender} anew, so that its link to {name} has the new address")
        new = free_name(situation, "shared")
        connect = connecting(_inspected(situation, name), new, aliases=[alias] if alias != name else [])
        lines = (
            f"docker network create {new}",
            connect,
            *again(situation, sender, config={"Links": None}, network=new),
        )
        yield Change(lines, f"make {sender} anew on a network with {name}, whose name service knows each new address")
