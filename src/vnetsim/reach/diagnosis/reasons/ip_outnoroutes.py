"""IP_OUTNOROUTES and other refusals of the sender's own kernel, for which no packet was made."""

from __future__ import annotations

from vnetsim import dropreason
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.reach.diagnosis import membership
from vnetsim.reach.diagnosis.case import Diagnosis, DiagnosisCase, after
from vnetsim.reach.diagnosis.reasons.pkt_too_big import narrowest
from vnetsim.reach.diagnosis.refusing_routes import downed, kind_of, refusing_route, refusing_rule
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.walks.loss import Decider


def diagnose(case: DiagnosisCase) -> Diagnosis:
    verdict = case.verdict
    errno = verdict.errno or Errno.ENETUNREACH
    code = dropreason.REFUSALS.get(errno, DropReason.NOT_SPECIFIED).code
    where = case.label(case.question.sender)
    netns, kind = case.namespaces.find(where), kind_of(errno)
    route = refusing_route(netns, verdict.address, kind)
    if errno is Errno.EMSGSIZE:
        narrow = narrowest(case, netns)
        too_long = f"the packet is longer than the MTU, and must not be fragmented{f' ({narrow})' if narrow else ''}"
        return case.conclude(
            code, f"{where}: {too_long}", Decider("device", narrow or too_long), packet="request", namespace=where
        )
    text = route or f"no route to {verdict.address}"
    if not route:
        text = refusing_rule(netns, kind) or text
    if errno is Errno.EACCES and "rule" not in text and not route:
        text = f"{verdict.address} is a broadcast address"
    if errno is Errno.EADDRNOTAVAIL:
        text = f"{where} has no address from which to speak to {verdict.address}"
    sentence = f"{where} cannot send to {verdict.address}: {errno.strerror} ({text})"
    if code == DropReason.IP_OUTNOROUTES.code:
        sentence += after("; ", _shut_in(case, netns))
        sentence += after("; ", "" if verdict.address is None else downed(netns, verdict.address))
    return case.conclude(code, sentence, Decider("route", text), packet="request", namespace=where)


def _shut_in(case: DiagnosisCase, netns: LabNetns | None) -> str:
    """That the sender has no address of this family, or is on internal networks only."""
    address = case.verdict.address
    if netns is not None and address is not None and address.version == 6 and not netns.addresses(6):
        return f"{netns.label} has no IPv6 address"
    return membership.shut_in(case.lab, case.question.sender)
