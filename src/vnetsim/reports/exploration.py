"""An exploration as text and as JSON: its counter-examples, and what it could not find out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from vnetsim.failures import Failure
from vnetsim.reach.exploration.explored import Exploration
from vnetsim.reports.policy import incomplete

#: Moves that are listed.
_LISTED: Final = 5


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
    yield from (f"{count.text(explored.examples)}\n" for count in explored.counts)
    if explored.refused:
        times = sum(times for _, times in explored.refused)
        yield f"{_number(times, 'command')} of moves refused by the machine:\n"
        yield from (f"  {_refusal(each, times)}\n" for each, times in explored.refused[:_LISTED])
        yield _more(len(explored.refused))
    if explored.left_out:
        yield "moves left out that accept everything, or join whom a rule keeps apart (--wide makes them):\n"
        yield from (f"  {mutation}\n" for mutation in explored.left_out[:_LISTED])
        yield _more(len(explored.left_out))


def _more(count: int) -> str:
    return f"  and {count - _LISTED} more\n" if count > _LISTED else ""


def _refusal(each: Failure, times: int) -> str:
    often = f" ({times} times)" if times > 1 else ""
    return f"`{each.command}` ended with {each.status}: {each.message}{often}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _summary(explored: Exploration) -> str:
    played = f"{explored.policy.name}: {_result(explored)}"
    limits = f"{_number(explored.examples, 'example')} of up to {_number(explored.steps, 'step')}"
    rest = explored.wanted - explored.examples
    ended = f"; {rest} of {explored.wanted} were not played" if rest else ""
    return f"{played} in {limits} ({_number(explored.mutations, 'move')}){ended}\n"


def _result(explored: Exploration) -> str:
    return _number(len(explored.found), "counter-example") if explored.found else "no rule was broken"


def as_json(explored: Exploration) -> str:
    document = {
        "policy": explored.policy.name,
        "exit_status": explored.exit_status,
        "examples": explored.examples,
        "wanted": explored.wanted,
        "steps": explored.steps,
        "moves": explored.mutations,
        "seed": explored.seed,
        "counterexamples": [each.json() for each in explored.found],
        "remarks": [count.json(explored.examples) for count in explored.counts],
        "refused": [
            {"command": each.command, "status": each.status, "message": each.message, "examples": times}
            for each, times in explored.refused
        ],
        "left_out": [{"kind": mutation.kind, "lines": list(mutation.lines)} for mutation in explored.left_out],
        "incomplete": [failure.json() for failure in explored.failures],
        **({"assumptions": list(explored.assumptions)} if explored.assumptions else {}),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
