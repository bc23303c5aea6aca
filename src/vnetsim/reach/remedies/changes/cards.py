"""Proposals about several cards on one segment: each answers by itself, by a routing table of its own.

The routes of all cards lead to the same network, and the first one is taken for everything: arp_filter and the strict
reverse path filter then take what comes in by the others for misled.  A rule about the address of a card
(ip-rule(8), `from`) is looked up by both of them, and by the answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.dropreason import DropReason
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.remedies.changes.uplinks import free_table
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import content
from vnetsim.wire.arp import Arp
from vnetsim.wire.inet import Address, Prefix


def tables(situation: Situation) -> Iterator[Change]:
    """A table for the card whose address was requested, where the route back leaves by another card."""
    for loss in situation.diagnosis.lost:
        netns = situation.namespaces.find(loss.event.namespace)
        by_filter = loss.reason is DropReason.ARP_IGNORED and loss.event.detail == "arp_filter"
        if netns is not None and (by_filter or loss.reason is DropReason.IP_RPFILTER):
            yield from _table(netns, loss)


def _table(netns: LabNetns, loss: Loss) -> Iterator[Change]:
    request, device = _arp_request(loss), loss.event.device
    if request is None:
        return
    source, wanted = request
    for entry in netns.addresses(wanted.version):
        prefix = Prefix.of(entry.address, entry.length)
        if (entry.address, entry.device) == (wanted, device) and source in prefix:
            number = free_table(netns, source.version)
            lines = (
                f"ip rule add from {wanted} lookup {number}",
                f"ip route add {prefix} dev {device} src {wanted} table {number}",
            )
            text = f"{netns.label} answers from {wanted} by {device}, which has it: by a routing table of its own"
            yield Change(tuple(map(netns.command, lines)), text)


def _arp_request(loss: Loss) -> tuple[Address, Address] | None:
    """The sender of the request, and the requested address."""
    payload = None if loss.event.frame is None else loss.event.frame.payload
    if isinstance(payload, Arp):
        return payload.sender_ip, payload.target_ip
    packet = content([loss.event])
    return None if packet is None else (packet.source, packet.destination)
