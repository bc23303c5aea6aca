"""Proposals about filters of tc: one that drops the packet is removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.dropreason import DropReason
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.trace import Dropped

#: What a drop says of its filter: `matchall pref 49152 handle 0x1: drop`, after the discipline that has it.
_FILTER: Final = re.compile(r"(?:\w+, )?(\w+ pref (\d+)) ")
_REASONS: Final = (DropReason.TC_INGRESS, DropReason.TC_EGRESS)


def tc(situation: Situation) -> Iterator[Change]:
    for event in situation.diagnosis.verdict.events:
        found = _FILTER.match(event.detail) if isinstance(event, Dropped) and event.reason in _REASONS else None
        netns = None if found is None else situation.namespaces.find(event.namespace)
        if found is None or netns is None or not isinstance(event, Dropped):
            continue
        kinds = {qdisc.kind for qdisc in netns.network.qdiscs() if qdisc.device == event.device}
        where = _where(event, "clsact" in kinds)
        command = netns.command(f"tc filter del dev {event.device} {where}pref {found[2]}")
        yield Change((command,), f"no filter {found[1]} on {event.device} of {netns.label}")


def _where(event: Dropped, clsact: bool) -> str:
    """What precedes the preference: nothing for a filter of the root discipline."""
    if event.reason is DropReason.TC_INGRESS:
        return "ingress " if clsact else "parent ffff: "
    return "" if ", " in event.detail.partition(" pref ")[0] else "egress "
