"""Proposals about netfilter: take a rule out, let this traffic through, translate addresses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from vnetsim.netfilter.evaluate import Hit
from vnetsim.netfilter.rules import Rule
from vnetsim.reach.changes.situation import Change, Situation
from vnetsim.reach.places import Place
from vnetsim.reach.walk import Decider, Loss, rule_text
from vnetsim.trace import Filtered, Reason
from vnetsim.wire.inet import Address, Prefix
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

#: Chains that the engine writes and rewrites; a rule there is not for people to take out.
_ENGINES: Final = ("DOCKER", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2", "DOCKER-BRIDGE", "DOCKER-CT",
                   "DOCKER-FORWARD", "DOCKER-INTERNAL")  # fmt: skip


def rules(situation: Situation) -> Iterator[Change]:
    """Take out the rule that dropped it, wherever that was."""
    for loss in situation.diagnosis.lost:
        place = situation.places.find(loss.event.namespace)
        if loss.reason in (Reason.FILTERED, Reason.REJECTED) and place is not None:
            yield from _without(situation, place, loss.decider, loss)


def translations(situation: Situation) -> Iterator[Change]:
    """Take out a rule that gave the request another destination or source."""
    verdict = situation.diagnosis.verdict
    for event in verdict.journey(verdict.request or 0):
        place = situation.places.find(event.namespace)
        if isinstance(event, Filtered) and event.table == "nat" and event.verdict != "ACCEPT" and event.hits and place:
            hit = event.hits[-1]
            decider = Decider("rule", rule_text(hit), "nat", event.hook, hit.chain, hit.number, hit=hit)
            yield from _without(situation, place, decider, None)


def _without(situation: Situation, place: Place, decider: Decider, loss: Loss | None) -> Iterator[Change]:
    hit = decider.hit
    if hit is None or _is_engines(situation, place, decider):
        return
    program = program_for(situation.packet(loss))
    if isinstance(hit.rule, Rule):
        command = f"{program} -t {hit.table} -D {hit.chain} {hit.number}"
        yield Change((place.command(command),), f"delete rule {hit.number} of {hit.chain}: {hit.rule}")
        return
    handle = _handle(place, hit)
    if handle:
        command = f"nft delete rule {hit.table} {hit.chain} handle {handle}"
        yield Change((place.command(command),), f"delete rule {hit.number} of {hit.table} {hit.chain}: {decider.text}")


def _handle(place: Place, hit: Hit) -> int | None:
    """The handle of a rule that nft made."""
    for table in place.network.native_ruleset().tables.values():
        chain = table.chains.get(hit.chain)
        if str(table) == hit.table and chain is not None and len(chain.entries) >= hit.number:
            return chain.entries[hit.number - 1].handle
    return None


def _is_engines(situation: Situation, place: Place, decider: Decider) -> bool:
    if not situation.lab.has_engine or place.endpoint.kind != "host":
        return False
    return decider.chain in _ENGINES or (decider.table == "raw" and decider.chain == "PREROUTING")


def policies(situation: Situation) -> Iterator[Change]:
    """Let this traffic through where it was dropped; then, more than is needed, all traffic."""
    for loss in situation.diagnosis.lost:
        place = situation.places.find(loss.event.namespace)
        if place is None or loss.reason not in (Reason.FILTERED, Reason.REJECTED):
            continue
        decider, packet = loss.decider, situation.packet(loss)
        if decider.table not in ("filter", "mangle", "raw") or packet is None:
            continue
        program = program_for(packet)
        chain = _own_chain(situation, place, decider)
        narrow = place.command(f"{program} -t {decider.table} -I {chain} {matching(packet)} -j ACCEPT")
        back = place.command(
            f"{program} -t {decider.table} -I {chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
        )
        words = f"accept this traffic in {decider.table} {chain}"
        yield Change((narrow,), words)
        if loss.role == "reply":
            yield Change((back,), f"accept answers in {decider.table} {chain}")
        yield Change((narrow, back), f"{words}, and its answers")
        if decider.kind == "policy":
            words = f"let the policy of {decider.chain} be ACCEPT"
            accept = place.command(f"{program} -t {decider.table} -P {decider.chain} ACCEPT")
            yield Change((accept,), words, makeshift=True)


def _own_chain(situation: Situation, place: Place, decider: Decider) -> str:
    """Where people put their rules: DOCKER-USER for what is forwarded on a host with an engine."""
    forwards = decider.hook == "FORWARD" and decider.table == "filter"
    if forwards and situation.lab.has_engine and place.endpoint.kind == "host":
        return "DOCKER-USER"
    return decider.hook or decider.chain


def program_for(packet: Any) -> str:
    return "ip6tables" if packet is not None and packet.source.version == 6 else "iptables"


def matching(packet: Any, source: Address | None = None) -> str:
    """A rule's words for packets like this one, from `source` if that is another one."""
    words = f"-s {source or packet.source} -d {packet.destination}"
    payload = packet.payload
    if isinstance(payload, Tcp | Udp):
        kind = "tcp" if isinstance(payload, Tcp) else "udp"
        if payload.destination_port < payload.source_port:
            return f"{words} -p {kind} --dport {payload.destination_port}"
        return f"{words} -p {kind} --sport {payload.source_port}"
    return f"{words} -p {'icmpv6' if packet.source.version == 6 else 'icmp'}"


def translation(situation: Situation) -> Iterator[Change]:
    """Let a router on the way put its own address in front, so that answers find back to it."""
    packet = situation.packet()
    if situation.diagnosis.packet != "reply" or packet is None:
        return
    origin = situation.towards
    if origin is None:
        return
    for place in situation.way:
        if place not in (situation.sender, situation.target) and _routes(place):
            outside = situation.question.target.kind == "lan"
            yield from _masquerades(place, origin, program_for(packet), outside=outside)


def _masquerades(place: Place, origin: Address, program: str, *, outside: bool) -> Iterator[Change]:
    """`outside`: for others than our own machines, whose routes are not ours to set."""
    devices = dict.fromkeys(entry.device for entry in place.addresses(origin.version))
    inside = [device for device in devices if _subnet_of(place, origin, device)]
    for device in inside:
        for other in devices:
            if other not in inside:
                subnet = _subnet_of(place, origin, device)
                command = f"{program} -t nat -A POSTROUTING -s {subnet} -o {other} -j MASQUERADE"
                words = f"{place.label} masquerades what leaves {subnet} by {other}"
                yield Change((place.command(command),), words, makeshift=not outside)


def _subnet_of(place: Place, address: Any, device: str) -> str:
    for entry in place.addresses(address.version):
        prefix = Prefix.of(entry.address, entry.length)
        if entry.device == device and address in prefix:
            return str(prefix)
    return ""


def _routes(place: Place) -> bool:
    return place.sysctl_value("net.ipv4.ip_forward") == 1
