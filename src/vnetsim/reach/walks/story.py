"""The path of a packet as a story: a line for each thing that happened to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from vnetsim.dropreason import DropReason
from vnetsim.reach.walks.loss import decided_by_rule
from vnetsim.reach.walks.packets import IpPacket, ip_packet, own
from vnetsim.trace import Delivered, Event, Filtered, Made, Received, Routed, Transmitted, Waiting
from vnetsim.values import frozen
from vnetsim.wire import ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address
from vnetsim.wire.printer import PacketPrinter
from vnetsim.wire.tcp import ACK, FIN, RST, SYN, Tcp
from vnetsim.wire.udp import Udp


@frozen
class StoryStep:
    """A line of the story: which packet, when (nanoseconds of simulated time), where, and what happened."""

    role: str
    at: int
    namespace: str
    device: str
    kind: str
    text: str


def steps(events: Iterable[Event], packet: int, role: str) -> list[StoryStep]:
    """The path of a packet, a line for each thing that happened to it; what only passed it on is left out."""
    found: list[StoryStep] = []
    before: IpPacket | None = None
    for event in own(events, packet):
        text = _text(event, before)
        before = ip_packet(event) or before
        if text and (not found or (found[-1].namespace, found[-1].text) != (event.namespace, text)):
            found.append(StoryStep(role, event.at, event.namespace, event.device, type(event).__name__.lower(), text))
    return found


def _text(event: Event, before: IpPacket | None) -> str:
    """The text of an event in the story; `before` is the packet as it was."""
    match event:
        case Made(content=made):
            return f"asks: {made}" if isinstance(made, Arp) else f"sends {summary(made)}"
        case Routed(text=text):
            return f"route: {text}"
        case Waiting(hop=hop):
            return f"asks for the link-layer address of {hop}"
        case Filtered():
            return _rule_text(event)
        case Transmitted(frame=frame, device=device):
            return f"leaves by {device}{_rewritten(before, frame.payload)}"
        case Received(device=device):
            return f"arrives on {device}"
        case Delivered(to=to):
            return f"reaches {to}"
    if event.reason in _DECIDED_ABOVE:
        return _DECIDED_ABOVE[event.reason]
    return f"{event.reason.value}{f' ({event.detail})' if event.detail else ''}"


#: The line before tells which rule it was.
_DECIDED_ABOVE: Final = {DropReason.NETFILTER_DROP: "dropped", DropReason.NETFILTER_REJECT: "rejected"}


def _rule_text(event: Filtered) -> str:
    """The rule by which a table was left; nothing where no rule matched."""
    if event.verdict == "ACCEPT" and (not event.hits or "ACCEPT" not in str(event.hits[-1].rule)):
        return ""
    hit = f"{event.hits[-1]}" if decided_by_rule(event) else f"the policy of {event.hook}"
    return f"{event.table} {event.hook}: {event.verdict} ({hit})"


def summary(packet: IpPacket) -> str:
    """Source, destination and kind, as people write them."""
    payload = packet.payload
    if isinstance(payload, Tcp):
        kind = _flags(payload)
    elif isinstance(payload, Udp):
        kind = "UDP"
    elif isinstance(payload, Icmp):
        kind = _PARTICULARS.sub("", payload.describe(PacketPrinter()))
    elif isinstance(payload, Icmpv6) and isinstance(packet, ipv6.Packet):
        kind = _PARTICULARS.sub("", payload.describe(PacketPrinter(), packet.source, packet.destination))
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


def _end(address: Address, port: int | None) -> str:
    if port is None:
        return str(address)
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _rewritten(before: IpPacket | None, after: object) -> str:
    """What NAT made of the ends of a packet."""
    if before is None or not isinstance(after, IpPacket):
        return ""
    changed = []
    for name, end, port in (("from", "source", "source_port"), ("to", "destination", "destination_port")):
        old = getattr(before, end), getattr(before.payload, port, None)
        new = getattr(after, end), getattr(after.payload, port, None)
        if old != new:
            changed.append(f"{name} {_end(*new)}")
    return f", now {' '.join(changed)}" if changed else ""
