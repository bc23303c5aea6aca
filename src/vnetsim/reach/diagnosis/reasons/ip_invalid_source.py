"""IP_INVALID_SOURCE: a martian, mostly because of a translation (ip_route_input_slow in net/ipv4/route.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.endpoints.netns import conf
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import content
from vnetsim.wire.arp import Arp


def explain(case: DiagnosisCase, loss: Loss) -> str:
    """A destination of 127.0.0.0/8, or a source that is the host's own: mostly because of a translation."""
    journey = case.journey(loss.packet)
    packet, netns = content([loss.event]) or content(journey), case.namespaces.find(loss.event.namespace)
    request = None if loss.event.frame is None else loss.event.frame.payload
    if netns is not None and isinstance(request, Arp) and netns.has(request.sender_ip):
        return f"{netns.label} has the address {request.sender_ip}, too"
    if packet is None or netns is None:
        return ""
    if packet.destination.is_loopback and packet.destination.version == 4:
        key = conf(loss.event.device, "route_localnet")
        return f"it was translated to {packet.destination}, and does not come in by a device with {key} = 0"
    if netns.has(packet.source):
        return f"{packet.source} is its own address: it was sent back to {netns.label}, and nobody masqueraded it"
    return ""


#: Where not the source of a packet is what cannot be on a wire.
_MARTIAN_DESTINATION: Final = "its destination address cannot come in there"


def named(loss: Loss) -> str:
    """The sentence of the reason: about the destination where that is what is wrong."""
    packet = content([loss.event])
    local = packet is not None and packet.destination.is_loopback
    return _MARTIAN_DESTINATION if local else loss.reason.value
