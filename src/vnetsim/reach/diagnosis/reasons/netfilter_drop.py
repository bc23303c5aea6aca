"""NETFILTER_DROP: rules see bridged frames, packets as NAT left them, and those of tunnels."""

from __future__ import annotations

from vnetsim.netfilter.header import protocol_name
from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import IpPacket, content
from vnetsim.trace import Made, Routed
from vnetsim.wire import ipv4


def explain(case: DiagnosisCase, loss: Loss) -> str:
    """That it was a bridged frame, in a tunnel, or no longer what was sent: rules see the packet as it is there."""
    journey = case.journey(loss.packet)
    before = journey[: journey.index(loss.event)]
    here = [event for event in before if event.namespace == loss.event.namespace]
    if (
        loss.decider.hook == "FORWARD"
        and not _is_of_bridges(loss)
        and not any(isinstance(event, Routed) for event in here)
    ):
        netns = case.namespaces.find(loss.event.namespace)
        packet = content([loss.event]) or content(journey)
        six = packet is not None and packet.source.version == 6
        key = f"net.bridge.bridge-nf-call-ip{'6' if six else ''}tables"
        if netns is not None and netns.sysctl_value(key):
            return f"bridged frames pass there too ({key} = 1)"
    sent = [event.content for event in before if isinstance(event, Made)]
    made, now = (sent[-1] if sent else None), content([loss.event])
    if len(sent) > 1 and now is not None:
        return f"it is in a tunnel there: {now.source} > {now.destination}, {_protocol(now)}"
    if made is None or now is None or now.destination == getattr(made, "destination", now.destination):
        return ""
    port = getattr(now.payload, "destination_port", None)
    return f"its destination had been translated to {now.destination}{f' port {port}' if port is not None else ''}"


def _is_of_bridges(loss: Loss) -> bool:
    """Whether it is a rule of ebtables, or of a table of nft for bridges."""
    return loss.decider.table.startswith(("ebtables", "bridge"))


def _protocol(packet: IpPacket) -> str:
    port = getattr(packet.payload, "destination_port", None)
    number = packet.protocol if isinstance(packet, ipv4.Packet) else packet.next_header
    return protocol_name(number) if port is None else f"{protocol_name(number)} port {port}"
