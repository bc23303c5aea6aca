"""Probes that are the same walk, and the answers of all of them from the answer of one.

    answers = SharedAnswers(classes, is_watched)
    answers.send(first_ones, everything, ask)
    answers[request]

`ask` sends the first one of each orbit.  The walk of another one is the same with other names: where it arrived is
reported by the label of its own end.  Where an answer holds names that are not understood, the others are sent as well;
so are all if the fate of one is unknown, for a frame storm may be that of others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Final, Protocol, TypeAlias, TypeVar

import attrs

from vnetsim.process import Resolved
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.names import Meanings
from vnetsim.reach.equivalence.classes import EquivalenceClasses
from vnetsim.reach.equivalence.naming import NameClasses
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.reach.probing.verdict import Outcome

_WORD: Final = re.compile(r"[\w.:-]+")
Answers: TypeAlias = dict[ProbeRequest, Answer]
#: A sender, and a name for its resolver.
NameQuestion: TypeAlias = tuple[Endpoint, str]
Asked_contra = TypeVar("Asked_contra", contravariant=True)
Got_co = TypeVar("Got_co", covariant=True)


class AnswersOf(Protocol[Asked_contra, Got_co]):
    """Knows the answer to each question of a kind; KeyError for others."""

    def __getitem__(self, asked: Asked_contra, /) -> Got_co: ...


class SharedAnswers:
    """The answers to all probes of orbits, from those that were sent; `is_watched` tells whose arrival counts."""

    def __init__(self, classes: EquivalenceClasses, is_watched: Callable[[ProbeRequest], bool]) -> None:
        self._classes, self._is_watched = classes, is_watched
        self._sent: Answers = {}
        self._first: dict[Hashable, ProbeRequest] = {}
        #: Orbits of which each was sent.
        self._alone: set[Hashable] = set()

    def send(
        self, first_ones: Iterable[ProbeRequest], everything: Callable[[], Iterable[ProbeRequest]],
        ask: Callable[[Sequence[ProbeRequest]], Answers],
    ) -> None:  # fmt: skip
        """`first_ones` are of all orbits; `everything` is looked through where one of them cannot answer for others."""
        for request in first_ones:
            self._first.setdefault(self._orbit(request), request)
        self._sent.update(ask([*self._first.values()]))
        circled = any(answer.outcome is Outcome.UNKNOWN for answer in self._sent.values())
        self._alone = {orbit for orbit, first in self._first.items() if circled or not self._is_understood(first)}
        if self._alone:
            others = (one for one in dict.fromkeys(everything()) if one not in self._sent)
            self._sent.update(ask([one for one in others if self._orbit(one) in self._alone]))

    def is_shared(self, request: ProbeRequest) -> bool:
        """Whether the others of its orbit were not sent."""
        return self._orbit(request) not in self._alone

    def __getitem__(self, request: ProbeRequest) -> Answer:
        sent = self._sent.get(request)
        if sent is not None:
            return sent
        first = self._first[self._orbit(request)]
        return _renamed(self._classes, first, self._sent[first], request)

    def _orbit(self, request: ProbeRequest) -> Hashable:
        return self._classes.orbit(request.sender, request.address), request.probe, self._is_watched(request)

    def _is_understood(self, request: ProbeRequest) -> bool:
        """Whether nothing in an answer names an end that is like others, but where it arrived: at one of the two."""
        answer, ends = self._sent[request], self._classes.ends(request.sender, request.address)
        names = [name for end in ends if end is not None for name in end.names]
        if not names:
            return True  # it has the orbit for itself
        if not set(names).isdisjoint(_WORD.findall(answer.text)):
            return False
        where = answer.arrival
        return where is None or not self._classes.is_member(where.namespace) or where.namespace in names


class SharedMeanings:
    """The same for questions for names."""

    def __init__(self, classes: NameClasses) -> None:
        self._classes = classes
        #: What was asked, and its answers.
        self.asked: Meanings = {}
        self._first: dict[Hashable, NameQuestion] = {}
        self._alone: set[Hashable] = set()

    def ask(
        self, first_ones: Iterable[NameQuestion], everything: Callable[[], Iterable[NameQuestion]],
        ask: Callable[[Mapping[Endpoint, Sequence[str]]], Meanings],
    ) -> None:  # fmt: skip
        for one in first_ones:
            self._first.setdefault(self._classes.orbit(*one), one)
        self.asked.update(ask(_by_sender(self._first.values())))
        self._alone = {
            orbit
            for orbit, first in self._first.items()
            if self._classes.renamed(first, self.asked[first], first) is None
        }
        if self._alone:
            others = (one for one in everything() if one not in self.asked and self._classes.orbit(*one) in self._alone)
            self.asked.update(ask(_by_sender(others)))

    def is_shared(self, question: NameQuestion) -> bool:
        """Whether the others of its orbit were not asked."""
        return self._classes.orbit(*question) not in self._alone

    def __getitem__(self, question: NameQuestion) -> Resolved:
        asked = self.asked.get(question)
        if asked is not None:
            return asked
        first = self._first[self._classes.orbit(*question)]
        renamed = self._classes.renamed(first, self.asked[first], question)
        assert renamed is not None
        return renamed


def _by_sender(questions: Iterable[tuple[Endpoint, str]]) -> dict[Endpoint, list[str]]:
    found: dict[Endpoint, list[str]] = {}
    for sender, name in questions:
        found.setdefault(sender, []).append(name)
    return found


def _renamed(classes: EquivalenceClasses, first: ProbeRequest, answer: Answer, other: ProbeRequest) -> Answer:
    if answer.arrival is None:
        return answer
    before, after = (classes.ends(request.sender, request.address) for request in (first, other))
    names = {
        one.label: two.label for one, two in zip(before, after, strict=True) if one is not None and two is not None
    }
    namespace = answer.arrival.namespace
    return attrs.evolve(answer, arrival=attrs.evolve(answer.arrival, namespace=names.get(namespace, namespace)))
