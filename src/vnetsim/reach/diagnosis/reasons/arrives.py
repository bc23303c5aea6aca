"""ARRIVES: who took the packet, what did not protect from it, and what a proxy did then."""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim import dropreason
from vnetsim.reach.diagnosis import bypassed, membership
from vnetsim.reach.diagnosis.case import Diagnosis, DiagnosisCase, after
from vnetsim.reach.diagnosis.shared_cards import one_segment
from vnetsim.reach.endpoints.endpoints import state_of
from vnetsim.reach.endpoints.name_lookup import networks
from vnetsim.reach.endpoints.netns import listeners
from vnetsim.reach.walks.loss import arrival
from vnetsim.trace import Delivered, Event, Made
from vnetsim.wire.arp import Arp
from vnetsim.wire.tcp import ACK, SYN, Tcp


def diagnose(case: DiagnosisCase) -> Diagnosis:
    arrived = arrival(case.verdict)
    text = case.verdict.outcome.value
    if arrived is not None:
        text = f"{arrived.namespace}: reached {arrived.to}{_about_receiver(case, arrived)}"
        text += after("; ", bypassed.protection(case.namespaces, case.verdict, arrived) or _past(case, arrived))
        text += after("; ", bypassed.still_tracked(case.namespaces, case.verdict, arrived))
        text += after("; ", one_segment(case.namespaces, case.verdict))
    return case.conclude(dropreason.ARRIVES, text, namespace="" if arrived is None else arrived.namespace)


def _past(case: DiagnosisCase, arrived: Delivered) -> str:
    """That an internal network is shut off from other networks, and not from the host itself."""
    netns = case.namespaces.find(arrived.namespace)
    if netns is None or netns.endpoint.kind != "host" or not membership.shut_in(case.lab, case.question.sender):
        return ""
    names = " and ".join(networks(case.lab, case.question.sender.name))
    return f"{names} is internal, which forbids forwarding, and not the host itself"


def _about_receiver(case: DiagnosisCase, arrived: Delivered) -> str:
    """That no process reads there; that it is a proxy, and its own destination."""
    netns = case.namespaces.find(arrived.namespace)
    if netns is None:
        return ""
    if netns.endpoint.kind == "container" and state_of(case.lab, netns.endpoint) == "paused":
        return f"; {netns.label} is paused: its kernel answers, its programs do not"
    port = case.question.probe.port
    here = [entry for entry in listeners(netns) if entry.local_port == port and entry.process == "docker-proxy"]
    onwards = next(connections_after(case.verdict.events, arrived), None) if here else None
    if onwards is None or isinstance(onwards.content, Arp):
        return ""
    behind = case.namespaces.owner(onwards.content.destination)
    who = "" if behind is None else f" of {behind.label}"
    segment = onwards.content.payload
    return f" of docker-proxy, which connects to {onwards.content.destination}:{segment.destination_port}{who}"  # type: ignore[union-attr]


def connections_after(events: tuple[Event, ...], arrived: Delivered) -> Iterator[Made]:
    """The connections that the namespace in which something arrived began afterwards."""
    for event in events:
        if isinstance(event, Made) and event.at > arrived.at and event.namespace == arrived.namespace:
            segment = getattr(event.content, "payload", None)
            if isinstance(segment, Tcp) and segment.flags & (SYN | ACK) == SYN:
                yield event
