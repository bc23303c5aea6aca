"""TTL_EXCEEDED: what used up the packet's TTL: a loop of routes, a rule, or its start."""

from __future__ import annotations

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.diagnosis.reasons.routed import routed_before
from vnetsim.reach.walks.loss import Loss, rule_text
from vnetsim.trace import Filtered, Made, Routed


def explain(case: DiagnosisCase, loss: Loss) -> str:
    journey = case.journey(loss.packet)
    for event in journey:
        for hit in event.hits if isinstance(event, Filtered) and event.table == "mangle" else ():
            if "-j TTL" in str(hit.rule) or "-j HL" in str(hit.rule):
                return f"{event.namespace} changed it: mangle {hit.chain} rule {hit.number}: {rule_text(hit)}"
    passed = routed_before(journey, loss)
    routers = [event.namespace for event in journey if isinstance(event, Routed)]
    circle = [f"{name} by {text}" for name, text in passed if routers.count(name) > 1]
    if circle:
        return f"it goes round: {', '.join(circle)}"
    made = next((event.content for event in journey if isinstance(event, Made)), None)
    began = getattr(made, "ttl", getattr(made, "hop_limit", None))
    return f"it began with {began}" if began is not None else ""
