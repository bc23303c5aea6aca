"""One example of an exploration: a scenario and some moves at random; what they broke, and the fewest that do.

    ground = Ground.of(search)
    for tried in try_examples(search, range(4), ground): ...

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

from vnetsim.ddmin import Asked, shrunk
from vnetsim.engine import FrameStorm
from vnetsim.errors import BudgetExceeded, UsageError
from vnetsim.reach.exploration.apart import Apart
from vnetsim.reach.exploration.cabling import Cabling
from vnetsim.reach.exploration.mutations import REBOOT, USUAL, Move, possible
from vnetsim.reach.forks.copies import aside
from vnetsim.reach.policies.check import Violation, check
from vnetsim.reach.policies.policy import Policy, Rule
from vnetsim.reach.policies.status import Status
from vnetsim.reach.policies.vacuous import Remark
from vnetsim.reach.remedies import search as remedies
from vnetsim.reach.why.why import let_through
from vnetsim.scenario.script import Stage

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: Names that are chosen at random, and addresses that depend on who came first.
_CHANGING: Final = re.compile(r"\b(br-[0-9a-f]{12}|veth[0-9a-f]{7}|[0-9a-f]{12,})\b|\b\d+(\.\d+){3}(/\d+)?")


@attrs.frozen(kw_only=True)
class Search:
    """What one piece of work needs to know; it can be pickled.  `wide`: moves that accept everything are made, too."""

    stage: Stage
    policy: Policy
    steps: int
    seed: int
    kinds: tuple[str, ...] = USUAL
    wide: bool = False

    def about(self, rule: Rule) -> Search:
        return attrs.evolve(self, policy=attrs.evolve(self.policy, rules=(rule,)))


@attrs.frozen
class Refusal:
    """A command of a move that the machine refused."""

    command: str
    status: int
    message: str


@attrs.frozen
class Hit:
    """Moves that break the rule, and by what: the same cause is the same counter-example."""

    rule: Rule
    moves: tuple[Move, ...]
    cause: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return len(self.moves)

    def explains(self, other: Hit) -> bool:
        """Whether the other one has these moves in this order, and perhaps others in between."""
        rest = iter(other.moves)
        return self.rule == other.rule and all(move in rest for move in self.moves)


@attrs.frozen(kw_only=True)
class Tried:
    """What came of an example; `remarks` are of rules that were unknown or vacuous after some move."""

    number: int
    moves: int
    hits: tuple[Hit, ...]
    remarks: tuple[Remark, ...]
    refused: tuple[Refusal, ...]


@attrs.frozen
class Ground:
    """The lab after a scenario, and what of it a reboot leaves."""

    lab: Lab
    cabling: tuple[str, ...]

    @classmethod
    def of(cls, stage: Stage, lines: Iterable[str]) -> Ground:
        lab, cabling = stage.play(()), Cabling()
        for line in lines:
            with cabling.listening(lab, line):
                stage.play((line,), lab)
        return cls(lab, aside(cabling.lines, lab))

    def play(self, moves: Sequence[Move], stage: Stage, lab: Lab) -> Iterator[Refusal]:
        """Type the moves in a copy of the lab; after a reboot the cables are there again."""
        for move in moves:
            for line in (*move.lines, *(self.cabling if REBOOT in move.lines else ())):
                before = len(lab.journal.requests)
                stage.play((line,), lab)
                yield from _refusals(lab, before)


def _refusals(lab: Lab, before: int) -> Iterator[Refusal]:
    for request in lab.journal.requests[before:]:
        if getattr(request, "status", 0):
            yield Refusal(request.line, request.status, request.output.strip().partition("\n")[0])  # type: ignore[attr-defined]


def try_examples(search: Search, numbers: Iterable[int], ground: Ground | None = None) -> list[Tried]:
    """One piece of work."""
    ground = ground or Ground.of(search.stage, search.stage.lines)
    return [_Example(search, ground, number).tried() for number in numbers]


class _Example:
    def __init__(self, search: Search, ground: Ground, number: int) -> None:
        self._search, self._ground, self._number = search, ground, number

    def tried(self) -> Tried:
        return aside(self._played, self._ground.lab)

    def _played(self, lab: Lab) -> Tried:
        """Moves at random, until each rule was broken or the steps are over; hits as they were found."""
        search, chance = self._search, random.Random(f"{self._search.seed}/{self._number}")
        typed: list[Move] = []
        hits, refused, remarks = list[Hit](), list[Refusal](), dict[Remark, None]()
        rules = search.policy.rules
        while rules and len(typed) < search.steps and (move := self._next(lab, chance, first=not typed)):
            typed.append(move)
            try:
                refused += self._ground.play([move], search.stage, lab)
                broken, told = aside(partial(held, attrs.evolve(search.policy, rules=rules)), lab)
            except BudgetExceeded as error:
                remarks.update((Remark(rule, str(error), Status.UNKNOWN), None) for rule in rules)
                break
            remarks.update(dict.fromkeys(told))
            hits += (Hit(rule, tuple(part for each in typed for part in each.split())) for rule in broken)
            rules = tuple(rule for rule in rules if rule not in broken)
        return Tried(number=self._number, moves=len(typed), hits=tuple(hits), remarks=tuple(remarks),
                     refused=tuple(refused))  # fmt: skip

    def _next(self, lab: Lab, chance: random.Random, *, first: bool) -> Move | None:
        """Examples begin with one move after the other, so that each is made; then any kind is as likely."""
        kinds = by_kind(allowed(lab, self._search))
        if not kinds:
            return None
        if not first:
            return chance.choice(chance.choice(kinds))
        order = random.Random(f"{self._search.seed}")
        for moves in kinds:
            order.shuffle(moves)
        every = [move for row in zip_longest(*kinds) for move in row if move is not None]
        return every[self._number % len(every)]


def by_kind(moves: Iterable[Move]) -> list[list[Move]]:
    found: dict[str, list[Move]] = {}
    for move in moves:
        found.setdefault(move.kind, []).append(move)
    return list(found.values())


def allowed(lab: Lab, search: Search) -> list[Move]:
    """The moves that this search makes next."""
    return [move for move in _possible(lab, search) if search.wide or not Apart(lab, search.policy).is_wide(move)]


def left_out(lab: Lab, search: Search) -> list[Move]:
    """Those that it does not make, of the kinds that it makes."""
    apart = Apart(lab, search.policy)
    return [] if search.wide else [move for move in _possible(lab, search) if apart.is_wide(move)]


def _possible(lab: Lab, search: Search) -> list[Move]:
    try:
        return possible(lab, search.kinds)
    except UsageError:  # the engine did not start: what containers there are, nobody knows
        return []


def held(policy: Policy, lab: Lab) -> tuple[tuple[Rule, ...], tuple[Remark, ...]]:
    """Which rules are broken, and what is to be remarked of others; the lab is changed as programs do."""
    try:
        report = check(lab, policy, lenient=True, in_place=True, explained=False, jobs=1, absent=True)
    except (FrameStorm, UsageError) as error:
        return (), tuple(Remark(rule, str(error), Status.UNKNOWN) for rule in policy.rules)
    broken = report.those(Status.BROKEN)
    return broken, tuple(remark for remark in report.remarks if remark.rule not in broken)


def breaks(search: Search, ground: Ground, moves: Sequence[Move]) -> bool:
    """Whether a rule is broken if all of it is typed without anything in between."""

    def asked(lab: Lab) -> bool:
        for _ in ground.play(moves, search.stage, lab):
            pass
        return bool(held(search.policy, lab)[0])

    return aside(asked, ground.lab)


def smallest(search: Search, ground: Ground, hit: Hit, asked: Asked[Move] = map) -> Hit | None:
    """The fewest of its moves that break the rule, and the cause; None if they only did with questions in between."""
    alone = search.about(hit.rule)
    still = partial(breaks, alone, ground)
    if len(hit.moves) > 1 and still(hit.moves[-1:]):
        moves = hit.moves[-1:]
    elif still(hit.moves):
        moves = shrunk(hit.moves, still, asked)
    else:
        return None
    return attrs.evolve(hit, moves=moves, cause=aside(partial(_cause, alone, ground, moves), ground.lab))


def _cause(search: Search, ground: Ground, moves: Sequence[Move], lab: Lab) -> tuple[str, ...]:
    """Kinds of moves, and where the packet ended and by what: what tells this counter-example from another one."""
    for _ in ground.play(moves, search.stage, lab):
        pass
    kinds = sorted({move.kind for move in moves})
    violation = aside(partial(_violation, search.policy), lab)
    if violation.path is None:
        return (*kinds, violation.sentence)
    diagnosis = remedies.situation_of(lab, violation.path.question).diagnosis
    words = (*diagnosis.spot, *map(str, let_through(diagnosis)))
    return (*kinds, *(_CHANGING.sub("…", each) for each in words))


def _violation(policy: Policy, lab: Lab) -> Violation:
    return check(lab, policy, lenient=True, in_place=True, explained=False, jobs=1).violations[0]
