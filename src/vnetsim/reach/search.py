"""The smallest change that turns a verdict: tried on copies, the fewest commands first.

A change that only moves the trouble on (the packet is lost somewhere else then) is gone on from, up to three steps:
what heals two mistakes at once is found like that.  Every proposal is made on a copy of the lab by typing its
commands, and the question is asked again: nothing is believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import UsageError, VnetsimError
from vnetsim.reach import changes
from vnetsim.reach.changes import Change, Situation
from vnetsim.reach.diagnosis import Diagnosis, diagnose
from vnetsim.reach.endpoints import Question
from vnetsim.reach.places import Places
from vnetsim.reach.probes import ask

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: How many copies are tried before the search is given up.
BUDGET: Final = 150
_STEPS: Final = 3
#: From how many of the changes that moved the trouble the search goes on.
_BEAM: Final = 4
#: Simulated seconds after a change: a server has started, an address is no longer tentative.
_PAUSE_SECONDS: Final = 1.5
_PATIENCE_SECONDS: Final = 90.0


@attrs.define
class _Budget:
    left: int = BUDGET


@attrs.frozen
class _Tried:
    """A change that was made on a copy, and what the question came to there."""

    change: Change
    situation: Situation


def healing(lab: Lab, situation: Situation, budget: int = BUDGET) -> Change | None:
    """The smallest change after which it arrives; None if none was found."""
    return _Search(lab, lambda diagnosis: diagnosis.arrives, changes.healing, budget).find(situation)


def preventing(lab: Lab, situation: Situation, budget: int = BUDGET) -> Change | None:
    """The smallest change after which it does not arrive any more."""
    search = _Search(lab, lambda diagnosis: not diagnosis.arrives, changes.preventing, budget)
    return search.find(situation)


class _Search:
    def __init__(
        self, lab: Lab, is_goal: Callable[[Diagnosis], bool],
        proposals: Callable[[Situation], Iterator[Change]], budget: int,
    ) -> None:  # fmt: skip
        self._lab, self._is_goal, self._proposals = lab, is_goal, proposals
        self._budget = _Budget(budget)
        self._seen: set[tuple[str, ...]] = set()

    def find(self, situation: Situation) -> Change | None:
        """Step by step: all proposals of one step before those of the next."""
        spots = {situation.diagnosis.spot}
        beam = [_Tried(Change((), ""), situation)]
        for _ in range(_STEPS):
            moved: list[_Tried] = []
            for tried in self._trials(beam):
                if self._is_goal(tried.situation.diagnosis):
                    return tried.change
                if tried.situation.diagnosis.spot not in spots:
                    spots.add(tried.situation.diagnosis.spot)
                    moved.append(tried)
            beam = moved[:_BEAM]
        return None

    def _trials(self, beam: Iterable[_Tried]) -> Iterator[_Tried]:
        proposed = [
            tried.change.then(change)
            for tried in beam
            for change in _unique(self._proposals(tried.situation))
            # Another question is an answer of its own, and none that comes after changes.
            if change.question is None or not tried.change.commands
        ]
        for change in sorted(proposed, key=lambda each: each.cost):
            key = (*change.commands, str(change.question))
            if key in self._seen or self._budget.left <= 0:
                continue
            self._seen.add(key)
            self._budget.left -= 1
            tried = self._try(change, beam)
            if tried is not None:
                yield tried

    def _try(self, change: Change, beam: Iterable[_Tried]) -> _Tried | None:
        question = change.question or next(iter(beam)).situation.question
        copy = made_on_a_copy(self._lab, change)
        if copy is None:
            return None
        try:
            found = asked(copy, question)
        except UsageError:
            return None
        return _Tried(change, found)


def asked(lab: Lab, question: Question) -> Situation:
    """Ask, and find out why."""
    verdict = ask(lab, question, settle=True)
    places = Places(lab)
    return Situation(lab, diagnose(lab, verdict, places), places)


def made_on_a_copy(lab: Lab, change: Change) -> Lab | None:
    """A copy of the lab on which the commands were typed; None if one of them is refused."""
    copy = lab.fork()
    try:
        for line in change.commands:
            if line.endswith("&"):
                copy.start("exec " + line[:-1])
                copy.sleep(_PAUSE_SECONDS)
            elif not copy.run(line, timeout_seconds=_PATIENCE_SECONDS):
                return None
        copy.sleep(_PAUSE_SECONDS)
    except VnetsimError:
        return None
    return copy


def _unique(proposals: Iterable[Change]) -> list[Change]:
    return list(dict.fromkeys(proposals))
