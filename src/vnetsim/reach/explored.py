"""What came of an exploration: counter-examples, and what was not found out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import attrs

from vnetsim.failures import Failure
from vnetsim.reach import status
from vnetsim.reach.check import Report, Violation
from vnetsim.reach.examples import Refusal, Tried
from vnetsim.reach.moves import Move
from vnetsim.reach.policy import Policy, Rule
from vnetsim.reach.remarks import Remark
from vnetsim.reach.reports import incomplete
from vnetsim.reach.status import Status

#: Moves that are listed.
_TOLD: Final = 5


@attrs.frozen(kw_only=True)
class Found:
    """A way to break a rule.  `scenario` are the lines that matter before, `moves` those that break it, in `steps`.

    `example` is the number of the example that led here, -1 if the scenario itself breaks the rule; `cause` is what
    tells it from others: the kinds of moves, and where the packet ended and by what.
    """

    rule: Rule
    violation: Violation
    scenario: tuple[str, ...]
    moves: tuple[str, ...]
    steps: int
    example: int
    session: str
    cause: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        return {
            **self.violation.json(), "scenario": list(self.scenario), "moves": list(self.moves),
            "steps": self.steps, "example": self.example, "cause": list(self.cause), "session": self.session,
        }  # fmt: skip


@attrs.frozen
class Count:
    """After how many examples a rule was unknown or vacuous; `remark` is what was said first."""

    remark: Remark
    after: int

    def told(self, examples: int) -> str:
        rule, word = self.remark.rule, self.remark.status.value
        return f"{rule.place}: after {self.after} of {examples} examples {word}: {self.remark.words} (`{rule}`)"

    def json(self, examples: int) -> dict[str, Any]:
        return {**self.remark.json(), "after": self.after, "of": examples}


@attrs.frozen(kw_only=True)
class Exploration:
    """`examples` were played, of `wanted`; `found` are distinct, the smallest first; True if there are any.

    `left_out` are moves that were possible after the scenario and were not made, since they accept everything; `moves`
    is how many were made, `refused` those that the machine refused, and in how many examples.
    """

    policy: Policy
    found: tuple[Found, ...]
    wanted: int
    examples: int = 0
    moves: int = 0
    steps: int = 0
    seed: int = 0
    most: int = 0
    counts: tuple[Count, ...] = ()
    refused: tuple[tuple[Refusal, int], ...] = ()
    left_out: tuple[Move, ...] = ()
    failures: tuple[Failure, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.found)

    @property
    def unknown(self) -> tuple[Count, ...]:
        return tuple(count for count in self.counts if count.remark.status is Status.UNKNOWN)

    @property
    def exit_status(self) -> int:
        """0: no rule was broken; 1: one was; 2: none was, and of one there is no answer."""
        if self.found:
            return status.BROKEN
        return status.NO_ANSWER if self.unknown else status.HOLD

    def report(self) -> Report:
        """The same as what came of a check, for CI: a counter-example is a violation whose story is its session."""
        violations = (attrs.evolve(each.violation, story=each.session) for each in self.found)
        remarks = (attrs.evolve(each.remark, words=each.told(self.examples)) for each in self.counts)
        return Report(policy=self.policy, violations=tuple(violations), remarks=tuple(remarks), allow_vacuous=True,
                      failures=self.failures)  # fmt: skip


def counted(tried: Iterable[Tried], rules: Iterable[Rule]) -> Iterator[Count]:
    """Rule by rule, the unknown before the vacuous; an example counts once."""
    found: dict[tuple[Rule, Status], list[Remark]] = {}
    for each in tried:
        first = {(remark.rule, remark.status): remark for remark in reversed(each.remarks)}
        for key, remark in first.items():
            found.setdefault(key, []).append(remark)
    for rule in rules:
        for word in (Status.UNKNOWN, Status.VACUOUS):
            if said := found.get((rule, word)):
                yield Count(said[0], len(said))


def refusals(tried: Iterable[Tried]) -> tuple[tuple[Refusal, int], ...]:
    """In the order in which they came first."""
    found: dict[Refusal, int] = {}
    for each in tried:
        for refusal in dict.fromkeys(each.refused):
            found[refusal] = found.get(refusal, 0) + 1
    return tuple(found.items())


# --- for people and for programs ------------------------------------------------------------------------------------


def text(explored: Exploration, paths: Sequence[Any]) -> str:
    """Each counter-example as a session that is saved at its path, then what was not found out."""
    return "".join((*_sessions(explored, paths), incomplete(explored.failures), *_doubts(explored), _summary(explored)))


def _sessions(explored: Exploration, paths: Sequence[Any]) -> Iterator[str]:
    for found, path in zip(explored.found, paths, strict=True):
        why = f"  why: {found.violation.sentence}\n" if found.violation.sentence else ""
        yield f"{found.session}\n{found.violation}\n{why}{_steps(found.steps)}; saved as {path}\n\n"


def _steps(count: int) -> str:
    if not count:
        return "the scenario itself breaks it"
    return f"{count} {'step breaks' if count == 1 else 'steps break'} it, and none of them can be left out"


def _doubts(explored: Exploration) -> Iterator[str]:
    yield from (f"{count.told(explored.examples)}\n" for count in explored.counts)
    if explored.refused:
        times = sum(times for _, times in explored.refused)
        yield f"{_number(times, 'command')} of moves refused by the machine:\n"
        yield from (f"  {_refusal(each, times)}\n" for each, times in explored.refused[:_TOLD])
        yield _more(len(explored.refused))
    if explored.left_out:
        yield "moves left out that accept everything, or join whom a rule keeps apart (--wide makes them):\n"
        yield from (f"  {move}\n" for move in explored.left_out[:_TOLD])
        yield _more(len(explored.left_out))


def _more(count: int) -> str:
    return f"  and {count - _TOLD} more\n" if count > _TOLD else ""


def _refusal(each: Refusal, times: int) -> str:
    often = f" ({times} times)" if times > 1 else ""
    return f"`{each.command}` ended with {each.status}: {each.message}{often}"


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _summary(explored: Exploration) -> str:
    played = f"{explored.policy.name}: {_result(explored)}"
    asked = f"{_number(explored.examples, 'example')} of up to {_number(explored.steps, 'step')}"
    rest = explored.wanted - explored.examples
    ended = f"; {rest} of {explored.wanted} were not played" if rest else ""
    return f"{played} in {asked} ({_number(explored.moves, 'move')}){ended}\n"


def _result(explored: Exploration) -> str:
    return _number(len(explored.found), "counter-example") if explored.found else "no rule was broken"


def as_json(explored: Exploration) -> str:
    told = {
        "policy": explored.policy.name,
        "exit_status": explored.exit_status,
        "examples": explored.examples,
        "wanted": explored.wanted,
        "steps": explored.steps,
        "moves": explored.moves,
        "seed": explored.seed,
        "counterexamples": [each.json() for each in explored.found],
        "remarks": [count.json(explored.examples) for count in explored.counts],
        "refused": [
            {"command": each.command, "status": each.status, "message": each.message, "examples": times}
            for each, times in explored.refused
        ],
        "left_out": [{"kind": move.kind, "lines": list(move.lines)} for move in explored.left_out],
        "incomplete": [failure.json() for failure in explored.failures],
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
