"""From a verdict to a reason: which packet was lost, where, why, and what decided it.

The reason comes from the walk; the lab is only looked at for what the walk points to (whose address was not
resolved, which sockets listen where no answer came).  The text of a reason is in the module of its name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis import bypassed, membership
from vnetsim.reach.diagnosis.case import Diagnosis, DiagnosisCase, after
from vnetsim.reach.diagnosis.reasons import (
    arrives,
    container_not_running,
    duplicate_address,
    ip_outnoroutes,
    name_not_resolved,
    neigh_failed,
    not_specified,
)
from vnetsim.reach.diagnosis.reasons.lost import described
from vnetsim.reach.diagnosis.unmasqueraded import unmasqueraded
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.probing.verdict import Outcome, ProbeVerdict
from vnetsim.reach.walks.loss import Loss, arrival, loss_of, losses
from vnetsim.reach.walks.resolution import resolution

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: What becomes of an answer to a source that is not known there.
_NO_WAY_BACK: Final = (DropReason.IP_INNOROUTES, DropReason.ROUTE_UNREACHABLE, DropReason.NEIGH_FAILED)


def diagnose(lab: BaseLab, verdict: ProbeVerdict, namespaces: LabNamespaces | None = None) -> Diagnosis:
    """The reason of a verdict that was probed with `watch` and `settle` in `lab`."""
    case = DiagnosisCase(lab, verdict, namespaces or LabNamespaces(lab))
    if verdict.outcome is Outcome.NO_NAME:
        return name_not_resolved.diagnose(case)
    if verdict.outcome is Outcome.NOBODY:
        return container_not_running.diagnose(case)
    if verdict.arrives:
        return duplicate_address.diagnose(case) or _behind_proxy(case) or arrives.diagnose(case)
    if lost := losses(verdict):
        return _lost(case, lost)
    if verdict.outcome is Outcome.NOT_SENT:
        return ip_outnoroutes.diagnose(case)
    return not_specified.diagnose(case)


def _behind_proxy(case: DiagnosisCase) -> Diagnosis | None:
    """A proxy took the connection; what became of the one that it makes in its turn counts."""
    arrived = arrival(case.verdict)
    if arrived is None or not case.verdict.closed:
        return None
    for made in arrives.connections_after(case.verdict.events, arrived):
        lost = loss_of(case.verdict.events, made.packet, "request")
        if lost is not None:
            found = _lost(case, [lost])
            text = f"docker-proxy took the connection, and could not make its own: {found.sentence}"
            return attrs.evolve(found, sentence=text)
    return None


def _lost(case: DiagnosisCase, lost: list[Loss]) -> Diagnosis:
    first = lost[0]
    event = first.event
    found = resolution(case.verdict.events, first) if first.reason is DropReason.NEIGH_FAILED else None
    spot = f"{event.namespace}, {event.device}" if event.device else event.namespace
    text = f"{spot}: {described(case, first) if found is None else neigh_failed.explain(case, found)}"
    if first.role == "reply":
        text = f"the request arrived, its answer did not: {text}"
    code, text = duplicate_address.code_and_text(case, first, text)
    text += after("; ", bypassed.translation(case.namespaces, case.verdict, first))
    if first.role == "reply" and first.reason in _NO_WAY_BACK:
        text += after("; ", unmasqueraded(case.namespaces, case.verdict))
    text += after("; ", bypassed.remembered(case.namespaces, case.verdict))
    text += _about_gateway(case, first)
    later = [each for each in lost[1:] if each.role == "error"]
    if later:
        text += f"; the ICMP error about it was lost too ({later[0].event.namespace}: {later[0].decider})"
    if found is not None and found.lost is not None:
        lost = [first, found.lost, *lost[1:]]
    return case.conclude(
        code, text, first.decider, packet=first.role, namespace=event.namespace,
        device=event.device, lost=tuple(lost), resolution=found,
    )  # fmt: skip


def _about_gateway(case: DiagnosisCase, loss: Loss) -> str:
    """Which of a container's networks its default gateway is of, where a packet was lost beyond it."""
    if (
        loss.reason in (DropReason.NO_SOCKET, DropReason.ICMP_ECHO_IGNORED)
        or loss.role == "error"
        or not case.lab.has_engine
    ):
        return ""
    return after("; ", membership.gateway(case.lab, case.namespaces, case.verdict))
