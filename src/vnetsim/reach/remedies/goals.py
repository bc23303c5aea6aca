"""The two goals of a search for remedies: that a question arrives, or that it does not any more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeAlias

from vnetsim.reach.remedies import proposals
from vnetsim.reach.remedies.effects import Effect
from vnetsim.reach.remedies.remedy import Findings, Refused
from vnetsim.reach.remedies.search import BUDGET, RemedySearch, TriedChange
from vnetsim.reach.remedies.trials import ProbedCopy, SenderPeers, peers_of_sender, still_arrives

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


#: Is given how many changes were tried, and how many will be at most.
Progress: TypeAlias = Callable[[int, int], object]


def healing(lab: BaseLab, start: ProbedCopy, budget: int = BUDGET, progress: Progress | None = None) -> Findings:
    """Changes after which it arrives."""
    return _found(RemedySearch, lab, start, budget, progress)


def preventing(lab: BaseLab, start: ProbedCopy, budget: int = BUDGET, progress: Progress | None = None) -> Findings:
    """Changes after which it does not arrive any more, nor from the sender's neighbours."""
    return _found(_Prevention, lab, start, budget, progress)


def _found(
    kind: type[RemedySearch], lab: BaseLab, start: ProbedCopy, budget: int, progress: Progress | None
) -> Findings:
    with ExitStack() as copies:
        return kind(lab, start, budget, copies, progress or (lambda _done, _of: None)).find()


class _Prevention(RemedySearch):
    """Keeping something out: for the sender and for those like it.  More than that may be closed, and is reported."""

    more_effects = 1000
    arriving = False
    proposals = staticmethod(proposals.preventing)

    @cached_property
    def _alike(self) -> SenderPeers:
        return self._start.copy.call(partial(peers_of_sender, added=self._comparison.added))

    def _turns(self, tried: TriedChange) -> bool:
        if not super()._turns(tried):
            return False
        others = tried.copy.call(partial(still_arrives, alike=self._alike, question=self._start.question))
        if others:
            reason = f"it still arrives from {', '.join(others)}"
            self._refused.append(Refused(description=tried.change.text, reason=reason))
        return not others

    def _effects(self, tried: TriedChange) -> tuple[Effect, ...]:
        """That it is closed for those who are like the sender is what is wanted."""
        port = str(self._start.question.probe.plain)
        alike = {each.name for each in self._comparison.added} | {end.short for end in self._alike.peers}
        return tuple(
            each
            for each in super()._effects(tried)
            if each.opens or each.source not in alike or (each.destination, each.port) != (self._alike.target, port)
        )
