"""A difference as a file that is played again: by `vnetsim run`, by `vnetsim verify`, by tests/verify once it is fixed.

Its outputs are the simulator's, or the real machine's for the steps that differ.  Where frames are watched it
is a script, which has commands for that, and contains no outputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs

from vnetsim.backends.acts import Act, CaptureAct, CommandAct, PauseAct
from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.scenario.load import parse
from vnetsim.scenario.play import play
from vnetsim.scenario.update import update
from vnetsim.verify.outcome import Checked


def script(acts: Sequence[Act]) -> Iterator[str]:
    """Acts as the lines of a script, as `vnetsim record` and `vnetsim verify` take it."""
    for act in acts:
        if isinstance(act, CommandAct):
            yield act.line
        elif isinstance(act, CaptureAct):
            yield f"@capture {act.namespace or '-'} {act.device}"
        elif isinstance(act, PauseAct):
            yield f"@sleep {act.seconds:g}"
        else:
            yield "@stop"


def keep(
    directory: Path,
    number: int,
    step: Checked,
    acts: Sequence[Act],
    real: Sequence[dict[str, Any]],
    differing: Sequence[Checked],
) -> Path:
    """Write the scenario that shows `step`; `real` are the real machine's steps, of which `differing` are not the same.

    UsageError if it cannot be written.
    """
    stem = f"{number:02}-{_slug(step.command)}"
    title = f"# `{step.command}` differs: this is what a real machine says.\n\n"
    if all(isinstance(act, CommandAct | PauseAct) for act in acts):
        path, text = directory / f"{stem}.session", _session(title, acts, real, differing)
    else:
        path, text = directory / f"{stem}.sh", title + "".join(f"{line}\n" for line in script(acts))
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def _session(title: str, acts: Sequence[Act], real: Sequence[dict[str, Any]], differing: Sequence[Checked]) -> str:
    bare = [f"@ +{act.seconds:g}s" if isinstance(act, PauseAct) else f"$ {act.line}" for act in acts]  # type: ignore[union-attr]
    document = parse("difference.session", title + "\n".join(bare) + "\n")
    apart = {step.command for step in differing}
    simulated = play(document, Lab(docker=False))
    answers = [
        attrs.evolve(ours, output=theirs["stdout"] + theirs["stderr"], status=theirs["rc"])
        if ours.command.text in apart
        else ours
        for ours, theirs in zip(simulated, (step for step in real if "rc" in step), strict=True)
    ]
    return update(document, answers)


def _slug(command: str) -> str:
    """`ip netns exec a ping -c 1 10.0.0.1` is about ping."""
    bare = re.sub(r"^ip netns exec \S+ ", "", re.sub(r" -n \S+", "", command))
    return re.sub(r"[^a-z0-9]+", "-", " ".join(bare.split()[:3]).lower()).strip("-") or "step"
