"""Rules that a packet does not meet, though they read as if they were about it.

nat PREROUTING translates what comes in, and nat OUTPUT what a host sends itself; INPUT sees what is for the host, and
FORWARD what passes through (Documentation/networking/netfilter, the packet flow of nf_hooks); rules of the filter table
see a packet after its destination was translated.  This module adds remarks to a verdict that the walk gave: each
rule named is matched with the packet as it would have met it.

Not modelled: rules of nft's own tables, but for chains without a hook, and rules that match connection tracking (they
are left out).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.netfilter.nft.rule import rule_text
from vnetsim.netfilter.packet import NetContext, PktInfo
from vnetsim.netfilter.rules import Jump, Return, Rule
from vnetsim.observations import Flow
from vnetsim.reach.diagnosis.missed import is_called, ports_of
from vnetsim.reach.endpoints.netns import LabNamespaces, LabNetns
from vnetsim.reach.walks.crossing import Crossing, crossings
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import IpPacket, ip_packet, own
from vnetsim.reach.walks.tracked import Remembered
from vnetsim.reach.walks.tracked import remembered as known
from vnetsim.trace import Delivered, Event, Filtered, Made, Received, Transmitted
from vnetsim.values import frozen
from vnetsim.wire.inet import Address
from vnetsim.wire.tcp import Tcp

if TYPE_CHECKING:
    from vnetsim.netfilter.tables import XtTable
    from vnetsim.reach.probing.verdict import ProbeVerdict

_TRANSLATES: Final = ("DNAT", "REDIRECT")
_DNAT: Final = re.compile(r"\b(?:dnat|redirect)\b")
_STOPS: Final = ("DROP", "REJECT")
#: The engine translates for the host itself, too, and leaves some of it to docker-proxy.
_ENGINES: Final = ("DOCKER",)
_PEOPLES: Final = "DOCKER-USER"


@frozen
class Fitting:
    """Rule `number` (from 1) of `chain`, which fits a packet but for its devices."""

    chain: str
    number: int
    rule: Rule

    def __str__(self) -> str:
        return f"{self.chain} rule {self.number} ({self.rule})"


def fitting(netns: LabNetns, packet: IpPacket, table: str, chain: str) -> Iterator[Fitting]:
    """The rules of a chain that fit a packet of IP, whatever device it comes by; chains that it calls are entered."""
    tables = netns.network.ruleset(packet.source.version).tables
    if table in tables and chain in tables[table].chains:
        context = NetContext(address_type=lambda address, _: "LOCAL" if _is_local(netns, address) else "UNICAST")
        yield from _fitting(tables[table], chain, PktInfo(packet, context), (chain,))


def _is_local(netns: LabNetns, address: Address) -> bool:
    return bool(address.is_loopback) or netns.has(address)


def _fitting(table: XtTable, chain: str, packet: PktInfo, callers: tuple[str, ...]) -> Iterator[Fitting]:
    for number, entry in enumerate(table.chains[chain].entries, 1):
        rule = entry.rule
        if any(match.tracks for match in rule.matches):
            continue
        if not all(test(packet) for test in attrs.evolve(rule, in_device=None, out_device=None).tests()):
            continue
        if isinstance(rule.target, Return):
            return
        if isinstance(rule.target, Jump) and rule.target.chain not in callers:
            yield from _fitting(table, rule.target.chain, packet, (*callers, rule.target.chain))
        elif rule.target is not None:
            yield Fitting(chain, number, rule)


# --- translations ----------------------------------------------------------------------------------------------------


@frozen
class Untranslated:
    """A rule of nat PREROUTING that would have translated `packet`, had it come in by the right device.

    `device` is the one by which it came in; "" for what the host sent itself.
    """

    netns: LabNetns
    found: Fitting
    packet: IpPacket
    device: str = ""

    def __str__(self) -> str:
        if self.device:
            return f"{self.found} is not about it: it came in by {self.device}"
        return f"{self.found} translates what comes in; what {self.netns.label} sends itself passes nat OUTPUT instead"


def translation(namespaces: LabNamespaces, verdict: ProbeVerdict, loss: Loss) -> str:
    """A remark on a rule that did not translate what was lost; "" for none."""
    missing = untranslated(namespaces, verdict, loss)
    return _without_hook(namespaces, loss) if missing is None else str(missing)


def _without_hook(namespaces: LabNamespaces, loss: Loss) -> str:
    """A chain of nft that translates, and that no packet meets, at the host that had no socket for it."""
    netns = namespaces.find(loss.event.namespace)
    if netns is None or loss.reason is not DropReason.NO_SOCKET or loss.role != "request":
        return ""
    port = getattr(getattr(ip_packet(loss.event), "payload", None), "destination_port", 0)
    for table in netns.network.native_tables().values():
        for chain in table.chains.values():
            texts = (rule_text(table, entry.rule) for entry in chain.entries) if chain.hook is None else ()
            text = next((text for text in texts if _DNAT.search(text) and port in (ports_of(text) or (port,))), "")
            if text and not is_called(table, chain.name):
                where = f"chain {chain.name} of nft {table}"
                return f"{where} has no hook, and no rule jumps to it, so no packet meets its rules ({text})"
    return ""


def untranslated(namespaces: LabNamespaces, verdict: ProbeVerdict, loss: Loss) -> Untranslated | None:
    """The rule that would have translated what was lost."""
    journey = own(verdict.events, loss.packet)
    made = next((event for event in journey if isinstance(event, Made)), None)
    if loss.role != "request" or made is None or any(_is_translation(event) for event in journey):
        return None
    return _of_own_packets(namespaces, made) or _of_other_devices(namespaces, journey, loss)


def _is_translation(event: Event) -> bool:
    return isinstance(event, Filtered) and event.table == "nat" and event.verdict.split()[0] in _TRANSLATES


def _translating(netns: LabNetns, packet: IpPacket) -> Iterator[Fitting]:
    for found in fitting(netns, packet, "nat", "PREROUTING"):
        if found.chain not in _ENGINES and str(found.rule.target).split()[0] in _TRANSLATES:
            yield found


def _of_own_packets(namespaces: LabNamespaces, made: Made) -> Untranslated | None:
    netns = namespaces.find(made.namespace)
    if netns is None or not isinstance(made.content, IpPacket):
        return None
    found = next(_translating(netns, made.content), None)
    return None if found is None else Untranslated(netns, found, made.content)


def _of_other_devices(namespaces: LabNamespaces, journey: list[Event], loss: Loss) -> Untranslated | None:
    """At the host that had no socket for it: rules that are bound to another device."""
    netns = namespaces.find(loss.event.namespace)
    if netns is None or loss.reason is not DropReason.NO_SOCKET:
        return None
    received = [event for event in journey if isinstance(event, Received) and event.namespace == netns.label]
    packet = ip_packet(received[-1]) if received else None
    if packet is None:
        return None
    for found in _translating(netns, packet):
        device = found.rule.in_device
        if device is not None and not device.fits(received[-1].device):
            return Untranslated(netns, found, packet, received[-1].device)
    return None


def still_tracked(namespaces: LabNamespaces, verdict: ProbeVerdict, arrived: Delivered) -> str:
    """Earlier connections that are still translated to another destination than the one that arrived.

    The nat table sees the first packet of a connection only; a sender of datagrams that goes on from its port
    is the same connection to it (net/netfilter/nf_nat_core.c).
    """
    journey = own(verdict.events, arrived.packet)
    translated = next((event for event in journey if _is_translation(event)), None)
    netns = None if translated is None else namespaces.find(translated.namespace)
    if translated is None or netns is None:
        return ""
    shown = [(event.namespace, packet) for event in journey if (packet := ip_packet(event)) is not None]
    before = next((packet for namespace, packet in shown if namespace == netns.label), None)
    if before is None:
        return ""
    destination = before.destination, getattr(before.payload, "destination_port", 0)
    tracked = netns.network.connections(before.source.version)
    now = next((entry.reply.source for entry in tracked if _begins(entry.original, before)), shown[-1][1].destination)
    for entry in tracked:
        target, original = entry.reply.source, entry.original
        is_same = (original.destination, original.destination_port) == destination
        if is_same and target not in (now, original.destination):
            return f"a connection tracked before still goes to {target} (conntrack -D -d {original.destination})"
    return ""


def stale(namespaces: LabNamespaces, verdict: ProbeVerdict) -> Iterator[tuple[Crossing, Remembered]]:
    """Where the request was translated as a flow of before, and by no rule of now; only a known port can be one's."""
    probe = verdict.question.probe
    if not probe.source_port or probe.established:
        return
    for crossing in crossings(namespaces, verdict, ended=True):
        destination = any(isinstance(event, Filtered) and event.table == "nat" for event in crossing.events)
        for each in () if destination else known(crossing):
            kind = "tcp" if isinstance(crossing.came.payload, Tcp) else "udp"
            if each.translated and kind == probe.protocol:
                yield crossing, each


def remembered(namespaces: LabNamespaces, verdict: ProbeVerdict) -> str:
    """That what was lost was translated as a flow of before, to where no rule leads now."""
    for crossing, each in stale(namespaces, verdict):
        flow, target = each.entry.original, each.entry.reply.source
        rules = [
            str(found.rule)
            for hook in ("PREROUTING", "OUTPUT")
            for found in fitting(crossing.netns, crossing.came, "nat", hook)
        ]
        if target != flow.destination and not any(f"--to-destination {target}" in rule for rule in rules):
            return f"a connection tracked before still goes to {target} (conntrack -D -d {flow.destination})"
    return ""


def _begins(flow: Flow, packet: IpPacket) -> bool:
    ports = getattr(packet.payload, "source_port", 0), getattr(packet.payload, "destination_port", 0)
    ends = packet.source, packet.destination
    return (flow.source, flow.destination, flow.source_port, flow.destination_port) == (*ends, *ports)


# --- what does not protect -------------------------------------------------------------------------------------------


def protection(namespaces: LabNamespaces, verdict: ProbeVerdict, arrived: Delivered) -> str:
    """Rules that would have stopped what arrived, in chains that it did not pass or passed as another packet."""
    journey = own(verdict.events, arrived.packet)
    for label in dict.fromkeys(event.namespace for event in journey):
        netns, inside = namespaces.find(label), [event for event in journey if event.namespace == label]
        came = [event for event in inside if isinstance(event, Received) and ip_packet(event) is not None]
        packet = ip_packet(came[0]) if came else None
        if netns is None or packet is None or isinstance(inside[0], Made):
            continue
        device = came[-1].device
        passed = {event.hook for event in inside if isinstance(event, Filtered) and event.table == "filter"}
        if "FORWARD" in passed and any(_is_translation(event) for event in inside):
            text = _not_input(netns, packet, device) or _not_any_more(netns, packet, _leaving(inside), device)
        elif arrived in inside:
            text = _not_forward(netns, packet, device) or _localhost(inside, packet)
        else:
            text = ""
        if text:
            return text
    return ""


def _leaving(inside: list[Event]) -> IpPacket | None:
    return next((ip_packet(event) for event in reversed(inside) if isinstance(event, Transmitted)), None)


def _stopping(netns: LabNetns, packet: IpPacket, chain: str, device: str) -> Fitting | None:
    """The rule that would have decided, if it drops."""
    for found in fitting(netns, packet, "filter", chain):
        if found.rule.out_device is not None or (found.chain.startswith(_ENGINES) and found.chain != _PEOPLES):
            continue
        incoming, target = found.rule.in_device, str(found.rule.target).split()[0]
        if (incoming is None or incoming.fits(device)) and target in (*_STOPS, "ACCEPT"):
            return found if target in _STOPS else None
    return None


def _not_input(netns: LabNetns, packet: IpPacket, device: str) -> str:
    found = _stopping(netns, packet, "INPUT", device)
    tables = netns.network.ruleset(packet.source.version).tables
    policy = str(tables["filter"].chains["INPUT"].policy) if "filter" in tables else "ACCEPT"
    if found is None and policy != "DROP":
        return ""
    what = f"{found} would drop it" if found is not None else f"the policy is {policy}"
    return f"{netns.label} forwards it: it never passes INPUT, where {what}"


def _not_any_more(netns: LabNetns, before: IpPacket, after: IpPacket | None, device: str) -> str:
    found = _stopping(netns, before, "FORWARD", device)
    if found is None or after is None or before.destination == after.destination:
        return ""
    port = getattr(after.payload, "destination_port", None)
    target = f"{after.destination}{f' port {port}' if port is not None else ''}"
    return f"{found} does not fit any more: before FORWARD it was translated to {target}"


def _not_forward(netns: LabNetns, packet: IpPacket, device: str) -> str:
    found = _stopping(netns, packet, "FORWARD", device)
    if found is None:
        return ""
    return f"it is for {netns.label} itself: it never passes FORWARD, where {found} would drop it"


def _localhost(inside: list[Event], packet: IpPacket) -> str:
    """A server on 127.0.0.1 that is reached by a translation."""
    if packet.destination.version != 4 or not leads_to_localhost(inside):
        return ""
    return "that is translated to 127.0.0.1, and route_localnet = 1 lets it in from other machines"


def leads_to_localhost(inside: list[Event]) -> bool:
    """Whether a packet was translated to an address of loopback."""
    rules = [str(event.hits[-1].rule) for event in inside if isinstance(event, Filtered) and _is_translation(event)]
    return any("--to-destination 127." in rule for rule in rules)
