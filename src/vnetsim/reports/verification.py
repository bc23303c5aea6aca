"""What people read of a comparison: what differs, by feature, on which machine; as text or as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from vnetsim.failures import Failure, listing, summary
from vnetsim.verify.outcome import Checked, Verification

#: Lines of one difference that are shown.
_SHOWN: Final = 30


def text(outcomes: Sequence[Verification], machine: str, failures: Sequence[Failure] = ()) -> str:
    """The whole report; `failures` are commands of the scenarios that failed."""
    lines = [f"on {machine}", *(line for each in outcomes for line in _scenario(each)), *_sum(outcomes)]
    lines += [summary(failures), *listing(failures)] if failures else []
    return "".join(f"{line}\n" for line in lines)


def _scenario(outcome: Verification) -> Iterator[str]:
    counts = Counter(step.verdict for step in outcome.steps)
    played = len(outcome.steps) - counts["skipped"]
    yield f"{outcome.name}: {counts['same']} of {played} steps the same" + _more(counts)
    for reason, steps in _grouped(outcome.those("skipped"), lambda step: step.reason).items():
        yield f"  skipped, {reason}: {len(steps)}" + (f" ({steps[0].command})" if len(steps) == 1 else "")
    for reason, steps in _grouped(outcome.those("explained"), lambda step: step.reason).items():
        yield f"  explained, {reason}: {len(steps)}" + (f" ({steps[0].command})" if len(steps) == 1 else "")
    for name, steps in _grouped((*outcome.differences, *outcome.those("unsure")), lambda step: step.feature).items():
        yield f"  {name}:"
        for step in steps:
            yield from _difference(step)


def _more(counts: Counter[str]) -> str:
    args = [f"{counts[verdict]} {verdict}" for verdict in ("unsure", "explained", "skipped") if counts[verdict]]
    return f" ({', '.join(args)})" if args else ""


def _difference(step: Checked) -> Iterator[str]:
    first, more, _ = step.command.partition("\n")
    yield f"    $ {first}" + " ..." * bool(more)
    if step.reason:
        yield f"      {step.reason}"
    real, simulated = step.statuses
    if step.verdict == "absent":
        yield "      the simulator has no such step"
    elif real != simulated:
        yield f"      exit status {real} on the real machine, {simulated} in the simulator"
    changed = [line for line in step.diff if line[0] in "-+"]
    yield from (f"      {line}" for line in changed[:_SHOWN])
    if len(changed) > _SHOWN:
        yield f"      ... and {len(changed) - _SHOWN} lines more"


def _sum(outcomes: Sequence[Verification]) -> Iterator[str]:
    by_feature: dict[str, Counter[str]] = {}
    for step in (step for outcome in outcomes for step in outcome.steps if step.verdict != "skipped"):
        by_feature.setdefault(step.feature, Counter())[step.verdict] += 1
    if not by_feature:
        yield "nothing was compared"
    else:
        yield "- real, + simulated" if any(outcome.differences for outcome in outcomes) else "no difference"
    for name, counts in sorted(by_feature.items()):
        yield f"  {name + ':':20}{counts['same']:5} of {counts.total()}"


def _grouped(steps: Iterable[Checked], key: Any) -> dict[str, list[Checked]]:
    groups: dict[str, list[Checked]] = {}
    for step in steps:
        groups.setdefault(key(step), []).append(step)
    return groups


def as_json(
    outcomes: Sequence[Verification], versions: dict[str, str], failures: Sequence[Failure] = ()
) -> dict[str, Any]:
    """The same for programs: `versions`, `incomplete`, and `scenarios` with their steps."""
    return {
        "versions": versions,
        "incomplete": [failure.json() for failure in failures],
        "scenarios": [
            {
                "name": outcome.name,
                "same": len(outcome.those("same")),
                "steps": [
                    {
                        "command": step.command,
                        "feature": step.feature,
                        "verdict": step.verdict,
                        "real_status": step.statuses[0],
                        "simulated_status": step.statuses[1],
                        "reason": step.reason,
                        "diff": [line for line in step.diff if line[0] in "-+"],
                    }
                    for step in outcome.steps
                ],
            }
            for outcome in outcomes
        ],
    }
