"""The front door: a machine that answers command lines.

    from vnetsim import Lab

    lab = Lab()
    lab.run("ip netns add red")
    print(lab.run("ip netns list").stdout)          # red

Time passes only while a command runs (or by `sleep`); the same seed and the same commands give the same bytes.
"""

from __future__ import annotations

from collections import deque
from functools import cached_property
from typing import TYPE_CHECKING, Final, overload

from vnetsim.errors import UsageError
from vnetsim.lab.base_lab import BaseLab
from vnetsim.lab.lost_packets import lost_packets
from vnetsim.lab.why_program import UNWATCHED

if TYPE_CHECKING:
    from vnetsim.reach.why.reaches import Reaches
    from vnetsim.reach.why.why import Why

#: Answers to `reaches` that a lab remembers.
_ANSWERS: Final = 10


class Lab(BaseLab):
    """One simulated host, and the questions about it: `why` and `reaches` ask `vnetsim.reach`."""

    @cached_property
    def answers(self) -> deque[Reaches]:
        """The latest answers to `reaches`."""
        return deque(maxlen=_ANSWERS)

    @overload
    def why(self, *, verbose: bool = False) -> str: ...
    @overload
    def why(self, sender: str, target: str, *tokens: str, change: bool = True) -> Why: ...
    def why(
        self,
        sender: str | None = None,
        target: str | None = None,
        *tokens: str,
        verbose: bool = False,
        change: bool = True,
    ) -> str | Why:
        """Why what `sender` sends to `target` arrives, or does not: `lab.why("web", "db:5432")` (see vnetsim.reach).

        Without ends: which packets of the latest command line were lost, and where, as text; with `verbose` their whole
        paths; "" if none was lost; UsageError if the packets are not watched.
        """
        if sender is None or target is None:
            if not self.is_watched():
                raise UsageError(UNWATCHED)
            return lost_packets(self.events, verbose=verbose)
        from vnetsim.reach.endpoints.question import ReachQuestion  # noqa: PLC0415 -- the front door to questions
        from vnetsim.reach.why.why import why  # noqa: PLC0415

        return why(self, ReachQuestion.parse(self, sender, target, *tokens), change=change)

    def reaches(self, sender: str, target: str, *tokens: str, allow_vacuous: bool = False) -> Reaches:
        """Whether a probe arrives, on a copy of the lab: `assert lab.reaches("web", "db", "tcp/5432")`.

        The answer is true or false, and `str` of it explains why.  Without `tokens` the probe is an echo request.
        UsageError for a question that makes no sense; NoAnswer if the lab has `failures`, or if the answer is used as
        a truth value where nothing listens or nothing could be sent (false with `allow_vacuous`).
        """
        from vnetsim.reach.why.reaches import reaches  # noqa: PLC0415 -- the front door to questions

        answer = reaches(self, sender, target, *tokens, allow_vacuous=allow_vacuous)
        self.answers.append(answer)
        return answer

    def ask(self, sender: str, target: str, *tokens: str) -> Why:
        return self.why(sender, target, *tokens)
