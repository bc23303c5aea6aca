"""Proposals for the opposite: what would keep a packet out that arrives, and those of others like its sender.

A published port is closed where its packets pass whatever they were translated to: in DOCKER-USER, by the destination
that they were sent to and the device by which they came in (Docker's documentation, "Packet filtering and firewalls");
or it is published on 127.0.0.1 only, or not at all.  Never is one address dropped that the sender happens to have:
the source of a rule is taken from the rule that was meant to stop it, or it is everything behind the same device.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from vnetsim.netfilter.rules import Rule
from vnetsim.reach.diagnosis.bypassed import leads_to_localhost
from vnetsim.reach.endpoints.name_lookup import networks
from vnetsim.reach.endpoints.netns import conf
from vnetsim.reach.remedies.changes.containers import free_name
from vnetsim.reach.remedies.changes.filtering import original, program_for
from vnetsim.reach.remedies.changes.remade import Published, again, published
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.walks.crossing import Crossing, crossings
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Prefix
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

#: Bridges of Docker networks are called by an id, which is another one on another machine.
_ENGINES_BRIDGE: Final = "br-"
_USER: Final = "DOCKER-USER"
_LOOPBACK: Final = "127.0.0.1"


def walls(situation: Situation) -> Iterator[Change]:
    """A rule where it is forwarded or arrives; another publication; no network in common."""
    for crossing in crossings(situation.namespaces, situation.diagnosis.verdict):
        yield from _ruled_out(situation, crossing)
        yield from _kept_local(crossing)
    yield from _publications(situation)
    yield from _separated(situation)
    yield from _inward(situation)


# --- rules -----------------------------------------------------------------------------------------------------------


def _ruled_out(situation: Situation, crossing: Crossing) -> Iterator[Change]:
    chain = _chain(situation, crossing)
    if not chain or crossing.netns.is_outside:
        return
    netns, program = crossing.netns, program_for(crossing.came)
    for who, about in _senders(situation, crossing):
        for what in _what(crossing, chain):
            line = f"{program} -I {chain} {who}{' ' if who else ''}{what} -j DROP"
            yield Change((netns.command(line),), f"drop in {chain} of {netns.label} what {about}")


def _chain(situation: Situation, crossing: Crossing) -> str:
    """Where people put rules about it; "" where it is not theirs (a bridge, a machine outside)."""
    if crossing.is_forwarded:
        docker = situation.lab.has_engine and crossing.netns.endpoint.kind == "host"
        return _USER if docker else "FORWARD"
    if crossing.is_delivered and not crossing.is_made_here:
        return "INPUT" if crossing.netns.endpoint.kind != "container" else ""
    return "OUTPUT" if crossing.netns.endpoint.kind == "host" else ""


def _senders(situation: Situation, crossing: Crossing) -> Iterator[tuple[str, str]]:
    """The source of the rule, as a match and as text: as it was meant, or all behind a device, or a network."""
    for each in situation.missed:
        text = "" if each.rule is None else _meant(each.rule, each.cause)
        if text:
            yield text, f"comes from where the rule that missed it says ({text})"
    if crossing.is_made_here:
        yield "", "is sent there by the host"
        return
    if not crossing.in_device.startswith(_ENGINES_BRIDGE):
        yield f"-i {crossing.in_device}", f"comes in by {crossing.in_device}"
    source = crossing.came.source
    for entry in () if situation.sender is None else situation.sender.addresses(source.version):
        prefix = Prefix.of(entry.address, entry.length)
        if entry.address == source and prefix.length < source.bits:
            yield f"-s {prefix}", f"comes from {prefix}"


def _meant(rule: Rule, cause: str) -> str:
    """The sources and the device of a rule, unless they are why it missed."""
    parts = (rule.source if cause != "source" else None, rule.in_device if cause not in ("device", "chain") else None)
    return " ".join(str(part) for part in parts if part is not None)


def _what(crossing: Crossing, chain: str) -> Iterator[str]:
    """The match of a connection to this destination and port, as the chain sees it.

    A port that is published on all addresses is closed on all.
    """
    came = crossing.came
    if crossing.is_forwarded and crossing.translation is not None and isinstance(came.payload, Tcp | Udp):
        yield original(came, every=chain == _USER and not _is_for_one(crossing))
        return
    packet = crossing.seen("FORWARD" if crossing.is_forwarded else "INPUT").ip
    where = "" if crossing.is_delivered and not crossing.is_made_here else f"-d {packet.destination} "
    payload = packet.payload
    if isinstance(payload, Tcp | Udp):
        yield f"{where}-p {'tcp' if isinstance(payload, Tcp) else 'udp'} --dport {payload.destination_port}"
    elif isinstance(payload, Icmpv6):
        yield f"{where}-p icmpv6 --icmpv6-type echo-request"
    else:
        yield f"{where}-p icmp --icmp-type echo-request"


def _is_for_one(crossing: Crossing) -> bool:
    """Whether only one address of the host is translated: otherwise the port is open at all of them."""
    hits = crossing.translation.hits if crossing.translation is not None else ()
    return bool(hits) and getattr(hits[-1].rule, "destination", None) is not None


def _kept_local(crossing: Crossing) -> Iterator[Change]:
    """Without route_localnet, nothing that is translated to 127.0.0.1 comes in from other machines."""
    netns, device = crossing.netns, crossing.in_device
    if crossing.is_made_here or not crossing.is_delivered or not leads_to_localhost(crossing.events):
        return
    keys = [key for key in (conf("all", "route_localnet"), conf(device, "route_localnet")) if netns.sysctl_value(key)]
    if keys:
        text = f"nothing for 127.0.0.0/8 comes in to {netns.label} by {device} ({' and '.join(keys)} = 0)"
        yield Change(tuple(netns.sysctl(key, 0) for key in keys), text)


# --- publications ----------------------------------------------------------------------------------------------------


def _publications(situation: Situation) -> Iterator[Change]:
    """The publication by which it came: for the host alone, or none."""
    question, lab = situation.question, situation.lab
    if not lab.has_engine or question.probe.protocol == "icmp":
        return
    for netns in situation.namespaces:
        if netns.endpoint.kind != "container":
            continue
        bindings = published(lab.docker.container_inspect(netns.endpoint.name))
        through = [each for each in bindings if _is_destination(situation, each)]
        if not through:
            continue
        name, (_, port, inside) = netns.endpoint.name, through[0]
        if question.sender.kind != "host" and any(address != _LOOPBACK for address, _, _ in through):
            kept = [each for each in bindings if each not in through]
            lines = again(situation, name, publish=[*kept, (_LOOPBACK, port, inside)])
            yield Change(lines, f"publish port {port} of {name} on {_LOOPBACK} only")
        rest = [each for each in bindings if each not in through]
        yield Change(again(situation, name, publish=rest), f"do not publish port {port} of {name}")


def _is_destination(situation: Situation, binding: Published) -> bool:
    """Whether a published port of the host is the destination."""
    _, port, inside = binding
    probe, netns = situation.question.probe, situation.target
    on_host = netns is not None and netns.endpoint.kind == "host"
    return on_host and port == str(probe.port) and inside.endswith(f"/{probe.protocol}")


# --- networks --------------------------------------------------------------------------------------------------------


def _separated(situation: Situation) -> Iterator[Change]:
    """Containers that have a network in common do not have it any more."""
    sender, target = situation.question.sender, situation.question.target
    if target.kind in ("address", "name") and situation.target is not None:
        target = situation.target.endpoint
    if sender.kind != "container" or target.kind != "container":
        return
    for network in networks(situation.lab, target.name):
        if network in networks(situation.lab, sender.name):
            for name in (target.name, sender.name):
                command = f"docker network disconnect {network} {name}"
                yield Change((command,), f"take {name} off the network {network}")


def _inward(situation: Situation) -> Iterator[Change]:
    """A container that reaches what is outside: on an internal network it does not."""
    sender, target = situation.question.sender, situation.target
    if sender.kind != "container" or target is None or target.endpoint.kind == "container":
        return
    mine = networks(situation.lab, sender.name)
    if len(mine) == 1 and mine[0] not in ("host", "none"):
        name = free_name(situation, "internal")
        lines = (
            f"docker network create --internal {name}",
            f"docker network connect {name} {sender.name}",
            f"docker network disconnect {mine[0]} {sender.name}",
        )
        yield Change(lines, f"move {sender.name} from {mine[0]} to an internal network")


def uncovered(situation: Situation, source: Any) -> bool:
    """Whether the rule that was meant to stop it was not meant for this source at all."""
    rules = [each.rule for each in situation.missed if each.rule is not None and each.cause != "source"]
    return any(
        rule.source is not None
        and rule.source.address.version == source.version
        and (source & rule.source.mask == rule.source.address) == rule.source.negated
        for rule in rules
    )
