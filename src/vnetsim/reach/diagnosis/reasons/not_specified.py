"""NOT_SPECIFIED: the request arrived and no answer left, or nothing is known of the packet's end."""

from __future__ import annotations

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis import membership
from vnetsim.reach.diagnosis.case import Diagnosis, DiagnosisCase, after
from vnetsim.reach.diagnosis.reasons.duplicate_address import other_owner
from vnetsim.reach.diagnosis.refusing_routes import downed, refusing_route
from vnetsim.reach.diagnosis.unmasqueraded import unmasqueraded
from vnetsim.reach.walks.loss import Decider, arrival
from vnetsim.reach.walks.packets import content


def diagnose(case: DiagnosisCase) -> Diagnosis:
    """It arrived, and nothing was made in answer; or nothing is known of its end."""
    arrived = arrival(case.verdict)
    packet = (
        None if arrived is None else content(event for event in case.verdict.events if event.packet == arrived.packet)
    )
    if arrived is None or packet is None:
        return case.conclude(DropReason.NOT_SPECIFIED.code, "no answer came, and nothing is known of the packet's end")
    text = f"no route to {packet.source}"
    netns = case.namespaces.find(arrived.namespace)
    route = refusing_route(netns, packet.source, None) or text
    sentence = f"the request arrived at {arrived.namespace}, and no answer left: {route}"
    if netns is not None and netns.has(packet.source):
        sentence += f"; that is its own address: it was sent back to {netns.label}, and nobody masqueraded it"
    sentence += after("; ", downed(netns, packet.source))
    sentence += after("; ", unmasqueraded(case.namespaces, case.verdict))
    if case.lab.has_engine:
        sentence += after("; ", membership.gateway(case.lab, case.namespaces, case.verdict))
    taken = other_owner(case, arrived.namespace)
    if taken:
        return case.conclude(
            DropReason.DUPLICATE_ADDRESS.code,
            f"{taken}; {sentence}",
            Decider("address", taken),
            packet="request",
            namespace=arrived.namespace,
        )
    return case.conclude(
        DropReason.IP_OUTNOROUTES.code, sentence, Decider("route", route), packet="reply", namespace=arrived.namespace
    )
