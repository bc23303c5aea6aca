"""Proposals about netfilter: take a rule out, let this traffic through.

A rule that drops is deleted only if it keeps out no other sender; otherwise an ACCEPT for this traffic
is inserted above it.  Answers are accepted by the state of their connection, never by a source port; policies stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.dropreason import DropReason
from vnetsim.netfilter.outcome import RuleHit
from vnetsim.netfilter.rules import Rule
from vnetsim.reach.endpoints.endpoints import Endpoint, containers, state_of
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.walks.loss import Decider, Loss
from vnetsim.reach.walks.packets import IpPacket, ip_packet
from vnetsim.trace import Filtered
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

#: Chains that the engine writes and rewrites; a rule there is not for people to take out.
_ENGINES: Final = ("DOCKER", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2", "DOCKER-BRIDGE", "DOCKER-CT",
                   "DOCKER-FORWARD", "DOCKER-INTERNAL")  # fmt: skip


def rules(situation: Situation) -> Iterator[Change]:
    """Take out the rule that dropped it, wherever that was."""
    for loss in situation.diagnosis.lost:
        netns = situation.namespaces.find(loss.event.namespace)
        if (
            loss.reason in (DropReason.NETFILTER_DROP, DropReason.NETFILTER_REJECT)
            and netns is not None
            and loss.role != "error"
        ):
            yield from without(situation, netns, loss.decider)


def without(situation: Situation, netns: LabNetns, decider: Decider) -> Iterator[Change]:
    """Take a rule out; of one that drops, others may be kept out by it (`Change.weakens`)."""
    hit = decider.hit
    if hit is None or is_engines(situation, netns, decider):
        return
    weakens = decider.table.split()[0] != "nat"
    if isinstance(hit.rule, Rule):
        command = f"{_table(program_for(situation.packet()), hit.table)} -D {hit.chain} {hit.number}"
        yield Change((netns.command(command),), f"delete rule {hit.number} of {hit.chain}: {hit.rule}", weakens=weakens)
        return
    if hit.table.startswith("ebtables "):
        program = _table("ebtables", hit.table.partition(" ")[2])
        text = f"delete rule {hit.number} of {hit.table} {hit.chain}: {decider.text}"
        yield Change((netns.command(f"{program} -D {hit.chain} {hit.number}"),), text, weakens=weakens)
        return
    handle = _handle(netns, hit)
    if handle:
        command = f"nft delete rule {hit.table} {hit.chain} handle {handle}"
        text = f"delete rule {hit.number} of {hit.table} {hit.chain}: {decider.text}"
        yield Change((netns.command(command),), text, weakens=weakens)


def _table(program: str, table: str) -> str:
    """The beginning of a command about a table."""
    return program if table == "filter" else f"{program} -t {table}"


def _handle(netns: LabNetns, hit: RuleHit) -> int | None:
    """The handle of a rule that nft made."""
    for table in netns.network.native_tables().values():
        chain = table.chains.get(hit.chain)
        if str(table) == hit.table and chain is not None and len(chain.entries) >= hit.number:
            return chain.entries[hit.number - 1].handle
    return None


def is_engines(situation: Situation, netns: LabNetns, decider: Decider) -> bool:
    if not situation.lab.has_engine or netns.endpoint.kind != "host":
        return False
    return decider.chain in _ENGINES or (decider.table == "raw" and decider.chain == "PREROUTING")


def exceptions(situation: Situation) -> Iterator[Change]:
    """Accept this traffic in front of what dropped it, and no other traffic."""
    for loss in situation.diagnosis.lost:
        netns, packet = situation.namespaces.find(loss.event.namespace), situation.packet(loss)
        if (
            netns is None
            or packet is None
            or loss.reason not in (DropReason.NETFILTER_DROP, DropReason.NETFILTER_REJECT)
        ):
            continue
        if " " in loss.decider.table:
            yield from _native(netns, loss, packet)
        elif loss.decider.table in ("filter", "mangle", "raw"):
            yield from _accepted(situation, netns, loss, packet)
        if loss.decider.kind == "policy":
            yield from restored(situation, netns)


def _accepted(situation: Situation, netns: LabNetns, loss: Loss, packet: IpPacket) -> Iterator[Change]:
    decider = loss.decider
    chain = _own_chain(situation, netns, decider)
    start = netns.command(f"{_table(program_for(packet), decider.table)} -I {chain}")
    back = f"{start} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
    where = f"{decider.table} {chain}"
    if loss.role == "error":
        kind = _too_big(packet)
        if kind:
            yield Change((f"{start} {kind} -j ACCEPT",), f"accept in {where} the ICMP error that tells the MTU")
        return
    if loss.role == "reply":
        yield Change((back,), f"accept in {where} what belongs to a connection that was let in")
        return
    if _discovery(packet):
        rules = tuple(f"{start} -p icmpv6 --icmpv6-type {name} -j ACCEPT" for name, _ in _discovery(packet))
        yield Change(rules, f"accept {_subject(packet)} in {where}", whole=True)
        return
    narrow = f"{start} {_selecting(situation, netns, loss, packet)} -j ACCEPT"
    text = f"accept this traffic in {where}"
    yield Change((narrow,), text, makeshift=is_engines(situation, netns, decider) and decider.table == "raw")
    yield Change((narrow, back), f"{text}, and its answers")


def _too_big(packet: IpPacket) -> str:
    """The match of a rule for path MTU discovery (RFC 1191, RFC 8201); "" for other messages."""
    message = packet.payload
    if isinstance(message, Icmpv6):
        return "-p icmpv6 --icmpv6-type packet-too-big" if message.type == _PACKET_TOO_BIG else ""
    fits = getattr(message, "type", None) == _UNREACHABLE and getattr(message, "code", None) == _FRAGMENTATION_NEEDED
    return "-p icmp --icmp-type fragmentation-needed" if fits else ""


_PACKET_TOO_BIG: Final = 2
_UNREACHABLE: Final = 3
_FRAGMENTATION_NEEDED: Final = 4


def _selecting(situation: Situation, netns: LabNetns, loss: Loss, packet: IpPacket) -> str:
    """A rule's match for this traffic; a translated packet is selected by its original destination."""
    sent = sent_to(situation, netns, loss.packet)
    if loss.decider.hook != "FORWARD" or loss.decider.table != "filter" or sent is None:
        return matching(packet)
    return f"-s {packet.source} {original(sent)}"


def sent_to(situation: Situation, netns: LabNetns, packet: int) -> IpPacket | None:
    """The packet as it came to a namespace, if it was given another destination there; else None."""
    inside = [event for event in situation.diagnosis.verdict.journey(packet) if event.namespace == netns.label]
    came = next((found for event in inside if (found := ip_packet(event)) is not None), None)
    translated = any(isinstance(event, Filtered) and event.verdict == "DNAT" for event in inside)
    is_known = came is not None and isinstance(came.payload, Tcp | Udp)
    return came if translated and is_known else None


def original(sent: IpPacket, *, every: bool = False) -> str:
    """The match of a connection by its original destination (xt_conntrack); with `every`, by the port only."""
    kind = "tcp" if isinstance(sent.payload, Tcp) else "udp"
    address = "" if every else f" --ctorigdst {sent.destination}"
    port = getattr(sent.payload, "destination_port", 0)
    return f"-p {kind} -m conntrack{address} --ctorigdstport {port} --ctdir ORIGINAL"


def restored(situation: Situation, netns: LabNetns) -> Iterator[Change]:
    """The engine's rules were flushed: an engine that starts again adds them; containers have to be started."""
    if not situation.lab.has_engine or netns.endpoint.kind != "host":
        return
    if _calls(netns, "filter", "FORWARD", "-j DOCKER-") and _calls(netns, "nat", "PREROUTING", "-j DOCKER"):
        return
    running = [
        name for name in containers(situation.lab) if state_of(situation.lab, Endpoint("container", name)) == "running"
    ]
    lines = ("systemctl restart docker", *([f"docker start {' '.join(running)}"] if running else []))
    yield Change(lines, "let the engine write its rules anew, which somebody has flushed")


def _calls(netns: LabNetns, table: str, chain: str, text: str) -> bool:
    """Whether a chain still has a rule of the engine's; one that is not there was not flushed."""
    tables = netns.network.ruleset().tables
    found = tables[table].chains.get(chain) if table in tables else None
    return found is None or any(text in str(entry.rule) for entry in found.entries)


def _native(netns: LabNetns, loss: Loss, packet: IpPacket) -> Iterator[Change]:
    """Rules of nft's own, before what drops."""
    family, table, *chain = loss.decider.table.split()
    where = f"{family} {table} {chain[0] if chain else loss.decider.chain}"
    back = netns.command(f"nft insert rule {where} ct state established,related accept")
    if loss.role == "reply":
        yield Change((back,), f"accept in {where} what belongs to a connection that was let in")
        return
    if _discovery(packet):
        names = ", ".join(name for _, name in _discovery(packet))
        rule = netns.command(f"nft insert rule {where} icmpv6 type '{{ {names} }}' accept")
        yield Change((rule,), f"accept {_subject(packet)} in {where}")
        return
    narrow = netns.command(f"nft insert rule {where} {_nft_matching(packet)} accept")
    text = f"accept this traffic in {where}"
    yield Change((narrow,), text)
    yield Change((narrow, back), f"{text}, and its answers")


def _nft_matching(packet: IpPacket) -> str:
    """The match of nft for packets like this one."""
    family = "ip6" if packet.source.version == 6 else "ip"
    payload = packet.payload
    text = f"{family} saddr {packet.source} {family} daddr {packet.destination}"
    if isinstance(payload, Tcp | Udp):
        kind = "tcp" if isinstance(payload, Tcp) else "udp"
        return f"{text} {kind} dport {payload.destination_port}"
    return f"{text} meta l4proto {'ipv6-icmp' if family == 'ip6' else 'icmp'}"


def _discovery(packet: IpPacket) -> tuple[tuple[str, str], ...]:
    """Of a message of neighbour discovery: it and what answers it, as ip6tables and as nft call them.

    Both are needed in each chain: the target solicits in its turn before its entry becomes stale (RFC 4861, 7.3).
    """
    payload = packet.payload
    kind = payload.type if isinstance(payload, Icmpv6) else 0
    return next((names for types, _, names in _NEIGHBOUR_DISCOVERY if kind in types), ())


def _subject(packet: IpPacket) -> str:
    kind = packet.payload.type if isinstance(packet.payload, Icmpv6) else 0
    return next(text for types, text, _ in _NEIGHBOUR_DISCOVERY if kind in types)


#: Types of RFC 4861 that no firewall may drop on a link (RFC 4890, 4.4.1), what they are for, and their names.
_NEIGHBOUR_DISCOVERY: Final = (
    ((133, 134), "router discovery",
     (("router-solicitation", "nd-router-solicit"), ("router-advertisement", "nd-router-advert"))),
    ((135, 136), "neighbour discovery",
     (("neighbour-solicitation", "nd-neighbor-solicit"), ("neighbour-advertisement", "nd-neighbor-advert"))),
)  # fmt: skip


def _own_chain(situation: Situation, netns: LabNetns, decider: Decider) -> str:
    """Where people put their rules: DOCKER-USER for what is forwarded on a host with an engine."""
    forwards = decider.hook == "FORWARD" and decider.table == "filter"
    if forwards and situation.lab.has_engine and netns.endpoint.kind == "host":
        return "DOCKER-USER"
    return decider.hook or decider.chain


def program_for(packet: IpPacket) -> str:
    return "ip6tables" if packet is not None and packet.source.version == 6 else "iptables"


def matching(packet: IpPacket, source: Address | None = None) -> str:
    """A rule's match for packets like this one, from `source` if that is another one."""
    text = f"-s {source or packet.source} -d {packet.destination}"
    payload = packet.payload
    if isinstance(payload, Tcp | Udp):
        kind = "tcp" if isinstance(payload, Tcp) else "udp"
        return f"{text} -p {kind} --dport {payload.destination_port}"
    return f"{text} -p {'icmpv6' if packet.source.version == 6 else 'icmp'}"
