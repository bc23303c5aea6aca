"""A lab of another program, as a scenario."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import attrs

from vnetsim.failures import Failure, FailureKind
from vnetsim.lab import Lab
from vnetsim.scenario.endedcontainers import SETTLE_SECONDS
from vnetsim.scenario.labs.containerlab import ContainerlabReader
from vnetsim.scenario.labs.kathara import KatharaReader
from vnetsim.scenario.labs.kinds import CONTAINERLAB
from vnetsim.scenario.labs.shared_tree import SharedTree
from vnetsim.scenario.labs.steps import LabStep
from vnetsim.values import frozen

_NOT_FOUND: Final = 127
_TIMED_OUT: Final = 124


@frozen
class LabFolder:
    """`failures` are what of the lab is not modelled, before any command of it has run."""

    name: str
    steps: tuple[LabStep, ...]
    failures: tuple[Failure, ...]

    @classmethod
    def of(cls, name: str, text: str) -> LabFolder:
        """Of the lab's file; UsageError, with the line, for one that the other program refuses."""
        reader = (ContainerlabReader if name.endswith(CONTAINERLAB) else KatharaReader).of(name, text)
        return cls(name, tuple(reader.steps()), tuple(reader.failures))

    @property
    def commands(self) -> tuple[str, ...]:
        """The command lines, to be typed on a bare machine."""
        return tuple(step.command for step in self.steps)

    @property
    def script(self) -> str:
        """The same as a shell script, with the lines of the lab as comments."""
        lines, location = ["#!/bin/bash"], ("", 0)
        for step in self.steps:
            if (step.file, step.line) != location:
                lines.append(f"# {step.file}:{step.line}" if step.line else f"# {step.file}")
            location = (step.file, step.line)
            lines.append(step.command)
        return "\n".join((*lines, f"sleep {SETTLE_SECONDS:g}", ""))

    def play(self, lab: Lab, show: Callable[[str], object] | None = None) -> None:
        """Run the commands; what fails makes the lab incomplete."""
        for failure in self.failures:
            lab.shortfall.report(failure)
        since = lab.shortfall.mark()
        copies: dict[str, str] = {}
        shared = SharedTree(lab)
        for step in self.steps:
            copies |= step.copies
            lab.shortfall.copies.update(step.copies)
            with lab.shortfall.located_at(step.file, step.line):
                lab.run(step.command, show=show, expected=0)
            for failure in shared.after(step):
                lab.shortfall.report(failure)
        lab.sleep(SETTLE_SECONDS)
        lab.shortfall.relocate(since, partial(_located, copies))


def _located(copies: Mapping[str, str], failure: Failure) -> Failure:
    """The failure, at the line of the script that ran, by the user's name of the script."""
    message = failure.message
    for copy, file in copies.items():
        message = message.replace(copy, file)
        if failure.file == file and not failure.line:
            failure = attrs.evolve(failure, line=_line_of(failure.command, Path(file)))
    if failure.status == _TIMED_OUT and not failure.line and Path(failure.file).is_file():
        failure = attrs.evolve(failure, line=_first_loop(Path(failure.file)))
    is_missing = failure.status == _NOT_FOUND and failure.kind is FailureKind.FAILED
    if is_missing or failure.kind is FailureKind.UNKNOWN:
        program = failure.command.split()[0] if failure.command.split() else failure.command
        return attrs.evolve(
            failure, kind=FailureKind.NOT_MODELLED, status=0, message=f"vnetsim: not modelled: the program {program}"
        )
    return attrs.evolve(failure, message=message)


def _line_of(command: str, script: Path) -> int:
    """The first line that holds the command, 0 if no line does."""
    wanted = _words(command)
    for number, line in enumerate(script.read_text("utf-8", "replace").splitlines(), 1):
        if any(_words(part)[: len(wanted)] == wanted for part in re.split(r"&&|\|\||[;|]", line)):
            return number
    return 0


def _first_loop(script: Path) -> int:
    """The first line that may wait for ever, 0 if there is none."""
    for number, line in enumerate(script.read_text("utf-8", "replace").splitlines(), 1):
        if _words(line)[:1] in (["while"], ["until"]):
            return number
    return 0


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return text.split()
