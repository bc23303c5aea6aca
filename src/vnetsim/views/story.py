"""The story of packets as text, from a trace."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Final

from vnetsim.clock import MILLISECOND
from vnetsim.dropreason import DropReason
from vnetsim.trace import Delivered, Dropped, Event, Filtered, Received, Routed, Transmitted, Waiting
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.tcp import ACK, SYN, Tcp

#: No receiver there wanted it.  An unsolicited broadcast without a receiver is no loss.
_UNHEARD: Final = frozenset(
    (
        DropReason.DEV_READY,
        DropReason.NO_PEER,
        DropReason.OTHERHOST,
        DropReason.NO_CARRIER,
        DropReason.NO_TX_TARGET,
        DropReason.NO_SOCKET,
        DropReason.BRIDGE_INGRESS_STP_STATE,
        DropReason.BRIDGE_VLAN,
        DropReason.UNHANDLED_PROTO,
    )
)
#: The text about an address: the sentence alone does not tell which.
_ABOUT_ADDRESSES: Final = (
    DropReason.IP_INNOROUTES,
    DropReason.IP_INADDRERRORS,
    DropReason.IP_INVALID_SOURCE,
    DropReason.IP_RPFILTER,
)
#: The groups of routers, of MLD and IGMP routers, and of solicited nodes (RFC 4291, 3810, 3376).
_GROUPS: Final = ("ff02::2 ", "ff02::16 ", "ff02::1:ff", "224.0.0.22 ")
_GROUP_MACS: Final = ("33:33:00:00:00:02", "33:33:00:00:00:16", "33:33:ff:", "01:00:5e:00:00:16")


def journeys(events: Iterable[Event]) -> dict[int, list[Event]]:
    """The events of each packet."""
    found: dict[int, list[Event]] = {}
    for event in events:
        found.setdefault(event.packet, []).append(event)
    return found


def story(events: Iterable[Event], packet: int) -> str:
    """What happened to one packet, a line an event: time in milliseconds, namespace, text."""
    own = [event for event in events if event.packet == packet]
    width = max((len(event.namespace) for event in own), default=0)
    return "\n".join(f"{event.at / MILLISECOND:12.3f} ms  {event.namespace:<{width}}  {event}" for event in own)


def losses(events: Iterable[Event]) -> list[Dropped]:
    """The packets that ended without arriving, in order."""
    found: list[Dropped] = []
    to_groups: set[int] = set()
    for event in events:
        if isinstance(event, Dropped):
            if not (event.packet in to_groups and event.reason in _UNHEARD):
                found.append(event)
        elif _is_to_a_group(event):
            to_groups.add(event.packet)
    return found


def ending(events: Iterable[Event], packet: int) -> str:
    """Why a packet did not arrive, in one sentence: where, and the rule, route or neighbour that ended it.

    "" if nothing is known to have ended it.
    """
    own = [event for event in events if event.packet == packet]
    lost = next((event for event in reversed(own) if isinstance(event, Dropped)), None)
    if lost is None:
        return ""
    spot = f"{lost.namespace}, {lost.device}" if lost.device else lost.namespace
    return f"{spot}: {lost.reason.value}{_decider(own, lost)}"


def waiting(events: Iterable[Event]) -> list[Waiting]:
    """The packets of which nothing more is known than that they wait for a neighbour's address."""
    latest: dict[int, Event] = {}
    for event in events:
        latest[event.packet] = event
    return [event for event in latest.values() if isinstance(event, Waiting)]


def unanswered(events: Iterable[Event]) -> dict[int, str]:
    """The packets that arrived, and to which no answer left where one must, each with a sentence about it."""
    everything = list(events)
    frames: dict[int, Frame] = {}
    found: dict[int, str] = {}
    for index, event in enumerate(everything):
        if isinstance(event, Transmitted | Received):
            frames[event.packet] = event.frame
        elif isinstance(event, Delivered) and event.packet in frames:
            packet = frames[event.packet].payload
            text = _question(event, packet)
            if text and not _is_answered(event, islice(everything, index + 1, None)):
                found[event.packet] = f"{event.namespace}: {text} {getattr(packet, 'source', '')}"
    return found


def _question(event: Delivered, packet: object) -> str:
    """What is answered at once: echo requests and connection requests, of which a full queue takes no more."""
    if event.to == "the echo responder":
        return "the echo request arrived, and no route leads its answer back to"
    segment = getattr(packet, "payload", None)
    if isinstance(segment, Tcp) and segment.flags & (SYN | ACK) == SYN:
        return "the connection request arrived, and no answer left: its queue is full, or no route leads back to"
    return ""


def nothing_sent(events: Iterable[Event]) -> bool:
    """Whether no packet left any device, but for those that a host sends by itself."""
    return not any(isinstance(event, Transmitted) and not _is_to_a_group(event) for event in events)


def _is_answered(request: Delivered, later: Iterable[Event]) -> bool:
    """An answer is sent by the same namespace at the same instant, and is a packet of its own."""
    for event in later:
        if event.at != request.at:
            return False
        if event.namespace == request.namespace and event.packet != request.packet:
            return True
    return False


def _is_to_a_group(event: Event) -> bool:
    """Whether it tells of a packet that a host sends by itself."""
    match event:
        case Routed(text=text):
            return text.startswith(_GROUPS)
        case Transmitted(frame=frame) | Received(frame=frame):
            return str(frame.destination).startswith(_GROUP_MACS)
    return False


def _decider(own: list[Event], lost: Dropped) -> str:
    """The hook, chain and rule, or whose address was not known."""
    before = [event for event in own if event.at <= lost.at]
    filtered = next((e for e in reversed(before) if isinstance(e, Filtered) and e.verdict != "ACCEPT"), None)
    if filtered is not None:
        rule = f", {filtered.hits[-1]}" if filtered.hits else ", by its policy"
        return f" ({filtered.table} {filtered.hook}{rule})"
    waiting = next((e for e in reversed(before) if isinstance(e, Waiting)), None)
    if waiting is not None and "ARP" in lost.reason.value:
        return f" ({waiting.hop})"
    detail = lost.detail or _addresses(before, lost)
    return f" ({detail})" if detail else ""


def _addresses(before: list[Event], lost: Dropped) -> str:
    """From whom and to whom the packet was, where the reason is about that."""
    if lost.reason not in _ABOUT_ADDRESSES:
        return ""
    frame = next((e.frame for e in reversed(before) if isinstance(e, Transmitted | Received)), None)
    payload = None if frame is None else frame.payload
    source, destination = getattr(payload, "source", None), getattr(payload, "destination", None)
    return f"{source} > {destination}" if source is not None and destination is not None else ""
