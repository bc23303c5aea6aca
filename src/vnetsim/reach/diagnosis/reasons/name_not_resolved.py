"""NAME_NOT_RESOLVED: what the sender's resolver was answered, and why."""

from __future__ import annotations

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.case import Diagnosis, DiagnosisCase
from vnetsim.reach.diagnosis.naming import Naming
from vnetsim.reach.walks.loss import Decider


def diagnose(case: DiagnosisCase) -> Diagnosis:
    target, sender = case.question.target, case.question.sender
    text = f"{sender.short} cannot resolve the name {target.name}: {case.verdict.text}"
    text += "".join(f"; {cause}" for cause in Naming(case.lab, case.namespaces, sender, target.name).unresolved())
    decider = Decider("name", f"{target.name}: {case.verdict.text}")
    return case.conclude(DropReason.NAME_NOT_RESOLVED.code, text, decider, namespace=case.label(sender))
