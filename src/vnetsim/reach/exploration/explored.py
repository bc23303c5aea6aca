"""What came of an exploration: counter-examples, and what was not found out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from vnetsim.failures import Failure
from vnetsim.reach.exploration.examples import Tried
from vnetsim.reach.exploration.mutations import Mutation
from vnetsim.reach.policies import status
from vnetsim.reach.policies.check import PolicyReport, Violation
from vnetsim.reach.policies.policy import Policy, PolicyRule
from vnetsim.reach.policies.status import Status
from vnetsim.reach.policies.vacuous import UnprovenRule
from vnetsim.values import frozen


@frozen(kw_only=True)
class Found:
    """A counter-example of a rule.  `scenario` are the lines that matter, `mutations` those that break it, in `steps`.

    `example` is the number of the example that led here, -1 if the scenario itself breaks the rule; `cause` is what
    tells it from others: the kinds of mutations, and where the packet ended and by what.
    """

    rule: PolicyRule
    violation: Violation
    scenario: tuple[str, ...]
    mutations: tuple[str, ...]
    steps: int
    example: int
    session: str
    cause: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        return {
            **self.violation.json(), "scenario": list(self.scenario), "moves": list(self.mutations),
            "steps": self.steps, "example": self.example, "cause": list(self.cause), "session": self.session,
        }  # fmt: skip


@frozen
class RuleCount:
    """After how many examples a rule was unknown or vacuous; `unproven` is the first report."""

    unproven: UnprovenRule
    after: int

    def text(self, examples: int) -> str:
        rule, verdict = self.unproven.rule, self.unproven.status.value
        return f"{rule.location}: after {self.after} of {examples} examples {verdict}: {self.unproven.text} (`{rule}`)"

    def json(self, examples: int) -> dict[str, Any]:
        return {**self.unproven.json(), "after": self.after, "of": examples}


@frozen(kw_only=True)
class Exploration:
    """`examples` were played, of `wanted`; `found` are distinct, the smallest first; True if there are any.

    `left_out` are mutations that were possible after the scenario and were not made, since they accept everything;
    `mutations` is how many were made, `refused` those that the machine refused, and in how many examples.
    """

    policy: Policy
    found: tuple[Found, ...]
    wanted: int
    examples: int = 0
    mutations: int = 0
    steps: int = 0
    seed: int = 0
    most: int = 0
    counts: tuple[RuleCount, ...] = ()
    refused: tuple[tuple[Failure, int], ...] = ()
    left_out: tuple[Mutation, ...] = ()
    failures: tuple[Failure, ...] = ()
    #: On what the answer is built (lab.shortfall.assumptions).
    assumptions: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.found)

    @property
    def unknown(self) -> tuple[RuleCount, ...]:
        return tuple(count for count in self.counts if count.unproven.status is Status.UNKNOWN)

    @property
    def exit_status(self) -> int:
        """0: no rule was broken; 1: one was; 2: none was, and of one there is no answer."""
        if self.found:
            return status.BROKEN
        return status.NO_ANSWER if self.unknown else status.HOLD

    def report(self) -> PolicyReport:
        """The same as what came of a check, for CI: a counter-example is a violation whose story is its session."""
        violations = (attrs.evolve(each.violation, story=each.session) for each in self.found)
        unproven = tuple(attrs.evolve(each.unproven, text=each.text(self.examples)) for each in self.counts)
        return PolicyReport(policy=self.policy, violations=tuple(violations), unproven_rules=unproven,
                            allow_vacuous=True, failures=self.failures, assumptions=self.assumptions)  # fmt: skip


def counted(tried: Iterable[Tried], rules: Iterable[PolicyRule]) -> Iterator[RuleCount]:
    """Rule by rule, the unknown before the vacuous; an example counts once."""
    found: dict[tuple[PolicyRule, Status], list[UnprovenRule]] = {}
    for each in tried:
        first = {(unproven.rule, unproven.status): unproven for unproven in reversed(each.unproven_rules)}
        for key, unproven in first.items():
            found.setdefault(key, []).append(unproven)
    for rule in rules:
        for verdict in (Status.UNKNOWN, Status.VACUOUS):
            if marked := found.get((rule, verdict)):
                yield RuleCount(marked[0], len(marked))


def refusals(tried: Iterable[Tried]) -> tuple[tuple[Failure, int], ...]:
    """In the order in which they came first."""
    found: dict[Failure, int] = {}
    for each in tried:
        for refusal in dict.fromkeys(each.refused):
            found[refusal] = found.get(refusal, 0) + 1
    return tuple(found.items())
