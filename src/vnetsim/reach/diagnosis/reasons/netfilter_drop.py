"""NETFILTER_DROP: rules see bridged frames, and packets as NAT left them."""

from __future__ import annotations

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import content
from vnetsim.trace import Made, Routed


def explain(case: DiagnosisCase, loss: Loss) -> str:
    """That it was a bridged frame, or no longer what was sent: rules speak of the packet as they see it."""
    journey = case.journey(loss.packet)
    before = journey[: journey.index(loss.event)]
    here = [event for event in before if event.namespace == loss.event.namespace]
    if loss.decider.hook == "FORWARD" and not any(isinstance(event, Routed) for event in here):
        netns = case.namespaces.find(loss.event.namespace)
        packet = content([loss.event]) or content(journey)
        six = packet is not None and packet.source.version == 6
        key = f"net.bridge.bridge-nf-call-ip{'6' if six else ''}tables"
        if netns is not None and netns.sysctl_value(key):
            return f"bridged frames pass there too ({key} = 1)"
    made = next((event.content for event in before if isinstance(event, Made)), None)
    now = content([loss.event])
    if made is None or now is None or now.destination == getattr(made, "destination", now.destination):
        return ""
    port = getattr(now.payload, "destination_port", None)
    return f"its destination had been translated to {now.destination}{f' port {port}' if port is not None else ''}"
