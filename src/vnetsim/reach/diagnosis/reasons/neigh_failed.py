"""NEIGH_FAILED: no answer for the next hop: who has its address, who received the request, what was lost."""

from __future__ import annotations

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.case import DiagnosisCase, after
from vnetsim.reach.diagnosis.neighbourhood import proxies, tunnelled
from vnetsim.reach.diagnosis.reasons.lost import described
from vnetsim.reach.diagnosis.shared_cards import beside
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import own
from vnetsim.reach.walks.resolution import Resolution
from vnetsim.trace import Routed


def explain(case: DiagnosisCase, found: Resolution) -> str:
    text = f"nobody answered for the next hop {found.hop}"
    owner = case.namespaces.owner(found.hop)
    asker = case.namespaces.find(found.namespace)
    near = "" if asker is None else beside(case.namespaces, asker, found.device, found.hop)
    near = near or proxies(case.namespaces, case.verdict.events, found)
    if near:
        return f"{text}: {near}"
    lost = found.lost
    if lost is not None and lost.reason is not DropReason.OTHERHOST:
        what = "the answer" if found.answered else "the question"
        where = f"{lost.event.namespace}, {lost.event.device}" if lost.event.device else lost.event.namespace
        return f"{text}: {what} was lost at {where}: {described(case, lost)}{_astray(case, found, lost)}"
    if owner is None:
        tunnel = tunnelled(case.namespaces, own(case.verdict.events, case.verdict.request or 0), found.hop)
        return f"{text}: no namespace here has this address{after('; ', tunnel)}"
    if owner.label == found.namespace:
        return f"{text}: it is an address of {owner.label} itself"
    if owner.label in found.heard_by:
        link = None if asker is None else asker.link(found.device)
        port = f" by {link.name}, a port of {link.master}" if link is not None and link.master else ""
        return f"{text}: {owner.label} has it, heard the question, and did not answer{port}"
    route = _route_at(case, found.namespace)
    heard = f"; heard by {', '.join(found.heard_by)}" if found.heard_by else ""
    return f"{text}: {owner.label} has it, and is not on this link{route}{heard}"


def _astray(case: DiagnosisCase, found: Resolution, lost: Loss) -> str:
    """That the next hop's address is elsewhere, where the request went into an empty link."""
    owner = case.namespaces.owner(found.hop)
    if owner is None or owner.label in (found.namespace, *found.heard_by):
        return ""
    asker = case.namespaces.find(found.namespace)
    link = None if asker is None else asker.link(found.device)
    if lost.reason is not DropReason.NO_CARRIER or link is None or link.kind != "bridge":
        return ""
    route = _route_at(case, found.namespace)
    return f"; {owner.label} has it, and is not on this link{route}" if route else ""


def _route_at(case: DiagnosisCase, namespace: str) -> str:
    """The route by which the packet was sent to where the next hop is not."""
    packets = _waiting(case, namespace)
    for event in case.verdict.events:
        is_sent = event.namespace == namespace and event.packet in packets
        if is_sent and isinstance(event, Routed) and not event.text.startswith("local "):
            return f" (route: {event.text})"
    return ""


def _waiting(case: DiagnosisCase, namespace: str) -> set[int]:
    """The packets that a namespace sent or answered."""
    replies = {each.packet for each in case.verdict.replies() if each.namespace == namespace}
    return {*case.verdict.packets, *replies}
