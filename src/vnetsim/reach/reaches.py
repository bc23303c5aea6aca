"""Does it reach?  One question, answered yes or no, that can say why: `assert lab.reaches("web", "db", "tcp/5432")`.

It is asked as a policy asks (`vnetsim.reach.check`): by the destination's name, by each of its addresses, and by what
is published for it on the host, until one of them leads there; each on a copy of the lab.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from vnetsim.reach.asking import Asker
from vnetsim.reach.endpoints import Endpoint, Probe, Question
from vnetsim.reach.explain import explain
from vnetsim.reach.probes import ask
from vnetsim.reach.ways import Way, Ways

if TYPE_CHECKING:
    from vnetsim.lab import Lab


class Reaches:
    """True if it arrives.  `str` is one sentence, `why` the story behind it, told when somebody asks."""

    def __init__(self, lab: Lab, question: Question) -> None:
        self.question = question
        self._asker = Asker(lab)
        self._way: Way | None = None
        self._arrives = False
        for way in _ways(self._asker, question.sender, question.target, question.probe):
            self._way = self._way or way
            if ask(self._asker.copy(), way.question, watch=question.probe.protocol == "udp"):
                self._way, self._arrives = way, True
                break

    def __bool__(self) -> bool:
        return self._arrives

    @cached_property
    def _told(self) -> tuple[str, str]:
        if self._way is None:
            return "there is nowhere to send it to", ""
        return explain(self._asker.copy(), self._way.question)

    @property
    def why(self) -> str:
        """The sentence, and the way of the packet, line by line."""
        story = self._told[1]
        return f"{self}\n{story}" if story else str(self)

    def __str__(self) -> str:
        asked = self.question
        verb = "reaches" if self else "does not reach"
        return f"{asked.sender.short} {verb} {asked.target.short} at {asked.probe}: {self._told[0]}"

    def __repr__(self) -> str:
        return f"<{self}>"


def _ways(asker: Asker, sender: Endpoint, target: Endpoint, probe: Probe) -> list[Way]:
    return Ways(asker, [(sender, target)]).between(sender, target, probe)


def reaches(lab: Lab, sender: str, target: str, *words: str) -> Reaches:
    """`words` as of `vnetsim why`: icmp, tcp/PORT, udp/PORT; UsageError for what makes no sense."""
    return Reaches(lab, Question.parse(lab, sender, target, *words))
