"""Where a packet was routed before it ended."""

from __future__ import annotations

from vnetsim.reach.walks.loss import Loss
from vnetsim.trace import Event, Routed


def routed_before(journey: list[Event], loss: Loss) -> list[tuple[str, str]]:
    """Where the packet was sent on before it ended, and by which route: namespace and text, without repetitions."""
    before = journey[: journey.index(loss.event)]
    return list(dict.fromkeys((event.namespace, event.text) for event in before if isinstance(event, Routed)))
