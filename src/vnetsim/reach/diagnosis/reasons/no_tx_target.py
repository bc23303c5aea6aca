"""NO_TX_TARGET: why a bridge, or a device upon another one, had nowhere to send the frame."""

from __future__ import annotations

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.diagnosis.shared_cards import SHARING, beside
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import content


def explain(case: DiagnosisCase, loss: Loss) -> str:
    """Two cards with one address."""
    frame = loss.event.frame
    cards = [
        f"{link.name} of {netns.label}"
        for netns in case.namespaces
        for link in netns.links()
        if frame is not None and link.mac == frame.destination and link.kind not in ("bridge", *SHARING)
    ]
    if frame is not None and len(cards) > 1:
        return f"{' and '.join(cards)} have the same address {frame.destination}"
    if "behind the port it came from" in loss.event.detail:
        return f"it would have to go back by {loss.event.device}, whose hairpin mode is off"
    return ""


def explain_no_peer(case: DiagnosisCase, loss: Loss) -> str:
    packet = content([loss.event])
    netns = case.namespaces.find(loss.event.namespace)
    if packet is None or netns is None:
        return ""
    return beside(case.namespaces, netns, loss.event.device, packet.destination)
