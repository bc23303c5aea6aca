"""BRIDGE_INGRESS_STP_STATE: the device that is down, where that is why a bridge port does not forward."""

from __future__ import annotations

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.walks.loss import Loss


def explain(case: DiagnosisCase, loss: Loss) -> str:
    netns = case.namespaces.find(loss.event.namespace)
    link = None if netns is None else netns.link(loss.event.device)
    if netns is None or link is None:
        return ""
    bridge = netns.link(link.master) if link.master else None
    down = next((each for each in (bridge, link) if each is not None and "UP" not in each.flags), None)
    return f"{down.name} is down" if down is not None else ""
