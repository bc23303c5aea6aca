"""Can it ever happen?  A search for operations that break a policy, and the smallest sessions that show them.

    explored = explore(ScenarioScript.load("shop.session"), load(Path("shop.policy")), steps=5, examples=200)
    for found in explored.found:
        print(found.session)

An example plays the scenario and then up to `steps` mutations (`vnetsim.reach.exploration.mutations`), each chosen at
random among those that are possible then; after each, the policy is held against a copy of the lab.  The search goes on
until all examples are played, or of each rule `most` counter-examples are found that differ in the kinds of mutations
or the packet's end.  The same seed finds the same, whatever does the work: a process, all cores, or a cluster (any
concurrent.futures.Executor; see docs/policy.md for Dask and Ray).

What is found is made smaller: no line can be left out of it without either the rule being broken before the mutations,
or not being broken after them.  A machine that was stopped or removed meanwhile breaks no rule, for that is no hole;
it is counted after how many examples a rule was vacuous for it, or unknown.

Mutations that accept everything, and those that join by a network whom a rule keeps apart, are not made unless `wide`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import chain
from typing import Any, Final

import attrs

from vnetsim.ddmin import EvaluateAll, shrunk
from vnetsim.errors import BudgetExceeded, UsageError
from vnetsim.failures import NoAnswer, listing, summary
from vnetsim.journal import JournalRequest, Ran
from vnetsim.lab import Lab
from vnetsim.reach.exploration.examples import Hit, ScenarioLab, Search, Tried, breaks, left_out, smallest, try_examples
from vnetsim.reach.exploration.explored import Exploration, Found, counted, refusals
from vnetsim.reach.exploration.mutations import KINDS, USUAL, Mutation
from vnetsim.reach.forks.copies import on_copy
from vnetsim.reach.forks.workers import can_fork, cores, in_order, work
from vnetsim.reach.policies.check import PolicyReport, Violation, check
from vnetsim.reach.policies.policy import Policy, PolicyRule
from vnetsim.reach.policies.status import Status
from vnetsim.reach.probing.asking import SETTLE_SECONDS
from vnetsim.scenario.script import ScenarioScript
from vnetsim.values import define, frozen

#: Examples that one piece of work holds: enough to be worth sending somewhere, few enough to tell of progress.
_BATCH: Final = 4
#: Distinct counter-examples of a rule, by default.
MOST: Final = 5

#: Called after each piece of work: examples done, examples in all.
Progress = Callable[[int, int], object]


def explore(
    script: ScenarioScript, policy: Policy, *, steps: int = 5, examples: int = 100, seed: int = 0,
    kinds: Sequence[str] = USUAL, executor: Executor | None = None, jobs: int | None = None,
    progress: Progress | None = None, allow_vacuous: bool = False, wide: bool = False, most: int = MOST,
) -> Exploration:  # fmt: skip
    """Counter-examples, of a rule at most so many, the smallest first, and what was not found out.

    Work goes to `executor`, else to `jobs` processes (all cores if None, this one alone if 1).  A rule that the
    scenario itself breaks is a counter-example without mutations; the others are explored.  UsageError if the policy
    names what the scenario does not have, or a kind of mutation that there is not; NoAnswer if the scenario breaks no
    rule, but one is vacuous (unless `allow_vacuous`) or unknown.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UsageError(f"expected moves of the kinds {', '.join(KINDS)}, found {unknown[0]!r}")
    search = Search(script=script, policy=policy, steps=steps, seed=seed, kinds=tuple(kinds), wide=wide)
    scenario_lab = search.scenario_lab()
    first = on_copy(partial(_checked, policy), scenario_lab.lab)
    broken = first.those(Status.BROKEN)
    _refuse(first, allow_vacuous=allow_vacuous)
    at_first = [_found_of(search.about(rule), Hit(rule, (), ()), -1) for rule in broken]
    rest = attrs.evolve(search, policy=attrs.evolve(policy, rules=tuple(r for r in policy.rules if r not in broken)))
    team = _Team(executor, jobs or cores())
    tried, hits = _search(rest, scenario_lab, team, examples if rest.policy.rules else 0, most, progress)
    return Exploration(
        policy=policy, found=(*at_first, *_smallest(rest, hits, team)), wanted=examples, examples=len(tried),
        mutations=sum(each.mutations for each in tried), steps=steps, seed=seed, most=most, refused=refusals(tried),
        counts=tuple(counted(tried, policy.rules)), left_out=tuple(left_out(scenario_lab.lab, rest)),
        failures=script.failures, assumptions=script.assumptions,
    )  # fmt: skip


def _checked(policy: Policy, lab: Lab) -> PolicyReport:
    return check(lab, policy, in_place=True, explained=False, jobs=1)


def _refuse(first: PolicyReport, *, allow_vacuous: bool) -> None:
    for unproven in () if first.violations else first.unproven_rules:
        if not (allow_vacuous and unproven.status is Status.VACUOUS):
            raise NoAnswer(
                f"no answer: {unproven.rule.location}: {unproven.status.value}: {unproven.text} (`{unproven.rule}`)"
            )


# --- searching ------------------------------------------------------------------------------------------------------


def _search(
    search: Search, scenario_lab: ScenarioLab, team: _Team, examples: int, most: int, progress: Progress | None
) -> tuple[list[Tried], list[tuple[int, Hit]]]:
    """Examples in the order of their numbers, until each rule has so many counter-examples; those, smallest first."""
    tried, found = list[Tried](), _Distinct(search, scenario_lab, team, most)
    batches = [range(first, min(first + _BATCH, examples)) for first in range(0, examples, _BATCH)]
    for batch in team.work(partial(try_examples, search), batches, scenario_lab):
        for each in batch:
            tried.append(each)
            found.take(each)
            if found.is_full:
                return tried, found.ordered()
        if progress is not None:
            progress(len(tried), examples)
    return tried, found.ordered()


@define
class _Distinct:
    """Counter-examples that differ; of those that do not, the smallest one."""

    search: Search
    scenario_lab: ScenarioLab
    team: _Team
    most: int
    hits: dict[tuple[PolicyRule, tuple[str, ...]], tuple[int, Hit]] = attrs.field(factory=dict)
    _known: list[Hit] = attrs.field(factory=list)

    def take(self, tried: Tried) -> None:
        for hit in tried.hits:
            if self._has_most(hit.rule) or any(known.explains(hit) for known in self._known):
                continue
            found = smallest(self.search, self.scenario_lab, hit, self.team.evaluate())
            if found is not None:
                self._known.append(found)
                self._add(tried.number, found)

    def _add(self, example: int, hit: Hit) -> None:
        key = hit.rule, hit.cause
        if key not in self.hits or hit.size < self.hits[key][1].size:
            self.hits[key] = example, hit

    def _has_most(self, rule: PolicyRule) -> bool:
        return sum(each == rule for each, _ in self.hits) >= self.most

    @property
    def is_full(self) -> bool:
        return all(map(self._has_most, self.search.policy.rules))

    def ordered(self) -> list[tuple[int, Hit]]:
        """The smallest first; of equal ones that of the earlier example."""
        return sorted(self.hits.values(), key=lambda each: (each[1].size, each[0]))


@frozen
class _Team:
    """Who does the work: an executor, or so many processes."""

    executor: Executor | None
    jobs: int

    def work(self, call: Callable[..., Any], items: Sequence[Any], *known: Any) -> Iterator[Any]:
        """`call` of each, in their order; `known` is what only processes that are copies of this one need not make."""
        here = self.executor is None and (self.jobs == 1 or len(items) < 2 or can_fork())
        return work((lambda item: call(item, *known)) if here else call, items, jobs=self.jobs, executor=self.executor)

    def evaluate(self) -> EvaluateAll[Any]:
        """Several candidates of one shrinking at the same time."""
        return partial(in_order, jobs=self.jobs) if self.jobs > 1 and can_fork() else map

    def part(self, of: int) -> _Team:
        """What each of so many that work at the same time has for itself."""
        return _Team(None, max(1, self.jobs // max(1, of)) if self.executor is None else 1)


# --- making it smaller ----------------------------------------------------------------------------------------------


def _smallest(search: Search, hits: Sequence[tuple[int, Hit]], team: _Team) -> Iterator[Found]:
    """The counter-examples with nothing in them that could be left out, in their order.

    Most of what matters to one of a rule's matters to the others, too: they begin with what is left of the first.
    """
    firsts = {hit.rule: (example, hit) for example, hit in reversed(hits)}
    done = dict(zip(firsts.values(), _written(search, list(firsts.values()), team, search.script.lines), strict=True))
    starts = {found.rule: found.scenario for found in done.values()}
    for rule, start in starts.items():
        rest = [each for each in hits if each[1].rule == rule and each not in done]
        done.update(zip(rest, _written(search, rest, team, start), strict=True))
    return (done[each] for each in hits)


def _written(search: Search, hits: Sequence[tuple[int, Hit]], team: _Team, start: tuple[str, ...]) -> Iterator[Found]:
    return team.work(partial(written, search, team.part(len(hits)), start), hits)


def written(search: Search, team: _Team, start: tuple[str, ...], found: tuple[int, Hit]) -> Found:
    """Without the lines of the scenario that do not matter; those of `start` are enough, if they are."""
    example, hit = found
    alone = search.about(hit.rule)
    needs = partial(_needs, alone, hit.mutations)
    lines = search.script.lines
    scenario = shrunk(start if start == lines or needs(start) else lines, needs, team.evaluate())
    return _found_of(attrs.evolve(alone, script=attrs.evolve(search.script, lines=scenario)), hit, example)


def _needs(search: Search, mutations: tuple[Mutation, ...], scenario: Sequence[str]) -> bool:
    """Whether the rule holds after these lines, with all endpoints that it names, and takes all of these mutations
    to be broken: what they had to overcome belongs to the scenario.

    Most lists are refused by the first question, each of which is asked of a lab of its own: without a line that is
    needed, nothing is reached.
    """
    (rule,) = search.policy.rules
    questions = (_holds, _is_broken) if rule.allows else (_is_broken, _holds)
    try:
        return all(question(search, mutations, scenario) for question in (*questions, _takes_all))
    except BudgetExceeded:
        return False


def _holds(search: Search, _: tuple[Mutation, ...], scenario: Sequence[str]) -> bool:
    try:
        return not _checked(search.policy, ScenarioLab.before(search.script, scenario, ()).lab).violations
    except UsageError:
        return False


def _is_broken(search: Search, mutations: tuple[Mutation, ...], scenario: Sequence[str]) -> bool:
    return breaks(search, ScenarioLab.before(search.script, scenario, mutations), mutations, in_place=True)


def _takes_all(search: Search, mutations: tuple[Mutation, ...], scenario: Sequence[str]) -> bool:
    if len(mutations) == 1:
        return True
    fewer = [mutations[:index] + mutations[index + 1 :] for index in range(len(mutations))]
    scenario_lab = ScenarioLab.before(search.script, scenario, chain.from_iterable(fewer))
    return not any(breaks(search, scenario_lab, some) for some in fewer)


# --- as a session ---------------------------------------------------------------------------------------------------


def _found_of(search: Search, hit: Hit, example: int) -> Found:
    """`search` is about the one rule, and its stage is the scenario as far as it matters."""
    script = search.script
    scenario_lab = ScenarioLab.before(script, script.lines, hit.mutations)
    lab, requests = scenario_lab.lab, scenario_lab.lab.journal.requests
    began = len(requests)
    for _ in scenario_lab.play(hit.mutations, script, lab):
        pass
    mutated = len(requests)
    violation = check(lab, search.policy, lenient=bool(hit.mutations), jobs=1).violations[0]
    script.play((f"@ +{SETTLE_SECONDS:g}s", *violation.commands), lab)
    parts = {
        "The scenario, as far as it matters": requests[:began],
        "What breaks the rule": requests[began:mutated],
        "What shows it": requests[mutated:],
    }
    typed = tuple(request.line for request in requests[began:mutated] if isinstance(request, Ran))
    return Found(
        rule=hit.rule, violation=violation, scenario=script.lines, mutations=typed, steps=len(hit.mutations),
        example=example, cause=hit.cause, session=_session(script, violation, parts),
    )  # fmt: skip


def _session(script: ScenarioScript, violation: Violation, parts: Mapping[str, Sequence[JournalRequest]]) -> str:
    """A plain session file: what was there, what breaks the rule, and the command that shows it."""
    texts = [f"# {violation}\n"]
    if script.failures:
        texts.append("".join(f"# {line}\n" for line in (summary(script.failures), *listing(script.failures))))
    if script.flags:
        texts.append(f"# The engine runs with {' '.join(script.flags)}.\n")
    for title, requests in parts.items():
        if requests:
            texts += [f"# {title}\n", *(line for request in requests for line in request.session())]
    return "\n".join(texts).replace("\n\n\n", "\n\n").rstrip() + "\n"
