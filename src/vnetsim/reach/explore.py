"""Can it ever happen?  A search for operations that break a policy, and the smallest session that shows them.

    found = explore(Stage.load("shop.session"), load(Path("shop.policy")), steps=5, examples=200)
    if found is not None:
        print(found.session)

An example plays the scenario and then up to `steps` moves (`vnetsim.reach.moves`), each chosen at random among those
that are possible then; after each, the policy is held against the lab.  The same seed finds the same, whatever does the
work: a process, all cores, or a cluster (any concurrent.futures.Executor; see docs/policy.md for Dask and Ray).

What is found is played again without anything in between, and made smaller: no line can be left out of it without
either the rule being broken before the moves, or not being broken after them.  A machine that was stopped or removed
on the way breaks no rule, for that is no hole.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.failures import NoAnswer, listing, summary
from vnetsim.lab import Lab
from vnetsim.reach.asking import SETTLE_SECONDS
from vnetsim.reach.check import Violation, check
from vnetsim.reach.moves import KINDS, possible
from vnetsim.reach.policy import Policy, Rule
from vnetsim.reach.shrink import shrunk
from vnetsim.reach.stage import Stage
from vnetsim.reach.status import Status

#: Moves that are tried unless it is said which: what operators do on a day like any other.
USUAL: Final = ("connect", "disconnect", "run", "restart", "stop", "start", "move", "firewall", "link", "engine")
#: Examples that one piece of work holds: enough to be worth sending somewhere, few enough to tell of progress.
_BATCH: Final = 4

#: Told after each piece of work: examples done, examples in all.
Progress = Callable[[int, int], object]


@attrs.frozen(kw_only=True)
class Search:
    """What one piece of work needs to know; it can be pickled."""

    stage: Stage
    policy: Policy
    steps: int
    seed: int
    kinds: tuple[str, ...] = USUAL


@attrs.frozen(kw_only=True)
class Found:
    """A way to break a rule.  `scenario` are the lines that matter before, `moves` those that break it.

    `example` is the number of the example that led here, -1 if the scenario itself breaks the rule.
    """

    rule: Rule
    violation: Violation
    scenario: tuple[str, ...]
    moves: tuple[str, ...]
    example: int
    session: str


def explore(
    stage: Stage, policy: Policy, *, steps: int = 5, examples: int = 100, seed: int = 0, kinds: Sequence[str] = USUAL,
    executor: Executor | None = None, jobs: int | None = None, progress: Progress | None = None,
    allow_vacuous: bool = False,
) -> Found | None:  # fmt: skip
    """The smallest way found, or None if no example broke the policy.

    Work goes to `executor`, else to `jobs` processes (all cores if None, this one alone if 1).  UsageError if the
    policy names what the scenario does not have, or a kind of move that there is not; NoAnswer if the scenario breaks
    no rule, but one is vacuous (unless `allow_vacuous`) or unknown.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UsageError(f"expected moves of the kinds {', '.join(KINDS)}, found {unknown[0]!r}")
    search = Search(stage=stage, policy=policy, steps=steps, seed=seed, kinds=tuple(kinds))
    first = check(stage.play(stage.lines), policy, in_place=True, explained=False, jobs=1)
    if first.violations:
        return _told(search, first.violations[0].rule, stage.lines, (), -1)
    for remark in first.remarks:
        if not (allow_vacuous and remark.status is Status.VACUOUS):
            raise NoAnswer(f"no answer: {remark.rule.place}: {remark.status.value}: {remark.words} (`{remark.rule}`)")
    hit = _search(search, examples, executor, jobs, progress)
    return None if hit is None else smallest(search, *hit)


def _search(
    search: Search, examples: int, executor: Executor | None, jobs: int | None, progress: Progress | None
) -> tuple[int, tuple[str, ...]] | None:
    """The first example by number that breaks the policy, and its moves."""
    count = jobs or os.cpu_count() or 1
    batches = [range(first, min(first + _BATCH, examples)) for first in range(0, examples, _BATCH)]
    if executor is not None:
        return _first(_submitted(executor, search, batches), examples, progress)
    if count == 1 or len(batches) < 2:
        return _first((try_examples(search, batch) for batch in batches), examples, progress)
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 -- a browser's Python has no processes

    with ProcessPoolExecutor(min(count, len(batches))) as pool:
        return _first(_submitted(pool, search, batches), examples, progress)


def _submitted(
    executor: Executor, search: Search, batches: Sequence[range]
) -> Iterator[tuple[int, tuple[str, ...]] | None]:
    """Results in the order of the examples; what is not needed any more is called off."""
    futures: list[Future[tuple[int, tuple[str, ...]] | None]] = [
        executor.submit(try_examples, search, batch) for batch in batches
    ]
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


def _first(
    results: Iterator[tuple[int, tuple[str, ...]] | None], examples: int, progress: Progress | None
) -> tuple[int, tuple[str, ...]] | None:
    for number, result in enumerate(results, start=1):
        if progress is not None:
            progress(min(number * _BATCH, examples), examples)
        if result is not None:
            if hasattr(results, "close"):
                results.close()
            return result
    return None


def try_examples(search: Search, numbers: range) -> tuple[int, tuple[str, ...]] | None:
    """One piece of work: the first of these examples that breaks the policy, and the lines of its moves."""
    for number in numbers:
        lines = _example(search, number)
        if lines and _rule_broken_by(search, search.stage.lines, lines) is not None:
            return number, lines
    return None


def _example(search: Search, number: int) -> tuple[str, ...]:
    """The lines typed until the policy was broken; () if it never was."""
    chance = random.Random(f"{search.seed}/{number}")
    lab = search.stage.play(search.stage.lines)
    typed: list[str] = []
    for _ in range(search.steps):
        moves = possible(lab, search.kinds)
        if not moves:
            return ()
        kind = chance.choice(list(dict.fromkeys(move.kind for move in moves)))
        lines = chance.choice([move for move in moves if move.kind == kind]).lines
        typed += lines
        search.stage.play(lines, lab)
        if check(lab, search.policy, lenient=True, in_place=True, explained=False, jobs=1).violations:
            return tuple(typed)
    return ()


def _rule_broken_by(search: Search, scenario: Sequence[str], moves: Sequence[str]) -> Rule | None:
    """Which rule is broken if all of it is typed without anything in between."""
    lab = search.stage.play([*scenario, *moves])
    violations = check(lab, search.policy, lenient=True, in_place=True, explained=False, jobs=1).violations
    return violations[0].rule if violations else None


# --- making it smaller ----------------------------------------------------------------------------------------------


def smallest(search: Search, example: int, moves: tuple[str, ...]) -> Found:
    """The same with nothing in it that could be left out."""
    stage = search.stage
    rule = _rule_broken_by(search, stage.lines, moves)
    assert rule is not None
    alone = attrs.evolve(search, policy=attrs.evolve(search.policy, rules=(rule,)))
    moves = shrunk(moves, lambda some: _breaks(alone, stage.lines, some))
    scenario = shrunk(stage.lines, lambda some: _needs(alone, some, moves))
    return _told(alone, rule, scenario, moves, example)


def _needs(search: Search, scenario: Sequence[str], moves: tuple[str, ...]) -> bool:
    """Whether it takes all of these moves there: what they had to overcome belongs to the scenario."""
    fewer = (moves[:place] + moves[place + 1 :] for place in range(len(moves)))
    return _breaks(search, scenario, moves) and not any(_breaks(search, scenario, some) for some in fewer)


def _breaks(search: Search, scenario: Sequence[str], moves: Sequence[str]) -> bool:
    """Whether the rule holds after these lines, everybody whom it names being there, and is broken after the moves."""
    lab = search.stage.play(scenario)
    try:
        if check(lab.fork(), search.policy, in_place=True, explained=False, jobs=1).violations:
            return False
    except UsageError:
        return False
    search.stage.play(moves, lab)
    return bool(check(lab, search.policy, lenient=True, in_place=True, explained=False, jobs=1).violations)


def _told(search: Search, rule: Rule, scenario: Sequence[str], moves: Sequence[str], example: int) -> Found:
    lab = search.stage.play([*scenario, *moves])
    policy = attrs.evolve(search.policy, rules=(rule,))
    violation = check(lab, policy, lenient=bool(moves)).violations[0]
    return Found(
        rule=rule, violation=violation, scenario=tuple(scenario), moves=tuple(moves), example=example,
        session=_session(search.stage, violation, scenario, moves),
    )  # fmt: skip


def _session(stage: Stage, violation: Violation, scenario: Sequence[str], moves: Sequence[str]) -> str:
    """A plain session file: what was there, what breaks the rule, and the command that shows it."""
    lab = Lab(stage.seed, docker=stage.docker, docker_flags=stage.flags, budget=stage.budget)
    parts = [f"# {violation}\n"]
    if stage.failures:
        parts.append("".join(f"# {line}\n" for line in (summary(stage.failures), *listing(stage.failures))))
    if stage.flags:
        parts.append(f"# The engine runs with {' '.join(stage.flags)}.\n")
    for title, lines in (
        ("The scenario, as far as it matters", scenario),
        ("What breaks the rule", moves),
        ("What shows it", (f"@ +{SETTLE_SECONDS:g}s", *violation.commands)),
    ):
        before = len(lab.journal.requests)
        stage.play(lines, lab)
        told = [line for request in lab.journal.requests[before:] for line in request.session()]
        parts += [f"# {title}\n", *(f"{line}" for line in told)] if lines else []
    return "\n".join(parts).replace("\n\n\n", "\n\n").rstrip() + "\n"
