"""Probes that are the same walk, and the answers of all of them from the answer of one.

    answers = answers_by_orbits(classes, requests, watched, ask)

`ask` sends the first one of each orbit.  The walk of another one is the same with other names: where it arrived is
reported by the label of its own end.  Where an answer holds names that are not understood, the others are sent as well;
so are all if the fate of one is unknown, for a frame storm may be that of others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.names import Meanings
from vnetsim.reach.equivalence.classes import EquivalenceClasses
from vnetsim.reach.equivalence.naming import NameClasses
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.reach.probing.verdict import Outcome

_WORD: Final = re.compile(r"[\w.:-]+")
Answers: TypeAlias = dict[ProbeRequest, Answer]


def answers_by_orbits(
    classes: EquivalenceClasses,
    requests: Sequence[ProbeRequest],
    watched: Collection[ProbeRequest],
    ask: Callable[[Sequence[ProbeRequest]], Answers],
) -> Answers:
    found: dict[Hashable, list[ProbeRequest]] = {}
    for request in requests:
        orbit = classes.orbit(request.sender, request.address)
        found.setdefault((orbit, request.probe, request in watched), []).append(request)
    answers = ask([orbit[0] for orbit in found.values()])
    circled = any(answer.outcome is Outcome.UNKNOWN for answer in answers.values())
    left: list[ProbeRequest] = []
    for first, *others in found.values():
        if circled or (others and not _is_understood(classes, first, answers[first])):
            left += others
        else:
            answers.update((other, _renamed(classes, first, answers[first], other)) for other in others)
    return answers | ask(left) if left else answers


def meanings_by_orbits(
    classes: NameClasses,
    names: Mapping[Endpoint, Sequence[str]],
    ask: Callable[[Mapping[Endpoint, Sequence[str]]], Meanings],
) -> Meanings:
    """The same for questions for names."""
    found: dict[Hashable, list[tuple[Endpoint, str]]] = {}
    for sender, some in names.items():
        for name in some:
            found.setdefault(classes.orbit(sender, name), []).append((sender, name))
    meanings = ask(_by_sender(orbit[0] for orbit in found.values()))
    left: list[tuple[Endpoint, str]] = []
    for first, *others in found.values():
        for other in others:
            renamed = classes.renamed(first, meanings[first], other)
            if renamed is None:
                left.append(other)
            else:
                meanings[other] = renamed
    return meanings | ask(_by_sender(left)) if left else meanings


def _by_sender(questions: Iterable[tuple[Endpoint, str]]) -> dict[Endpoint, list[str]]:
    found: dict[Endpoint, list[str]] = {}
    for sender, name in questions:
        found.setdefault(sender, []).append(name)
    return found


def _is_understood(classes: EquivalenceClasses, request: ProbeRequest, answer: Answer) -> bool:
    """Whether nothing in an answer names an end that is like others, but where it arrived: at one of the two."""
    names = [name for end in classes.ends(request.sender, request.address) if end is not None for name in end.names]
    if not set(names).isdisjoint(_WORD.findall(answer.text)):
        return False
    return (
        answer.arrival is None or not classes.is_member(answer.arrival.namespace) or answer.arrival.namespace in names
    )


def _renamed(classes: EquivalenceClasses, first: ProbeRequest, answer: Answer, other: ProbeRequest) -> Answer:
    if answer.arrival is None:
        return answer
    before, after = (classes.ends(request.sender, request.address) for request in (first, other))
    names = {
        one.label: two.label for one, two in zip(before, after, strict=True) if one is not None and two is not None
    }
    namespace = answer.arrival.namespace
    return attrs.evolve(answer, arrival=attrs.evolve(answer.arrival, namespace=names.get(namespace, namespace)))
