"""Reading a walk: which packet ended where, and what decided it.

Only the trace is read here.  A packet that was flooded ends in many places; the one that counts is where it was wanted,
or where somebody refused it, and not the stations that it was not for.  A packet that waited in vain for its next hop's
address leads to the ARP requests that asked for it, and to what became of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.netfilter.evaluate import RuleHit
from vnetsim.trace import (
    Delivered,
    Dropped,
    Event,
    Filtered,
    Made,
    Received,
    Routed,
    Transmitted,
    Waiting,
)
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.arp import Arp, Operation
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, parse_address
from vnetsim.wire.printer import Printer
from vnetsim.wire.tcp import ACK, FIN, RST, SYN, Tcp
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.reach.probing.probes import Verdict

#: Ends of copies that a bridge made of a frame: the more telling ones count more.
_WEIGHT: Final = {
    DropReason.OTHERHOST: 0,
    DropReason.ICMP_RATELIMIT: 0,
    DropReason.NO_TX_TARGET: 1,
    DropReason.UNHANDLED_PROTO: 2,
    DropReason.DEV_READY: 3,
    DropReason.NO_CARRIER: 3,
    DropReason.NO_PEER: 3,
    DropReason.BRIDGE_INGRESS_STP_STATE: 4,
    DropReason.BRIDGE_PORT_POLICY: 4,
}
_MOST: Final = 9
_NEIGHBOUR_SOLICITATION: Final = 135
_NEIGHBOUR_ADVERTISEMENT: Final = 136


@attrs.frozen
class Decider:
    """What decided: kind is rule, policy, route, neighbour, fdb, socket, device, sysctl, name, container or address.

    A rule has its table, hook, chain, number (from 1) and text; the others a text.  `hit` is the rule itself.
    """

    kind: str
    text: str
    table: str = ""
    hook: str = ""
    chain: str = ""
    number: int = 0
    verdict: str = ""
    hit: RuleHit | None = attrs.field(default=None, repr=False)

    def __str__(self) -> str:
        if self.kind == "rule":
            return f"{self.table} {self.chain} rule {self.number}: {self.text}"
        return self.text


@attrs.frozen
class Loss:
    """Where a packet was lost; `packet` is its identity, `role` request, reply or error."""

    role: str
    packet: int
    event: Dropped
    decider: Decider

    @property
    def reason(self) -> DropReason:
        return self.event.reason


@attrs.frozen
class Resolution:
    """How a next hop's link-layer address was asked for in vain: what became of the requests, and who heard them.

    `lost` is what ended the question or its answer on the way, if anything did; its role is "neighbour".
    """

    hop: Address
    namespace: str
    device: str
    asked: tuple[int, ...]
    heard_by: tuple[str, ...]
    answered: bool
    lost: Loss | None


def own(events: Iterable[Event], packet: int) -> list[Event]:
    return [event for event in events if event.packet == packet]


def arrival(verdict: Verdict) -> Delivered | None:
    """Where the request arrived."""
    for packet in verdict.packets:
        way = own(verdict.events, packet)
        for event in way:
            if isinstance(event, Delivered) and not _ends_tunnel(way, event):
                return event
    return None


def _ends_tunnel(way: list[Event], event: Delivered) -> bool:
    """Whether only the datagram around the packet arrived, at the far end of a tunnel."""
    context = [getattr(each.content, "payload", None) for each in way if isinstance(each, Made)][1:]
    return any(isinstance(outer, Udp) and event.to == f"udp port {outer.destination_port}" for outer in context)


def loss_of(events: Iterable[Event], packet: int, role: str) -> Loss | None:
    """Where a packet was lost; None if it arrived, or if nothing is known of its end."""
    way = own(events, packet)
    if any(isinstance(event, Delivered) and not _ends_tunnel(way, event) for event in way):
        return None
    lost = _telling([event for event in way if isinstance(event, Dropped)])
    return None if lost is None else Loss(role, packet, lost, decider(way, lost))


def _telling(drops: list[Dropped]) -> Dropped | None:
    best: Dropped | None = None
    for drop in drops:
        if best is None or _weight(drop) >= _weight(best):
            best = drop
    return best


def _weight(drop: Dropped) -> int:
    # A bridge is shown what is sent to a group, too; that the host is no member says nothing.
    return 0 if drop.detail.startswith("nobody here joined") else _WEIGHT.get(drop.reason, _MOST)


def losses(verdict: Verdict) -> list[Loss]:
    """What was lost: the request, its answer, the error that should have told of it."""
    found: list[Loss] = []
    for packet in verdict.packets[:1]:
        lost = loss_of(verdict.events, packet, "request")
        found += [lost] if lost is not None else []
    for made in verdict.replies():
        role = "error" if made.about or found else "reply"
        lost = loss_of(verdict.events, made.packet, role)
        # What a host tells itself it needs no packet for.
        found += [lost] if lost is not None and lost.event.device != "lo" else []
    return found


# --- what decided ----------------------------------------------------------------------------------------------------


def decider(way: list[Event], lost: Dropped) -> Decider:
    """The rule, route, neighbour or device that ended a packet."""
    before = way[: way.index(lost)]
    if lost.reason in (DropReason.NETFILTER_DROP, DropReason.NETFILTER_REJECT):
        return _filter(before, lost)
    if lost.reason in (DropReason.NEIGH_FAILED, DropReason.NEIGH_QUEUEFULL):
        waiting = next((event for event in reversed(before) if isinstance(event, Waiting)), None)
        return Decider("neighbour", f"{waiting.hop if waiting else ''} dev {lost.device}".strip())
    if lost.reason is DropReason.IP_INVALID_SOURCE and not lost.detail:
        packet = content([lost]) or content(before)
        asked = _payload(lost)
        text = f"ARP of {asked.sender_ip}" if isinstance(asked, Arp) else ""
        return Decider("route", text if packet is None else f"{packet.source} > {packet.destination}")
    if lost.reason in _ROUTING:
        return Decider("route", lost.detail or _no_route(before))
    if lost.reason in (
        DropReason.IP_INADDRERRORS,
        DropReason.IP_RPFILTER,
        DropReason.ARP_IGNORED,
        DropReason.ICMP_ECHO_IGNORED,
    ):
        return Decider("sysctl", _sysctl(lost, before))
    if lost.reason is DropReason.ICMP_FRAG_NEEDED:
        return Decider("device", f"{_way_out(before, lost) or lost.device} {lost.detail}")
    if lost.reason in (DropReason.NO_SOCKET, DropReason.SOCKET_RCVBUFF):
        return Decider("socket", lost.detail)
    if lost.reason is DropReason.NO_TX_TARGET:
        return Decider("fdb", lost.detail or f"{lost.device} knows no port for it")
    return Decider("device", f"{lost.device} {lost.detail}".strip())


_ROUTING: Final = (DropReason.IP_INNOROUTES, DropReason.ROUTE_UNREACHABLE, DropReason.ROUTE_BLACKHOLE,
                   DropReason.ROUTE_PROHIBIT,
                   DropReason.IP_INVALID_SOURCE)  # fmt: skip


def _way_out(before: list[Event], lost: Dropped) -> str:
    """The device that the latest route leads to."""
    for event in reversed(before):
        if isinstance(event, Routed) and event.namespace == lost.namespace and " dev " in event.words:
            return event.words.partition(" dev ")[2].split()[0]
    return ""


def _no_route(before: list[Event]) -> str:
    packet = content(before)
    return "" if packet is None else f"no route to {packet.destination}"


def _sysctl(lost: Dropped, before: list[Event]) -> str:
    packet = content(before)
    family = "ipv6" if packet is not None and packet.source.version == 6 else "ipv4"
    if lost.reason is DropReason.IP_INADDRERRORS:
        return "net.ipv6.conf.all.forwarding" if family == "ipv6" else "net.ipv4.ip_forward"
    if lost.reason in (DropReason.IP_RPFILTER, DropReason.ARP_IGNORED):
        return f"net.ipv4.conf.{lost.device.replace('.', '/')}.{lost.detail or 'rp_filter'}"
    return f"net.{family}.{lost.detail}".replace("/", ".")


def _filter(before: list[Event], lost: Dropped) -> Decider:
    found = next(
        (event for event in reversed(before) if isinstance(event, Filtered) and event.verdict != "ACCEPT"), None
    )
    if found is None:
        return Decider("rule", lost.detail)
    if not decided_by_rule(found):
        text = f"the policy of {found.table} {found.hook} is {found.verdict}"
        return Decider("policy", text, found.table, found.hook, found.hook, verdict=found.verdict)
    if not found.hits:
        return Decider("rule", lost.detail, found.table, found.hook, verdict=found.verdict)
    hit = found.hits[-1]
    return Decider("rule", rule_text(hit), hit.table, found.hook, hit.chain, hit.number, verdict=found.verdict, hit=hit)


def rule_text(hit: RuleHit) -> str:
    """The rule as its tool writes it."""
    return str(hit).partition(f" rule {hit.number}: ")[2]


def content(events: Iterable[Event]) -> Any:
    """The IP packet as it was last seen; None if no event shows it."""
    packet: Any = None
    for event in events:
        packet = ip_packet(event) or packet
    return packet


def ip_packet(event: Event) -> Any:
    """The IP packet that an event shows; None if it shows none."""
    packet = _payload(event)
    return packet if isinstance(packet, ipv4.Packet | ipv6.Packet) else None


def _payload(event: Event) -> Any:
    """What an event shows of a packet, without its frame."""
    if isinstance(event, Made):
        return event.content
    if isinstance(event, Transmitted | Received):
        return event.frame.payload
    return event.frame.payload if isinstance(event, Dropped) and event.frame is not None else None


# --- neighbours ------------------------------------------------------------------------------------------------------


def resolution(events: Iterable[Event], loss: Loss) -> Resolution | None:
    """How the next hop of a packet that waited in vain was asked for."""
    everything = list(events)
    waited = next(
        (event for event in everything if isinstance(event, Waiting) and event.packet == loss.packet
         and event.namespace == loss.event.namespace), None,
    )  # fmt: skip
    if waited is None:
        return None
    hop = parse_address(waited.hop)
    asked = [event.packet for event in everything if _asks(event, waited, hop)]
    questions = [event for event in everything if event.packet in asked]
    heard = dict.fromkeys(
        event.namespace for event in questions if isinstance(event, Delivered | Dropped | Received)
        and event.namespace != waited.namespace
    )  # fmt: skip
    answers = [event.packet for event in everything if isinstance(event, Transmitted | Made) and _tells(event, hop)]
    lost = _telling(
        [event for event in everything if isinstance(event, Dropped) and event.packet in (answers or asked)]
    )
    return Resolution(
        hop, waited.namespace, waited.device, tuple(dict.fromkeys(asked)), tuple(heard), bool(answers),
        None if lost is None else Loss("neighbour", lost.packet, lost, decider(own(everything, lost.packet), lost)),
    )  # fmt: skip


def _asks(event: Event, waited: Waiting, hop: Address) -> bool:
    if not isinstance(event, Transmitted | Made) or event.namespace != waited.namespace:
        return False
    device = event.device or waited.device  # a packet of IP is made before it has a device
    packet = _payload(event)
    if isinstance(packet, Arp):
        asks = packet.operation == Operation.REQUEST and packet.target_ip == hop
        return asks and device == waited.device and packet.sender_ip != hop
    message = getattr(packet, "payload", None)
    if not isinstance(message, Icmpv6) or message.type != _NEIGHBOUR_SOLICITATION:
        return False
    return device == waited.device and message.target == hop and int(packet.source) != 0


def _tells(event: Transmitted | Made, hop: Address) -> bool:
    packet = _payload(event)
    if isinstance(packet, Arp):
        return packet.operation == Operation.REPLY and packet.sender_ip == hop
    message = getattr(packet, "payload", None)
    return isinstance(message, Icmpv6) and message.type == _NEIGHBOUR_ADVERTISEMENT and message.target == hop


# --- the way in words ------------------------------------------------------------------------------------------------


@attrs.frozen
class Step:
    """A line of the story: which packet, when (nanoseconds of simulated time), where, and what happened."""

    role: str
    at: int
    namespace: str
    device: str
    kind: str
    text: str


def steps(events: Iterable[Event], packet: int, role: str) -> list[Step]:
    """The way of a packet, a line for each thing that happened to it; what merely went on is left out."""
    found: list[Step] = []
    before: Any = None
    for event in own(events, packet):
        words = _words(event, before)
        before = ip_packet(event) or before
        if words and (not found or (found[-1].namespace, found[-1].text) != (event.namespace, words)):
            found.append(Step(role, event.at, event.namespace, event.device, type(event).__name__.lower(), words))
    return found


def _words(event: Event, before: Any) -> str:
    """What a line of the story says of an event; `before` is the packet as it was."""
    match event:
        case Made(content=made):
            return f"asks: {made}" if isinstance(made, Arp) else f"sends {summary(made)}"
        case Routed(words=text):
            return f"route: {text}"
        case Waiting(hop=hop):
            return f"asks for the link-layer address of {hop}"
        case Filtered():
            return _rule_words(event)
        case Transmitted(frame=frame, device=device):
            return f"leaves by {device}{_rewritten(before, frame.payload)}"
        case Received(device=device):
            return f"arrives on {device}"
        case Delivered(to=to):
            return f"reaches {to}"
    if event.reason in _SAID_BEFORE:
        return _SAID_BEFORE[event.reason]
    return f"{event.reason.value}{f' ({event.detail})' if event.detail else ''}"


#: The line before tells which rule it was.
_SAID_BEFORE: Final = {DropReason.NETFILTER_DROP: "dropped", DropReason.NETFILTER_REJECT: "rejected"}


def _rule_words(event: Filtered) -> str:
    """The rule by which a table was left; nothing where no rule said anything."""
    if event.verdict == "ACCEPT" and (not event.hits or "ACCEPT" not in str(event.hits[-1].rule)):
        return ""
    hit = f"{event.hits[-1]}" if decided_by_rule(event) else f"the policy of {event.hook}"
    return f"{event.table} {event.hook}: {event.verdict} ({hit})"


def decided_by_rule(event: Filtered) -> bool:
    """Whether the last rule that matched gave the verdict: rules that jump or count leave it to the policy."""
    verdict = event.verdict.split()[0].lower()
    return bool(event.hits) and (verdict != "drop" or verdict in rule_text(event.hits[-1]).lower().split())


def summary(packet: Any) -> str:
    """Source, destination and kind, as people write them."""
    payload = packet.payload
    if isinstance(payload, Tcp):
        kind = _flags(payload)
    elif isinstance(payload, Udp):
        kind = "UDP"
    elif isinstance(payload, Icmp):
        kind = _PARTICULARS.sub("", payload.describe(Printer()))
    elif isinstance(payload, Icmpv6):
        kind = _PARTICULARS.sub("", payload.describe(Printer(), packet.source, packet.destination))
    else:
        kind = "a fragment" if getattr(packet, "is_fragment", False) else f"protocol {getattr(packet, 'protocol', '')}"
    ports = getattr(payload, "source_port", None), getattr(payload, "destination_port", None)
    return f"{_end(packet.source, ports[0])} > {_end(packet.destination, ports[1])}: {kind}, {packet.length} bytes"


#: What tcpdump tells of a message that is of no interest here.
_PARTICULARS: Final = re.compile(r",? (id|seq|length) \d+")


def _flags(segment: Tcp) -> str:
    names = [name for name, flag in (("SYN", SYN), ("RST", RST), ("FIN", FIN)) if segment.flags & flag]
    if segment.flags & ACK and names:
        names.append("ACK")
    return "TCP " + ("-".join(names) or ("data" if segment.data else "ACK"))


def _end(address: Address, port: Any) -> str:
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _rewritten(before: Any, after: Any) -> str:
    """What NAT made of the ends of a packet."""
    if before is None or not hasattr(after, "source") or not hasattr(before, "source"):
        return ""
    changed = []
    for name, end, port in (("from", "source", "source_port"), ("to", "destination", "destination_port")):
        old = getattr(before, end), getattr(before.payload, port, None)
        new = getattr(after, end), getattr(after.payload, port, None)
        if old != new:
            changed.append(f"{name} {_end(*new)}")
    return f", now {' '.join(changed)}" if changed else ""
