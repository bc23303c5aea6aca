"""Failures of a scenario's commands, and the refusal to answer questions about such a lab.

A command that fails leaves another network than its author wrote, unless the author expected the failure: a shell
script by `||`, `if`, `!` or `$?`, a session by `[1]`, Python by a look at `Result.exit_code`.  What vnetsim does not
model counts whether or not it was expected, since a real machine would have gone on otherwise.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any, Final

from vnetsim.errors import UsageError
from vnetsim.values import evolved, frozen

#: Failures that a refusal lists before it counts the others.
LISTED: Final = 10


class FailureKind(enum.Enum):
    """Why a request failed."""

    FAILED = "failed"
    NOT_MODELLED = "not modelled"
    UNKNOWN = "unknown program"
    INTERNAL = "internal error"
    #: No failure: what the machine does is not known, and assumed.
    ASSUMED = "assumed"


@frozen(kw_only=True)
class Failure:
    """One failed command.

    `message` is the last line that it wrote to standard error; `file` and `line` (from 1) locate the command,
    "" and 0 if it is in no file.
    """

    command: str
    status: int = 0
    message: str = ""
    kind: FailureKind = FailureKind.FAILED
    file: str = ""
    line: int = 0

    @property
    def location(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def at(self, file: str, line: int) -> Failure:
        """The same, at this location if it had none."""
        return self if self.file else evolved(self, file=file, line=line)

    def __str__(self) -> str:
        command = " ".join(self.command.split("\n")[:1]) + (" ..." if "\n" in self.command else "")
        what = f"`{command}`"
        if self.kind in (FailureKind.FAILED, FailureKind.UNKNOWN):
            what += f" ended with {self.status}"
        return ": ".join(filter(None, (self.location, what, self.message)))

    def json(self) -> dict[str, Any]:
        return {
            "file": self.file or None,
            "line": self.line or None,
            "command": self.command,
            "status": self.status,
            "kind": self.kind.value,
            "message": self.message,
        }


def message_of(text: str) -> str:
    """The line of an error message with the cause: the last, except for hints where to read more."""
    lines = [line.strip() for line in text.strip().split("\n") if line.strip()]
    causes = [line for line in lines if not line.startswith(("Try ", "Run 'docker ", "See '"))]
    return (causes or lines or [""])[-1]


class NoAnswer(UsageError):
    """A question that has no answer, good or bad."""


class IncompleteLab(NoAnswer):
    """A question about a lab with `failures`."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        self.failures = tuple(failures)
        super().__init__("\n".join(("no answer: the lab is incomplete", *listing(self.failures))))

    def __reduce__(self) -> tuple[type[IncompleteLab], tuple[Sequence[Failure]]]:
        return IncompleteLab, (self.failures,)


def listing(failures: Sequence[Failure]) -> list[str]:
    """A line for each failure, indented; past LISTED, a line that counts the rest."""
    lines = [f"  {failure}" for failure in failures[:LISTED]]
    rest = len(failures) - LISTED
    return lines if rest <= 0 else [*lines, f"  and {rest} more"]


def summary(failures: Sequence[Failure]) -> str:
    """The note of an answer about an incomplete lab, "" for a complete one."""
    if not failures:
        return ""
    count = f"{len(failures)} command{'s' if len(failures) > 1 else ''} of the scenario"
    return f"incomplete lab: {count} did not do what was asked"
