"""What the events of a trace show of a packet."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from vnetsim.trace import Dropped, Event, Made, Received, Transmitted
from vnetsim.wire import ipv4, ipv6

IpPacket: TypeAlias = ipv4.Packet | ipv6.Packet


def own(events: Iterable[Event], packet: int) -> list[Event]:
    return [event for event in events if event.packet == packet]


def content(events: Iterable[Event]) -> IpPacket | None:
    """The IP packet as it was last seen; None if no event shows it."""
    packet: IpPacket | None = None
    for event in events:
        packet = ip_packet(event) or packet
    return packet


def ip_packet(event: Event) -> IpPacket | None:
    """The IP packet that an event shows; None if it shows none."""
    packet = payload_of(event)
    return packet if isinstance(packet, IpPacket) else None


def payload_of(event: Event) -> object:
    """What an event shows of a packet, without its frame."""
    if isinstance(event, Made):
        return event.content
    if isinstance(event, Transmitted | Received):
        return event.frame.payload
    return event.frame.payload if isinstance(event, Dropped) and event.frame is not None else None
