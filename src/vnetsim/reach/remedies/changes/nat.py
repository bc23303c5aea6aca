"""Proposals about NAT: translate what the host sends, too; not to 127.0.0.1; to who listens; masquerade who is there.

A rule for the host's own packets matches a destination: without one, `-p tcp --dport 80 -j REDIRECT` in OUTPUT would
redirect all requests of the host to other machines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.netfilter.extensions.xt_nat import Masquerade, Snat
from vnetsim.netfilter.header import SourceAddress, contiguous_length
from vnetsim.netfilter.outcome import RuleHit
from vnetsim.netfilter.rules import Rule
from vnetsim.reach.diagnosis.bypassed import Untranslated, untranslated
from vnetsim.reach.endpoints.netns import LabNetns, conf, listeners
from vnetsim.reach.remedies.changes.filtering import is_engines, program_for, restored, without
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.walks.crossing import Crossing, crossings
from vnetsim.reach.walks.loss import Decider, Loss, rule_text
from vnetsim.trace import Filtered
from vnetsim.wire.inet import Address, Prefix

_LOCAL: Final = "-m addrtype --dst-type LOCAL"


# --- rules that were not evaluated -----------------------------------------------------------------------------------


def for_others(situation: Situation) -> Iterator[Change]:
    """A rule of PREROUTING that translates what comes in by other devices: for this device, or in OUTPUT, too."""
    loss = situation.loss
    missing = None if loss is None else untranslated(situation.namespaces, situation.diagnosis.verdict, loss)
    rule = None if missing is None else _about_a_destination(missing)
    if missing is None or rule is None:
        return
    netns, found, table = missing.netns, missing.found, f"{program_for(missing.packet)} -t nat"
    if not missing.device:
        command = netns.command(f"{table} -A OUTPUT {rule}")
        yield Change((command,), f"translate what {netns.label} itself sends there, too")
        return
    command = netns.command(f"{table} -R {found.chain} {found.number} {rule}")
    yield Change((command,), f"let rule {found.number} of {found.chain} match the destination, and no device")
    command = netns.command(f"{table} -A {found.chain} -i {missing.device} {rule}")
    yield Change((command,), f"translate what comes to {netns.label} by {missing.device}, too")


def _about_a_destination(missing: Untranslated) -> str | None:
    """The rule without its device, for the destinations that it names or for the host's own; None if neither is known.

    What the host sends to others is not for a rule that names no destination.
    """
    rule, destination = missing.found.rule, missing.packet.destination
    text = str(attrs.evolve(rule, in_device=None))
    if (rule.destination is not None and not rule.destination.negated) or _LOCAL in text:
        return text
    return f"{_LOCAL} {text}" if destination.is_loopback or missing.netns.has(destination) else None


# --- to 127.0.0.1 ----------------------------------------------------------------------------------------------------


def to_loopback(situation: Situation) -> Iterator[Change]:
    """What is translated to 127.0.0.1 comes to the device's own address instead, or is let in there.

    route_localnet alone would let in whatever the neighbours on the link send to 127.0.0.0/8 (CVE-2020-8558).
    """
    for loss in situation.diagnosis.lost:
        netns, packet = situation.namespaces.find(loss.event.namespace), situation.packet(loss)
        is_foreign = (
            loss.reason is DropReason.IP_INVALID_SOURCE and packet is not None and packet.destination.is_loopback
        )
        if netns is None or not is_foreign:
            continue
        heard = _heard(netns, packet)
        redirected = list(_redirected(situation, netns, loss))
        if any(not address.is_loopback for address in heard) and redirected:
            yield from redirected
        elif heard and packet.destination.version == 4:
            yield _let_in(netns, loss.event.device)


def _heard(netns: LabNetns, packet: Any) -> list[Address]:
    """The addresses with a listener for such a packet."""
    port = getattr(packet.payload, "destination_port", None)
    return [each.local for each in listeners(netns) if each.local_port == port and each.process != "dockerd"]


def _redirected(situation: Situation, netns: LabNetns, loss: Loss) -> Iterator[Change]:
    for event in situation.diagnosis.verdict.journey(loss.packet):
        if not isinstance(event, Filtered) or event.verdict != "DNAT" or not event.hits:
            continue
        hit, is_here = event.hits[-1], event.namespace == netns.label
        if is_here and isinstance(hit.rule, Rule) and not is_engines(situation, netns, _decider(event, hit)):
            rule = _TO_LOOPBACK.sub(_redirect, str(hit.rule))
            line = f"{program_for(situation.packet(loss))} -t nat -R {hit.chain} {hit.number} {rule}"
            message = (
                f"let rule {hit.number} of {hit.chain} lead to the address of the incoming device, not to 127.0.0.1"
            )
            yield Change((netns.command(line),), message)


_TO_LOOPBACK: Final = re.compile(r"-j DNAT --to-destination (?:127\.[\d.]+|\[?::1\]?)(?::([\d-]+))?(?= |$)")


def _redirect(found: re.Match[str]) -> str:
    return f"-j REDIRECT --to-ports {found[1]}" if found[1] else "-j REDIRECT"


def _decider(event: Filtered, hit: RuleHit) -> Decider:
    return Decider("rule", rule_text(hit), "nat", event.hook, hit.chain, hit.number, hit=hit)


def _let_in(netns: LabNetns, device: str) -> Change:
    """By this device, and only what a rule translated."""
    guard = f"iptables -I INPUT -i {device} -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP"
    lines = (netns.command(guard), netns.sysctl(conf(device, "route_localnet"), 1))
    return Change(lines, f"let in by {device} what is translated to 127.0.0.1, and nothing else that is sent there")


# --- translations that were made --------------------------------------------------------------------------------------


def translations(situation: Situation) -> Iterator[Change]:
    """Take out a rule that gave the request another destination or source."""
    verdict = situation.diagnosis.verdict
    for event in verdict.journey(verdict.request or 0):
        netns = situation.namespaces.find(event.namespace)
        if isinstance(event, Filtered) and event.table == "nat" and event.verdict != "ACCEPT" and event.hits and netns:
            hit = event.hits[-1]
            yield from without(situation, netns, _decider(event, hit))


def retargeted(situation: Situation) -> Iterator[Change]:
    """A DNAT rule to an unused address, or one without a listener, may lead to a listener."""
    verdict, loss = situation.diagnosis.verdict, situation.loss
    if loss is None or loss.reason not in (DropReason.NO_SOCKET, DropReason.NEIGH_FAILED, DropReason.IP_INNOROUTES):
        return
    for event in verdict.journey(verdict.request or 0):
        netns = situation.namespaces.find(event.namespace)
        if not isinstance(event, Filtered) or event.table != "nat" or not event.hits or netns is None:
            continue
        hit = event.hits[-1]
        is_peoples = not is_engines(situation, netns, _decider(event, hit))
        if event.verdict == "DNAT" and isinstance(hit.rule, Rule) and is_peoples:
            for goal, target in _servers(situation, netns, hit):
                rule = _TARGET.sub(f"--to-destination {target}", str(hit.rule))
                line = f"{program_for(situation.packet())} -t nat -R {hit.chain} {hit.number} {rule}"
                yield Change((netns.command(line),), f"let rule {hit.number} of {hit.chain} lead to {target}, {goal}")


_TARGET: Final = re.compile(r"--to-destination \S+")


def _servers(situation: Situation, router: LabNetns, hit: RuleHit) -> Iterator[tuple[str, str]]:
    """Who listens near where a rule leads: the same host at another port, another host at the same port."""
    found = _TARGET.search(str(hit.rule))
    wanted = found[0].split()[1] if found else ""
    address, _, number = wanted.partition(":")
    kind = situation.question.probe.protocol
    nets = [Prefix.of(entry.address, entry.length) for entry in router.addresses(4)]
    for netns in situation.namespaces:
        for entry in listeners(netns) if netns is not router else ():
            for own in netns.addresses(4):
                near = str(own.address) == address or str(entry.local_port) == number
                heard = entry.local in (own.address, type(own.address)(0)) or int(entry.local) == 0
                if entry.protocol == kind and near and heard and any(own.address in net for net in nets):
                    yield f"where {entry.process or 'a program'} listens", f"{own.address}:{entry.local_port}"


# --- masquerading ----------------------------------------------------------------------------------------------------


def masquerades(situation: Situation) -> Iterator[Change]:
    """A rule that masquerades another network than the one from which it came."""
    if situation.diagnosis.packet != "reply":
        return
    for crossing in crossings(situation.namespaces, situation.diagnosis.verdict):
        if crossing.is_forwarded and not crossing.is_bridged:
            yield from _for_this_network(situation, crossing)


def _for_this_network(situation: Situation, crossing: Crossing) -> Iterator[Change]:
    netns, source = crossing.netns, crossing.came.source
    table = netns.network.ruleset(source.version).tables.get("nat")
    network = _network_of(netns, source, crossing.in_device)
    if table is None or network is None:
        return
    packet = crossing.seen("POSTROUTING")
    for number, entry in enumerate(table.chains["POSTROUTING"].entries, 1):
        rule, old = entry.rule, _masqueraded(entry.rule, crossing.in_device)
        fits = all(test(packet) for test in attrs.evolve(rule, source=None).tests())
        if old is None or source in old or not fits:
            continue
        verb = "-A POSTROUTING" if _is_in_use(situation, old) else f"-R POSTROUTING {number}"
        copied = attrs.evolve(rule, source=SourceAddress.parse(str(network)))
        command = netns.command(f"{program_for(crossing.came)} -t nat {verb} {copied}")
        message = f"{netns.label} masquerades {network}, as rule {number} of POSTROUTING does with {old}"
        yield Change((command,), message)


def _masqueraded(rule: Rule, device: str) -> Prefix | None:
    """The network that a rule masquerades; None if it is one behind another device, or unknown."""
    out, source = rule.out_device, rule.source
    if source is None or source.negated or not isinstance(rule.target, Masquerade | Snat):
        return None
    length = contiguous_length(source.mask, source.address.bits)
    if length is None or (out is not None and out.negated and out.name != device):
        return None
    return Prefix.of(source.address, length)


def _network_of(netns: LabNetns, address: Address, device: str) -> Prefix | None:
    found = (Prefix.of(each.address, each.length) for each in netns.addresses(address.version) if each.device == device)
    return next((prefix for prefix in found if address in prefix), None)


def _is_in_use(situation: Situation, network: Prefix) -> bool:
    """Whether an address of a network is in use, or a route to it exists."""
    return any(
        any(each.address in network for each in netns.addresses(network.version))
        or any(
            route.destination.length and route.destination.overlaps(network)
            for route in netns.network.routes(network.version)
        )
        for netns in situation.namespaces
    )


def hairpins(situation: Situation) -> Iterator[Change]:
    """Two on one network, of whom one reaches the other by the router's DNAT: the answer must come back through it."""
    packet, verdict = situation.packet(), situation.diagnosis.verdict
    if situation.diagnosis.packet != "reply" or packet is None:
        return
    for event in verdict.journey(verdict.request or 0):
        netns = situation.namespaces.find(event.namespace)
        if isinstance(event, Filtered) and event.verdict == "DNAT" and netns is not None:
            for entry in netns.addresses(packet.source.version):
                prefix = Prefix.of(entry.address, entry.length)
                if packet.source in prefix and packet.destination in prefix:
                    line = f"{program_for(packet)} -t nat -A POSTROUTING -s {prefix} -d {prefix} -j MASQUERADE"
                    message = f"{netns.label} masquerades what it sends back into {prefix}"
                    yield Change((netns.command(line),), message)


def translation(situation: Situation) -> Iterator[Change]:
    """Let a router on the path masquerade, so that answers come back to it."""
    packet = situation.packet()
    if situation.diagnosis.packet != "reply" or packet is None:
        return
    origin = situation.towards
    if origin is None:
        return
    for netns in situation.path:
        if netns not in (situation.sender, situation.target) and _routes(netns):
            outside = situation.target is not None and situation.target.is_outside
            yield from _masquerades(netns, origin, program_for(packet), outside=outside)
            yield from restored(situation, netns)


def _masquerades(netns: LabNetns, origin: Address, program: str, *, outside: bool) -> Iterator[Change]:
    """`outside`: for others than our own machines, whose routes are not ours to set."""
    devices = dict.fromkeys(entry.device for entry in netns.addresses(origin.version))
    inside = {device: subnet for device in devices if (subnet := _network_of(netns, origin, device)) is not None}
    for subnet in inside.values():
        for other in devices:
            if other not in inside:
                command = f"{program} -t nat -A POSTROUTING -s {subnet} -o {other} -j MASQUERADE"
                message = f"{netns.label} masquerades what leaves {subnet} by {other}"
                yield Change((netns.command(command),), message, makeshift=not outside)


def _routes(netns: LabNetns) -> bool:
    return netns.sysctl_value("net.ipv4.ip_forward") == 1
