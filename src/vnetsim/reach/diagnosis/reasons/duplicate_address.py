"""DUPLICATE_ADDRESS: another host than the destination has the address, too, and got the packet."""

from __future__ import annotations

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.case import Diagnosis, DiagnosisCase
from vnetsim.reach.walks.loss import Decider, Loss, arrival


def other_owner(case: DiagnosisCase, namespace: str) -> str:
    """That another host than the destination has the address, too, and got the packet."""
    here, wanted = case.namespaces.find(namespace), case.namespaces.of(case.question.target)
    address = case.verdict.address
    if here is None or wanted is None or here is wanted or address is None or address.is_loopback:
        return ""
    if not (here.has(address) and wanted.has(address)):
        return ""
    return f"{here.label} has the address {address} too, and it got the packet, not {wanted.label}"


def diagnose(case: DiagnosisCase) -> Diagnosis | None:
    """Another host has the address too, and got it."""
    arrived = arrival(case.verdict)
    text = "" if arrived is None else other_owner(case, arrived.namespace)
    if arrived is None or not text:
        return None
    return case.conclude(
        DropReason.DUPLICATE_ADDRESS.code,
        text,
        Decider("address", f"{case.verdict.address} is on {arrived.namespace} too"),
        packet="request",
        namespace=arrived.namespace,
        device=arrived.device,
    )


def code_and_text(case: DiagnosisCase, loss: Loss, text: str) -> tuple[str, str]:
    """The code, and the text: that it was lost at another host which has the address too, if so."""
    taken = other_owner(case, loss.event.namespace) if loss.role == "request" else ""
    return (DropReason.DUPLICATE_ADDRESS.code, f"{taken}; {text}") if taken else (loss.reason.code, text)
