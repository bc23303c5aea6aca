"""One example of an exploration: a scenario and some mutations at random; what they broke, and the fewest that do.

    scenario_lab = ScenarioLab.of(search)
    for tried in try_examples(search, range(4), scenario_lab): ...

What becomes of an example depends on the search and the example's number only, whoever plays it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.ddmin import EvaluateAll, shrunk
from vnetsim.engine import FrameStorm
from vnetsim.errors import BudgetExceeded, UsageError
from vnetsim.failures import Failure
from vnetsim.journal import Ran
from vnetsim.reach.exploration.apart import Apart
from vnetsim.reach.exploration.cabling import Cabling
from vnetsim.reach.exploration.mutations import USUAL, Mutation, possible
from vnetsim.reach.forks.copies import on_copy
from vnetsim.reach.policies.check import Violation, check
from vnetsim.reach.policies.policy import Policy, PolicyRule
from vnetsim.reach.policies.status import Status
from vnetsim.reach.policies.vacuous import UnprovenRule
from vnetsim.reach.remedies.trials import situation_of
from vnetsim.reach.why.why import let_through
from vnetsim.scenario.script import ScenarioScript
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: Names that are chosen at random, and addresses that depend on who came first.
_CHANGING: Final = re.compile(r"\b(br-[0-9a-f]{12}|veth[0-9a-f]{7}|[0-9a-f]{12,})\b|\b\d+(\.\d+){3}(/\d+)?")


@frozen(kw_only=True)
class Search:
    """What one piece of work needs to know; it can be pickled.  `wide`: mutations that accept everything are made,
    too."""

    script: ScenarioScript
    policy: Policy
    steps: int
    seed: int
    kinds: tuple[str, ...] = USUAL
    wide: bool = False

    def about(self, rule: PolicyRule) -> Search:
        return attrs.evolve(self, policy=attrs.evolve(self.policy, rules=(rule,)))

    def scenario_lab(self) -> ScenarioLab:
        return ScenarioLab.of(self.script, self.script.lines, reboots="reboot" in self.kinds)


@frozen
class Hit:
    """Mutations that break the rule, and by what: the same cause is the same counter-example."""

    rule: PolicyRule
    mutations: tuple[Mutation, ...]
    cause: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.mutations)

    def explains(self, other: Hit) -> bool:
        """Whether the other one has these mutations in this order, and perhaps others in between."""
        rest = iter(other.mutations)
        return self.rule == other.rule and all(mutation in rest for mutation in self.mutations)


@frozen(kw_only=True)
class Tried:
    """What came of an example; `unproven_rules` are of rules that were unknown or vacuous after some mutation."""

    number: int
    mutations: int
    hits: tuple[Hit, ...]
    unproven_rules: tuple[UnprovenRule, ...]
    refused: tuple[Failure, ...]


@frozen
class ScenarioLab:
    """The lab after a scenario, and what of it a reboot leaves; None if there will be none."""

    lab: Lab
    cabling: tuple[str, ...] | None

    @classmethod
    def of(cls, script: ScenarioScript, lines: Iterable[str], *, reboots: bool = True) -> ScenarioLab:
        lab, cabling = script.play(()), Cabling()
        for line in lines:
            with cabling.listening(lab, line):
                script.play((line,), lab)
        return cls(lab, on_copy(cabling.lines, lab) if reboots else None)

    @classmethod
    def before(cls, script: ScenarioScript, lines: Iterable[str], mutations: Iterable[Mutation]) -> ScenarioLab:
        """One in which no others than these mutations will be typed."""
        return cls.of(script, lines, reboots=any(mutation.reboots for mutation in mutations))

    def play(self, mutations: Sequence[Mutation], script: ScenarioScript, lab: Lab) -> Iterator[Failure]:
        """Type the mutations in a copy of the lab; after a reboot the cables are there again."""
        for mutation in mutations:
            for line in (*mutation.lines, *self._after(mutation)):
                before = len(lab.journal.requests)
                script.play((line,), lab)
                yield from _refusals(lab, before)

    def _after(self, mutation: Mutation) -> tuple[str, ...]:
        if not mutation.reboots:
            return ()
        assert self.cabling is not None
        return self.cabling


def _refusals(lab: Lab, before: int) -> Iterator[Failure]:
    for request in lab.journal.requests[before:]:
        if isinstance(request, Ran) and request.status:
            message = request.output.strip().partition("\n")[0]
            yield Failure(command=request.line, status=request.status, message=message)


def try_examples(search: Search, numbers: Iterable[int], scenario_lab: ScenarioLab | None = None) -> list[Tried]:
    """One piece of work."""
    scenario_lab = scenario_lab or search.scenario_lab()
    return [_Example(search, scenario_lab, number).tried() for number in numbers]


class _Example:
    def __init__(self, search: Search, scenario_lab: ScenarioLab, number: int) -> None:
        self._search, self._scenario_lab, self._number = search, scenario_lab, number

    def tried(self) -> Tried:
        return on_copy(self._played, self._scenario_lab.lab)

    def _played(self, lab: Lab) -> Tried:
        """Mutations at random, until each rule was broken or the steps are over; hits as they were found."""
        search, chance = self._search, random.Random(f"{self._search.seed}/{self._number}")
        typed: list[Mutation] = []
        hits, refused, unproven_rules = list[Hit](), list[Failure](), dict[UnprovenRule, None]()
        rules = search.policy.rules
        while rules and len(typed) < search.steps and (mutation := self._next(lab, chance, first=not typed)):
            typed.append(mutation)
            try:
                refused += self._scenario_lab.play([mutation], search.script, lab)
                ask = partial(held, attrs.evolve(search.policy, rules=rules))
                # After the last step the lab is not used any more.
                broken, unproven = on_copy(ask, lab) if len(typed) < search.steps else ask(lab)
            except BudgetExceeded as error:
                unproven_rules.update((UnprovenRule(rule, str(error), Status.UNKNOWN), None) for rule in rules)
                break
            unproven_rules.update(dict.fromkeys(unproven))
            hits += (Hit(rule, tuple(part for each in typed for part in each.split())) for rule in broken)
            rules = tuple(rule for rule in rules if rule not in broken)
        return Tried(number=self._number, mutations=len(typed), hits=tuple(hits), unproven_rules=tuple(unproven_rules),
                     refused=tuple(refused))  # fmt: skip

    def _next(self, lab: Lab, chance: random.Random, *, first: bool) -> Mutation | None:
        """Examples begin with one mutation after the other, so that each is made; then any kind is as likely."""
        kinds = by_kind(allowed(lab, self._search))
        if not kinds:
            return None
        if not first:
            return chance.choice(chance.choice(kinds))
        order = random.Random(f"{self._search.seed}")
        for mutations in kinds:
            order.shuffle(mutations)
        every = [mutation for row in zip_longest(*kinds) for mutation in row if mutation is not None]
        return every[self._number % len(every)]


def by_kind(mutations: Iterable[Mutation]) -> list[list[Mutation]]:
    found: dict[str, list[Mutation]] = {}
    for mutation in mutations:
        found.setdefault(mutation.kind, []).append(mutation)
    return list(found.values())


def allowed(lab: Lab, search: Search) -> list[Mutation]:
    """The mutations that this search makes next."""
    return [
        mutation
        for mutation in _possible(lab, search)
        if search.wide or not Apart(lab, search.policy).is_wide(mutation)
    ]


def left_out(lab: Lab, search: Search) -> list[Mutation]:
    """Those that it does not make, of the kinds that it makes."""
    apart = Apart(lab, search.policy)
    return [] if search.wide else [mutation for mutation in _possible(lab, search) if apart.is_wide(mutation)]


def _possible(lab: Lab, search: Search) -> list[Mutation]:
    try:
        return possible(lab, search.kinds)
    except UsageError:  # the engine did not start: its containers are unknown
        return []


def held(policy: Policy, lab: Lab) -> tuple[tuple[PolicyRule, ...], tuple[UnprovenRule, ...]]:
    """Which rules are broken, and what is to be remarked of others; the lab is changed as programs do."""
    try:
        report = check(lab, policy, lenient=True, in_place=True, explained=False, jobs=1, absent=True)
    except (FrameStorm, UsageError) as error:
        return (), tuple(UnprovenRule(rule, str(error), Status.UNKNOWN) for rule in policy.rules)
    broken = report.those(Status.BROKEN)
    return broken, tuple(unproven for unproven in report.unproven_rules if unproven.rule not in broken)


def breaks(search: Search, scenario_lab: ScenarioLab, mutations: Sequence[Mutation], *, in_place: bool = False) -> bool:
    """Whether a rule is broken if all of it is typed without anything in between; on a copy unless `in_place`."""

    def evaluate(lab: Lab) -> bool:
        for _ in scenario_lab.play(mutations, search.script, lab):
            pass
        return bool(held(search.policy, lab)[0])

    return evaluate(scenario_lab.lab) if in_place else on_copy(evaluate, scenario_lab.lab)


def smallest(search: Search, scenario_lab: ScenarioLab, hit: Hit, evaluate: EvaluateAll[Mutation] = map) -> Hit | None:
    """The fewest of its mutations that break the rule, and the cause; None if questions in between broke it."""
    alone = search.about(hit.rule)
    still = partial(breaks, alone, scenario_lab)
    if len(hit.mutations) > 1 and still(hit.mutations[-1:]):
        mutations = hit.mutations[-1:]
    elif still(hit.mutations):
        mutations = shrunk(hit.mutations, still, evaluate)
    else:
        return None
    return attrs.evolve(
        hit, mutations=mutations, cause=on_copy(partial(_cause, alone, scenario_lab, mutations), scenario_lab.lab)
    )


def _cause(search: Search, scenario_lab: ScenarioLab, mutations: Sequence[Mutation], lab: Lab) -> tuple[str, ...]:
    """Kinds of mutations, and where the packet ended and by what: what tells this counter-example from another one."""
    for _ in scenario_lab.play(mutations, search.script, lab):
        pass
    kinds = sorted({mutation.kind for mutation in mutations})
    violation = on_copy(partial(_violation, search.policy), lab)
    if violation.path is None:
        return (*kinds, violation.sentence)
    diagnosis = situation_of(lab, violation.path.question).diagnosis
    args = (*diagnosis.spot, *map(str, let_through(diagnosis)))
    return (*kinds, *(_CHANGING.sub("…", each) for each in args))


def _violation(policy: Policy, lab: Lab) -> Violation:
    return check(lab, policy, lenient=True, in_place=True, explained=False, jobs=1).violations[0]
