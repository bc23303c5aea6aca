"""The resolution of a next hop's link-layer address, by ARP or by neighbour solicitations, and its result.

A packet that waited in vain for its next hop's address leads to the requests for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vnetsim.reach.walks.loss import Loss, decider, decisive
from vnetsim.reach.walks.packets import own, payload_of
from vnetsim.trace import Delivered, Dropped, Event, Made, Received, Transmitted, Waiting
from vnetsim.values import frozen
from vnetsim.wire import ipv6
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, parse_address

_NEIGHBOUR_SOLICITATION: Final = 135
_NEIGHBOUR_ADVERTISEMENT: Final = 136


@frozen
class Resolution:
    """A failed resolution of a next hop: what became of the requests, and which stations received them.

    `lost` is what ended the request or its reply on its path, if anything did; its role is "neighbour".
    """

    hop: Address
    namespace: str
    device: str
    requests: tuple[int, ...]
    heard_by: tuple[str, ...]
    answered: bool
    lost: Loss | None


def resolution(events: Iterable[Event], loss: Loss) -> Resolution | None:
    """The resolution for which a packet waited in vain."""
    everything = list(events)
    waited = next(
        (
            event
            for event in everything
            if isinstance(event, Waiting) and event.packet == loss.packet and event.namespace == loss.event.namespace
        ),
        None,
    )
    if waited is None:
        return None
    hop = parse_address(waited.hop)
    requests = [event.packet for event in everything if _is_request(event, waited, hop)]
    sent = [event for event in everything if event.packet in requests]
    heard = dict.fromkeys(
        event.namespace
        for event in sent
        if isinstance(event, Delivered | Dropped | Received) and event.namespace != waited.namespace
    )
    answers = [event.packet for event in everything if isinstance(event, Transmitted | Made) and _answers(event, hop)]
    lost = decisive(
        [event for event in everything if isinstance(event, Dropped) and event.packet in (answers or requests)]
    )
    return Resolution(
        hop, waited.namespace, waited.device, tuple(dict.fromkeys(requests)), tuple(heard), bool(answers),
        None if lost is None else Loss("neighbour", lost.packet, lost, decider(own(everything, lost.packet), lost)),
    )  # fmt: skip


def _is_request(event: Event, waited: Waiting, hop: Address) -> bool:
    if not isinstance(event, Transmitted | Made) or event.namespace != waited.namespace:
        return False
    device = event.device or waited.device  # a packet of IP is made before it has a device
    packet = payload_of(event)
    if isinstance(packet, Arp):
        matches = packet.operation == ArpOperation.REQUEST and packet.target_ip == hop
        return matches and device == waited.device and packet.sender_ip != hop
    if not isinstance(packet, ipv6.Packet) or not isinstance(packet.payload, Icmpv6):
        return False
    message = packet.payload
    matches = message.type == _NEIGHBOUR_SOLICITATION and message.target == hop
    return matches and device == waited.device and int(packet.source) != 0


def _answers(event: Transmitted | Made, hop: Address) -> bool:
    packet = payload_of(event)
    if isinstance(packet, Arp):
        return packet.operation == ArpOperation.REPLY and packet.sender_ip == hop
    message = getattr(packet, "payload", None)
    return isinstance(message, Icmpv6) and message.type == _NEIGHBOUR_ADVERTISEMENT and message.target == hop
