"""IP_INADDRERRORS: a host that does not forward got a packet that was not for it, or its own back."""

from __future__ import annotations

from typing import Final

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.diagnosis.neighbourhood import misled
from vnetsim.reach.diagnosis.reasons.routed import routed_before
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import content
from vnetsim.trace import Event, Made, Routed


def explain(case: DiagnosisCase, loss: Loss) -> str:
    """A host that does not forward: the packet was its own and came back, or was not meant for it."""
    journey = case.journey(loss.packet)
    if not any(isinstance(event, Made) and event.namespace == loss.event.namespace for event in journey):
        return misled(case.namespaces, journey, loss) or _sent_by_rule(case, journey, loss)
    passed = routed_before(journey, loss)
    if not passed or passed[-1][0] == loss.event.namespace:
        return ""
    return f"it came back: {passed[-1][0]} sent it by its route {passed[-1][1]}"


#: Priorities of the kernel's own routing rules.
_KERNELS: Final = (0, 32766, 32767)


def _sent_by_rule(case: DiagnosisCase, journey: list[Event], loss: Loss) -> str:
    """That a routing rule which is not the kernel's sent it there."""
    before = journey[: journey.index(loss.event)]
    sent = next((event for event in reversed(before) if isinstance(event, Routed)), None)
    netns = None if sent is None else case.namespaces.find(sent.namespace)
    packet = content(journey)
    if sent is None or netns is None or packet is None:
        return ""
    for rule in netns.network.routing_rules(packet.source.version):
        is_about = (rule.source is None or packet.source in rule.source) and (
            rule.destination is None or packet.destination in rule.destination
        )
        is_plain = not rule.negated and rule.in_device is None and rule.out_device is None and rule.mark is None
        if rule.priority not in _KERNELS and rule.action == "lookup" and is_about and is_plain:
            return f"{netns.label} sent it there by its routing rule {rule.priority} ({sent.text})"
    return ""
