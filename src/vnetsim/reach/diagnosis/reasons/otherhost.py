"""OTHERHOST: the neighbour entry that named another station."""

from __future__ import annotations

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import ip_packet
from vnetsim.trace import Transmitted


def explain(case: DiagnosisCase, loss: Loss) -> str:
    """Whose neighbour entry it was that named another card."""
    journey = case.journey(loss.packet)
    frame = loss.event.frame
    sent = [event for event in journey if isinstance(event, Transmitted) and ip_packet(event) is not None]
    netns = case.namespaces.find(sent[-1].namespace) if sent else None
    if frame is None or not sent:
        return ""
    for event in reversed(sent):
        netns = case.namespaces.find(event.namespace)
        for entry in netns.network.neighbours() if netns is not None else ():
            if entry.mac == frame.destination:
                mine = case.namespaces.find(loss.event.namespace)
                link = None if mine is None else mine.link(loss.event.device)
                has = f", and {link.name} has {link.mac}" if link is not None else ""
                entry_text = f"{entry.address} at {entry.mac} ({entry.state.lower()} neighbour entry)"
                return f"{event.namespace} knows {entry_text}{has}"
    return ""
