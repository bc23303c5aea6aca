"""The simulated machine on which the nodes of a script live, and the commands that have run there.

Mininet's API is global to a process, and so is the machine: `current()`.  Not modelled: mount and PID namespaces of
nodes, which Mininet's hosts share with their machine as well, but for `privateDirs`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

import attrs

from vnetsim.errors import NotModelled, UsageError
from vnetsim.failures import Failure, FailureKind
from vnetsim.lab import Lab
from vnetsim.values import define, frozen

#: How often a script may do what is not modelled.
_MOST_REPEATED: Final = 100
#: Descriptors of this computer are lower.
_FIRST_DESCRIPTOR: Final = 100_000
#: Frames of this directory are not the user's.
_OURS: Final = str(Path(__file__).parent.parent)


@frozen
class EmulationStep:
    """A command line that ran on the machine, for a line of the user's script; 0 without one."""

    command: str
    file: str = ""
    line: int = 0


class Readable(Protocol):
    """The reading end of what a process prints."""

    def pending(self) -> bool:
        """Whether something can be read."""

    def is_over(self) -> bool:
        """Whether nothing more will come."""


class NetworkBuilt(BaseException):
    """The script has built its network; no handler of the script is to catch it."""


@define
class Emulation:
    """`script` is the file that runs, under the name that its user gave it.

    `built` is called when the script's network is complete: before its CLI, before it is stopped, or at the end.
    """

    lab: Lab
    script: str = ""
    built: Callable[[str], None] | None = None
    steps: list[EmulationStep] = attrs.field(factory=list)
    #: How many nodes the script has made.
    shells_made: int = 0
    #: Prints assumptions to people who run a script; None where answers name them.
    tell: Callable[[str], object] | None = None
    #: What can be polled, by its descriptor.
    readable: dict[int, Readable] = attrs.field(factory=dict)

    def descriptor(self, source: Readable) -> int:
        """Its number, as fileno() gives it."""
        for number, known in self.readable.items():
            if known is source:
                return number
        number = _FIRST_DESCRIPTOR + len(self.readable)
        self.readable[number] = source
        return number

    def run(self, command: str, *, namespace: str | None = None) -> str:
        """What a command prints that Mininet itself runs on the machine, or in the namespace of a node.

        Its failure is Mininet's to see, which looks at the output only; a step that failed is none of the network's.
        """
        line = command if namespace is None else f"ip netns exec {namespace} {command}"
        file, number = self.location()
        with self.lab.shortfall.located_at(file, number):
            result = self.lab.run(line)
        if result:
            self.steps.append(EmulationStep(line, file, number))
        return result.output

    @property
    def is_text(self) -> bool:
        """Whether a script of the shell can do all that was done: some lines only their node's shell understands."""
        return not any(step.command.startswith("#") for step in self.steps)

    def text(self) -> str:
        """The commands as a shell script, with the lines of the user's script as comments."""
        assumed = (f"# assumed: {each}" for each in self.lab.shortfall.assumptions)
        lines, location = ["#!/bin/bash", *assumed], ("", 0)
        for step in self.steps:
            if step.file and (step.file, step.line) != location:
                lines.append(f"# {step.file}:{step.line}")
            location = (step.file, step.line)
            lines.append(step.command)
        return "\n".join((*lines, "sleep 2", ""))

    def location(self) -> tuple[str, int]:
        """The line of the script that is running; "" and 0 if none is."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if _is_user(frame.f_code.co_filename, self.script):
                name = frame.f_code.co_filename
                return (self.script if Path(name).name == Path(self.script).name else name), frame.f_lineno
            frame = frame.f_back
        return "", 0

    def assume(self, sentence: str) -> None:
        """Name an assumption, once."""
        known = self.lab.shortfall.assumptions
        self.lab.shortfall.report(Failure(command="", message=sentence, kind=FailureKind.ASSUMED))
        if self.tell is not None and sentence not in known:
            self.tell(f"vnetsim: assumed: {sentence}\n")

    def not_modelled(self, what: str) -> NotModelled:
        """To be raised; the lab is incomplete even if the script goes on."""
        file, line = self.location()
        error = NotModelled(what)
        command = self._source(file, line)
        self.lab.shortfall.report(
            Failure(command=command, message=str(error), kind=FailureKind.NOT_MODELLED, file=file, line=line)
        )
        return error

    @staticmethod
    def _source(file: str, line: int) -> str:
        try:
            return Path(file).read_text("utf-8", "replace").splitlines()[line - 1].strip()
        except (OSError, IndexError):
            return ""

    def require_progress(self) -> None:
        """NotModelled if a script does the same again and again that is not modelled: it waits for what never comes."""
        counts = Counter(each.message for each in self.lab.failures if each.kind is FailureKind.NOT_MODELLED)
        for message, count in counts.items():
            if count > _MOST_REPEATED:
                raise NotModelled(f"{message.partition('not modelled: ')[2]}, {count} times: the script waits for it")

    def now(self) -> float:
        """Seconds since 1970 on the simulated machine."""
        return self.lab.machine.wall_clock() / 1_000_000_000

    def stands(self, what: str) -> None:
        """The network is complete: `what` comes next."""
        if self.built is not None:
            self.built(what)


@cache
def _is_user(name: str, script: str) -> bool:
    """Whether a file is the script, or beside it."""
    if not script or name.startswith((_OURS, "<")):
        return False
    return Path(name).resolve().is_relative_to(Path(script).resolve().parent)


_CURRENT: list[Emulation] = []


def current() -> Emulation:
    """The machine of this process, which is made when a script first needs one."""
    if not _CURRENT:
        _CURRENT.append(Emulation(Lab(docker=False)))
    return _CURRENT[-1]


def is_running() -> bool:
    return bool(_CURRENT)


@contextmanager
def using(emulation: Emulation) -> Iterator[Emulation]:
    """Meanwhile this is the machine of the process."""
    _CURRENT.append(emulation)
    try:
        yield emulation
    finally:
        _CURRENT.remove(emulation)


def require_name(name: str) -> str:
    """A node's name, which is that of its namespace; UsageError for one that cannot be."""
    if not name or "/" in name or name in (".", "..") or not name.isprintable():
        raise UsageError(f"expected the name of a node, as h1, found {name!r}")
    return name
