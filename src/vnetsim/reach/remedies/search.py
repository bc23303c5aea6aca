"""Remedies: changes that turn a verdict, tried on copies, and ranked by what else they change.

A change that only moves the trouble on (the packet is lost somewhere else then) is gone on from, up to three steps:
what heals two mistakes at once is found like that.  Every proposal is made on a copy of the lab by typing its
commands, and probed again: nothing is assumed.

Of the changes that turn the verdict, who reaches whom is compared before and after (`vnetsim.reach.remedies.effects`).
Refused are those that take out a rule by which others are kept out as well, and a block that keeps out the one sender
only. The rest are ranked: what works around a mistake behind what mends it, what closes something behind what does not,
then by the number of pairs and ports that change, of containers that end, and of commands.

Not modelled: remedies for what others than the question's own ends complain about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import attrs

from vnetsim.ddmin import shrunk
from vnetsim.reach.endpoints.endpoints import containers
from vnetsim.reach.forks.copies import Copy, copied
from vnetsim.reach.remedies import proposals
from vnetsim.reach.remedies.changes.options import lost
from vnetsim.reach.remedies.changes.situation import Change, Situation, joined
from vnetsim.reach.remedies.effects import Comparison, Effect
from vnetsim.reach.remedies.remedy import Findings, Hint, Refused, Remedy
from vnetsim.reach.remedies.trials import ProbedCopy, ending_of, inspected, proposed, situation_after
from vnetsim.values import define, frozen

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: How many copies are tried before the search is given up; fewer where each takes long to make.
BUDGET: Final = 150
#: So much may be done to make copies: a command counts as one, a container as ten.
_WORK: Final = 3000
_LEAST: Final = 12
_STEPS: Final = 3
#: From how many of the changes that moved the trouble the search goes on.
_BEAM: Final = 4
#: How many changes that turn the verdict are compared, how many are proposed, and how many more are tried after the
#: first of them.
_COMPARED: Final = 4
_PROPOSED: Final = 3
_MORE: Final = 8


@define
class _TrialBudget:
    left: int = BUDGET


@frozen(eq=False)
class TriedChange:
    """A change that was made on a copy, where the question ended there, and whether it arrived."""

    change: Change
    copy: Copy[Situation]
    spot: tuple[str, str, str, str]
    arrives: bool = False
    position: int = 0  #: in the order of trials


class RemedySearch:
    #: A remedy with so many more effects than the best one is no alternative to it.
    more_effects = 8

    #: Whether it shall arrive, and what might turn the verdict.
    arriving = True
    proposals: Callable[[Situation], Iterator[Change]] = staticmethod(proposals.healing)

    def __init__(
        self, lab: BaseLab, start: ProbedCopy, budget: int, copies: ExitStack, progress: Callable[[int, int], object]
    ) -> None:
        self._progress = progress
        self._lab, self._start, self._copies = lab, start, copies
        self._budget = _TrialBudget(min(budget, max(_LEAST, _WORK // _work(lab))))
        self._seen: set[tuple[str, ...]] = set()
        self._more = _MORE
        self._hints: list[Hint] = []
        self._refused: list[Refused] = []
        self._comparison = Comparison(lab, start.question)

    def find(self) -> Findings:
        """Step by step: all proposals of one step before those of the next, which is taken if all were refused."""
        compared: list[tuple[TriedChange, Remedy]] = []
        for goals in self._steps():
            once = {goal.change.commands: goal for goal in reversed(goals)}
            compared = [remedy for goal in reversed(once.values()) if (remedy := self._compared(goal)) is not None]
            if compared:
                break
        remedies = self._ranked(compared)
        return Findings(
            remedies=tuple(remedies[:_PROPOSED]),
            hints=tuple(self._hints),
            tried=len(self._seen),
            refused=tuple(dict.fromkeys(self._refused)),
        )

    def _steps(self) -> Iterator[list[TriedChange]]:
        """The changes of each step that turn the verdict; the next one goes on from those that moved the trouble."""
        spots = {self._start.diagnosis.spot}
        beam = [TriedChange(Change((), ""), self._start.copy, self._start.diagnosis.spot)]
        for _ in range(_STEPS):
            moved: list[TriedChange] = []
            goals: list[TriedChange] = []
            for tried in self._trials(beam, goals):
                if self._turns(tried):
                    goals.append(self._shortened(tried))
                    if _is_enough(goals):
                        break
                elif tried.spot not in spots and len(moved) < _BEAM:
                    spots.add(tried.spot)
                    moved.append(tried)
                else:
                    tried.copy.close()
            yield goals
            beam = moved

    def _turns(self, tried: TriedChange) -> bool:
        return tried.arrives is self.arriving

    def _trials(self, beam: Iterable[TriedChange], goals: list[TriedChange]) -> Iterator[TriedChange]:
        """What works around the mistake is not tried once something mends it."""
        changes = [
            tried.change.then(change)
            for tried in beam
            for change in tried.copy.call(partial(proposed, propose=self.proposals))
            # Another question is an answer of its own, and none that comes after changes.
            if change.question is None or not tried.change.commands
        ]
        for change in sorted(changes, key=lambda each: each.cost):
            key = (*change.commands, str(change.question))
            if key in self._seen or self._budget.left <= 0 or (change.makeshift and goals):
                continue
            self._seen.add(key)
            self._budget.left -= 1
            if any(not goal.change.weakens for goal in goals):
                self._budget.left = min(self._budget.left, self._more)
                self._more -= 1
            self._progress(len(self._seen), len(self._seen) + self._budget.left)
            tried = self._try(change)
            if tried is None:
                continue
            if change.commands:
                yield tried
            elif tried.arrives and change.question is not None:
                self._hints.append(Hint(description=change.text, question=change.question))
                tried.copy.close()

    def _try(self, change: Change) -> TriedChange | None:
        """None if one of the commands is refused."""
        question = change.question or self._start.question
        copy = copied(self._lab, partial(situation_after, change=change, question=question))
        self._copies.callback(copy.close)
        ending = copy.call(ending_of)
        if ending is None:
            copy.close()
            return None
        spot, arrives = ending
        return TriedChange(change, cast("Copy[Situation]", copy), spot, arrives, len(self._seen))

    def _shortened(self, tried: TriedChange) -> TriedChange:
        """Without the changes, and the rules, that make no difference."""
        change = tried.change
        parts = change.parts or tuple(attrs.evolve(change, commands=(line,)) for line in change.commands)
        rules = all(" -I " in line or " insert " in line for line in change.commands)
        if len(parts) < 2 or change.whole or not (change.parts or rules):
            return tried
        known = {parts: tried}

        def still(some: tuple[Change, ...]) -> bool:
            if some not in known and some:
                found = self._try(attrs.evolve(joined(some), text=change.text) if not change.parts else joined(some))
                if found is not None and self._turns(found):
                    known[some] = found
            return some in known

        return known[shrunk(parts, still)]

    # --- what else it changes ----------------------------------------------------------------------------------------

    def _compared(self, tried: TriedChange) -> tuple[TriedChange, Remedy] | None:
        """As a remedy; None, and why not, where it is to be refused."""
        change = tried.change
        effects = self._effects(tried)
        reason = self._objection(change, effects) or self._damage(tried)
        if reason:
            self._refused.append(Refused(description=change.text, reason=reason))
            return None
        return tried, Remedy(
            commands=change.commands,
            description=change.text,
            effects=effects,
            scope=self._comparison.scope,
            question=change.question,
        )

    def _effects(self, tried: TriedChange) -> tuple[Effect, ...]:
        return self._comparison.effects(tried.copy, tried.change.question)

    def _objection(self, change: Change, effects: tuple[Effect, ...]) -> str:
        """Why no expert would sign it; "" if one would."""
        if change.weakens:
            for effect in effects:
                if effect.opens:
                    return f"it also {effect}"
        return ""

    def _damage(self, tried: TriedChange) -> str:
        """That a container that is made again loses some of its options; "" if it loses none."""
        for line in tried.change.commands:
            name = line.removeprefix("docker rm -f ")
            if name != line:
                now = tried.copy.call(partial(inspected, name=name))
                keys = lost(self._lab.docker.container_inspect(name), now)
                if keys:
                    return f"{name} would be made without its {', '.join(keys)}"
        return ""

    def _ranked(self, found: list[tuple[TriedChange, Remedy]]) -> list[Remedy]:
        """The best one, and others that do something else, not just more, and do not change much more."""
        order = [remedy for _, remedy in sorted(found, key=_rank)]
        fewest = len(order[0].effects) if order else 0
        different = {_manner(remedy): remedy for remedy in reversed(order)}
        return [
            each
            for position, each in enumerate(order)
            if each in different.values()
            and len(each.effects) <= fewest + self.more_effects
            and not any(set(better.commands) < set(each.commands) for better in order[:position])
        ]


def _manner(remedy: Remedy) -> tuple[str, ...]:
    """The kind of a remedy: without the addresses in a rule, and the size of an MTU."""
    return tuple(_PARTICULARS.sub(r"\1", line) for line in remedy.commands)


_PARTICULARS: Final = re.compile(r"((?:ip6?tables(?: -t \w+)? -I [\w-]+|nft insert rule|mtu)) .*")


def _rank(found: tuple[TriedChange, Remedy]) -> tuple[bool, int, int, int, int, int]:
    """Of those that change as much, what ends containers is behind, by their number."""
    tried, remedy = found
    ended = sum(map(_ended, remedy.commands))
    return tried.change.makeshift, len(remedy.closes), len(remedy.effects), ended, len(remedy.commands), tried.position


def _ended(line: str) -> int:
    """How many containers end by a command, to be made anew or started again."""
    if line.startswith("docker start "):
        return len(line.split()) - len(("docker", "start"))
    return int(line.startswith("docker rm "))


def _work(lab: BaseLab) -> int:
    """How much is done to make a copy."""
    return len(lab.journal.requests) + 10 * len(containers(lab)) + 5


def _is_enough(goals: list[TriedChange]) -> bool:
    return sum(not goal.change.weakens for goal in goals) >= _COMPARED
