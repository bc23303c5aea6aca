"""Rules that are not broken and do not hold either: without endpoints, without listeners, about what is not modelled.

An unknown name is refused (`vnetsim.reach.policies.selection`); a pattern, a network or a label may well select
nothing in one scenario and an endpoint in another one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.policies.policy import PolicyRule
from vnetsim.reach.policies.selection import Selection
from vnetsim.reach.policies.status import Status
from vnetsim.values import frozen


@frozen
class UnprovenRule:
    """Why the rule is `status`, VACUOUS or UNKNOWN."""

    rule: PolicyRule
    text: str
    status: Status = Status.VACUOUS

    def json(self) -> dict[str, Any]:
        return {"rule": str(self.rule), "file": self.rule.file, "line": self.rule.line, "message": self.text,
                "status": self.status.value}  # fmt: skip


def unproven_rules(
    rule: PolicyRule, selection: Selection, pairs: int, absence: str, listening: Sequence[Probe]
) -> Iterator[UnprovenRule]:
    """`pairs` is how many senders and destinations it has, `absence` why nothing was sent for them ("" if it was),
    `listening` every port at which one of the destinations does.
    """
    # An exception without endpoints makes the rule stricter, not vacuous.
    members = (*rule.sources, *rule.destinations)
    empty = [member for member in members if member.kind != "address" and not any(selection.meant(rule, member))]
    yield from (UnprovenRule(rule, f"`{member}` is nobody in this scenario") for member in dict.fromkeys(empty))
    if not empty and not pairs:
        yield UnprovenRule(rule, "there is no sender and destination left that it is about")
    elif absence and not rule.allows:
        yield UnprovenRule(rule, f"nothing was sent for it: {absence}")
    elif pairs and not rule.allows and _is_deaf(rule, listening):
        which = "this port" if len(rule.ports) == 1 else "any of these ports"
        yield UnprovenRule(rule, f"nobody listens at {which} of the destination")


def _is_deaf(rule: PolicyRule, listening: Sequence[Probe]) -> bool:
    if not rule.ports or any(member.kind == "address" for member in rule.destinations):
        return False
    return not any(port.covers(probe.protocol, probe.port) for port in rule.ports for probe in listening)
