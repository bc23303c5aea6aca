"""IP_INNOROUTES: a router has no route, because a device is down or the source is a loopback address."""

from __future__ import annotations

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.diagnosis.neighbourhood import misled
from vnetsim.reach.diagnosis.refusing_routes import downed
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import content


def explain(case: DiagnosisCase, loss: Loss) -> str:
    journey = case.journey(loss.packet)
    packet = content([loss.event]) or content(journey)
    if packet is None or not packet.source.is_loopback or packet.source.version != 4:
        if packet is None:
            return ""
        return downed(case.namespaces.find(loss.event.namespace), packet.destination) or misled(
            case.namespaces, journey, loss
        )
    return f"what comes from {packet.source} leaves only by devices with route_localnet = 1"
