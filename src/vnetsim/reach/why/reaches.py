"""Does it reach?  One question, answered yes or no, with an explanation: `assert lab.reaches("web", "db", "tcp/5432")`.

It is probed as by a policy (`vnetsim.reach.policies.check`): by the destination's name, by each of its addresses, and
by what is published for it on the host, until one of them leads there; each on a copy of the lab.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from vnetsim.failures import NoAnswer
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.asking import Asker
from vnetsim.reach.probing.probe_paths import ProbePath, ProbePaths
from vnetsim.reach.probing.probes import ask
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.reach.translation.doubts import doubts
from vnetsim.reach.why.explain import explain

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab
    from vnetsim.trace import Event


class Reaches:
    """True if it arrives.  `str` is one sentence, `why` the story behind it, made when it is read.

    `bool` raises NoAnswer if nothing was sent, nothing listens there, what the packet met is not
    modelled, or a rule decides by what probes do not vary, so that `not lab.reaches(...)` would prove nothing about the
    network.  `allow_vacuous` takes the first two for false.
    """

    def __init__(self, lab: BaseLab, question: ReachQuestion, *, allow_vacuous: bool = False) -> None:
        lab.shortfall.required()
        self.question = question
        self._asker = Asker(lab)
        self._path: ProbePath | None = None
        self.arrives = False
        self._unknown = ""
        self._allow_vacuous = allow_vacuous
        for path in _paths(self._asker, question.sender, question.target, question.probe):
            self._path = self._path or path
            answer = self._asker.alone(path.request)
            if answer.outcome is Outcome.UNKNOWN:
                self._unknown = answer.text
            if path.leads(answer):
                self._path, self.arrives = path, True
                break
        if not self.arrives and self._path is not None:
            self._unknown = self._unknown or next(self._doubts(), "")

    def _doubts(self) -> Iterator[str]:
        """Why another packet than the probe may arrive (`vnetsim.reach.translation.doubts`)."""
        question, labels = self.question, self._asker.entries.labels
        ends = labels.get(question.sender, ""), labels.get(question.target, "")
        return (str(doubt) for doubt in doubts(self._asker.lab) if doubt.concerns(*ends, question.probe.protocol))

    def __bool__(self) -> bool:
        if not self.arrives and (self._unknown or (self.is_vacuous and not self._allow_vacuous)):
            raise NoAnswer(self._no_answer())
        return self.arrives

    @cached_property
    def is_vacuous(self) -> bool:
        """Whether it could not arrive, whatever the network: nothing was sent, or nothing listens there."""
        question = self.question
        if self.arrives or (self._path is not None and question.target.kind in ("address", "name")):
            return False
        known = self._asker.ports(question.target)
        return self._path is None or Probe(question.probe.protocol, question.probe.port) not in known

    def _no_answer(self) -> str:
        question = f"{self.question.sender.short} -> {self.question.target.short} {self.question.probe}"
        if self._unknown:
            return f"no answer: {question}: {self._unknown}"
        why = "nothing was sent" if self._path is None else f"nobody listens at {self.question.probe} there"
        return f"no answer: {question}: {why}, so that it says nothing about the network (allow_vacuous=True takes it)"

    @cached_property
    def _explained(self) -> tuple[str, str]:
        if self._path is None:
            return "there is nowhere to send it to", ""
        return explain(self._asker.copy(), self._path.question)

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """The events of the probe, on another copy; () if there is nowhere to send it to."""
        return () if self._path is None else ask(self._asker.copy(), self._path.question, watch=True).events

    @property
    def why(self) -> str:
        """The sentence, and the path of the packet, line by line."""
        story = self._explained[1]
        return f"{self}\n{story}" if story else str(self)

    def __str__(self) -> str:
        question = self.question
        verb = "reaches" if self.arrives else "does not reach"
        return f"{question.sender.short} {verb} {question.target.short} at {question.probe}: {self._explained[0]}"

    def __repr__(self) -> str:
        return f"<{self}>"


def _paths(asker: Asker, sender: Endpoint, target: Endpoint, probe: Probe) -> list[ProbePath]:
    return ProbePaths(asker, [(sender, target)]).between(sender, target, probe)


def reaches(lab: BaseLab, sender: str, target: str, *tokens: str, allow_vacuous: bool = False) -> Reaches:
    """`tokens` as of `vnetsim why`: icmp, tcp/PORT, udp/PORT; UsageError for what makes no sense."""
    return Reaches(lab, ReachQuestion.parse(lab, sender, target, *tokens), allow_vacuous=allow_vacuous)
