"""Which failures a script handled: the exit statuses of commands, and whether the script tested them.

A status is looked at by `||`, `&&`, `if`, `while`, `until`, `!`, and by reading `$?` other than to print it.  One that
the next command overwrites unseen is a failure of the scenario and is reported.  The last one is the shell's own, and
its caller's to look at.  Followed: what `set -e` takes for a failure (bash(1), errexit); unlike it, a failure inside a
list or function whose own status is looked at counts, since only the last status of that is seen.

Not modelled: that a script looks at what a command printed, or at what it left behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.failures import Failure, FailureKind, message_of
from vnetsim.programs.findings import was_absent
from vnetsim.programs.libc.streams import Nowhere

if TYPE_CHECKING:
    from vnetsim.process import Child, Process
    from vnetsim.shell.redirection import Streams
    from vnetsim.shell.state import ShellState

#: Builtins whose status is an answer, or that of the command that they ran.
_ANSWERING: Final = frozenset(
    (
        ":",
        "[",
        "false",
        "getopts",
        "hash",
        "jobs",
        "kill",
        "let",
        "mapfile",
        "read",
        "readarray",
        "return",
        "test",
        "true",
        "type",
        "wait",
    )
)
#: The status of `kill` without a pid or job.
_USAGE: Final = 2
#: Builtins that run commands, whose statuses are recorded already.
RUNNING: Final = frozenset((".", "command", "eval", "source"))
#: Commands that print `$?` and decide nothing by it.
PRINTING: Final = frozenset(("echo", "printf"))
#: Builtins that end with the latest status if they have no argument.
KEEPING: Final = frozenset(("exit", "return"))
#: Commands that look at the text which a substitution came to.
_COMPARING: Final = frozenset(("[", "test"))


class Outcomes:
    """The statuses of one shell.  The latest failure that nothing has looked at is `state.pending`."""

    def __init__(self, process: Process, state: ShellState) -> None:
        self._process, self._state = process, state
        #: How many enclosing commands test the status of what runs.
        self.tested = 0
        #: The failure of the latest `$(...)`.
        self.substitution: Failure | None = None
        #: Whether the latest status, not 0, needs no report.
        self.settled = False

    @contextmanager
    def testing(self) -> Iterator[None]:
        """Meanwhile commands run whose status is tested."""
        self.tested += 1
        try:
            yield
        finally:
            self.tested -= 1

    # --- what looks at a status --------------------------------------------------------------------------------------

    def look(self) -> None:
        """The latest status was tested."""
        self._state.pending = None

    def overwrite(self) -> None:
        """Another command overwrites the latest status."""
        pending, self._state.pending = self._state.pending, None
        if pending is not None:
            self._process.report(pending)

    # --- what gives a status -----------------------------------------------------------------------------------------

    def ended(
        self, words: Sequence[str], status: int, streams: Streams, *, source: str, child: Child | None = None
    ) -> None:
        """A command ended; `child` if it was a process of its own."""
        self.settled = bool(status) and self._is_settled(words, status, streams, child)
        if status and not self.settled:
            self._state.pending = self._failure(source or " ".join(words), status, child=child)

    def _is_settled(self, words: Sequence[str], status: int, streams: Streams, child: Child | None) -> bool:
        if child is None:
            return words[0] in _ANSWERING and (words[0], status) != ("kill", _USAGE)
        if child.settled or child.signal is not None:
            return True
        return isinstance(streams.outputs.get(2), Nowhere) and was_absent(words, self._process.complaint)

    def answered(self, status: int) -> None:
        """`[[ ... ]]` or `(( ... ))` ended: its status is an answer."""
        self.settled = bool(status)

    def refused(self, status: int, source: str) -> None:
        """A command could not be run, or a line was discarded."""
        self.settled = False
        self._state.pending = self._failure(source, status)

    def abandoned(self, status: int, source: str) -> None:
        """`set -e` ended the script before its end: even if the status is an answer, what is behind was not done."""
        if self.settled:
            self.settled = False
            self._state.pending = attrs.evolve(self.of(source), status=status, message="set -e ended the script there")

    def unknown(self, name: str, source: str, status: int) -> None:
        """The program is unknown here; on another machine it may exist."""
        self._process.report(self._failure(source or name, status, FailureKind.UNKNOWN))
        self.settled = True

    def substituted(self, child: Child, status: int, source: str) -> None:
        """`$(...)` ended: its status is the command's only if the command has only assignments."""
        failed = status and not child.settled and child.signal is None
        self.substitution = self._failure(source, status) if failed else None

    def assigned(self, status: int) -> None:
        """A command of only assignments has the status of its last substitution."""
        failure, self.substitution = self.substitution, None
        self.overwrite()
        self._state.pending = failure
        self.settled = bool(status) and failure is None

    def masked(self, words: Sequence[str]) -> None:
        """A command with words hides the status of a substitution in it."""
        failure, self.substitution = self.substitution, None
        if failure is not None and not self.tested and words[0] not in _COMPARING:
            self._process.report(failure)

    def piped(self, child: Child, source: str) -> None:
        """A command of a pipeline, not the one whose status the pipeline has, ended."""
        if child.status and not child.settled and child.signal is None and not self.tested:
            self._process.report(self._failure(source, child.status))

    # --- the end -----------------------------------------------------------------------------------------------------

    def end(self, status: int) -> None:
        """The shell ends."""
        pending, self._state.pending = self._state.pending, None
        if pending is not None and not status:
            self._process.report(pending)
        if pending is not None and status:
            self._process.explain(pending)
        if status and self.settled:
            self._process.settle()

    def of(self, source: str) -> Failure:
        """The failure of a command, should it fail."""
        return Failure(command=source).at(*self._location())

    def not_modelled(self, message: str) -> None:
        """The script needs a feature that the shell lacks."""
        state = self._state
        self._process.report(
            Failure(command=state.name, message=message, kind=FailureKind.NOT_MODELLED).at(*self._location())
        )
        self.settled = True

    def _failure(
        self, source: str, status: int, kind: FailureKind = FailureKind.FAILED, *, child: Child | None = None
    ) -> Failure:
        """A failure; of a command in a script, with its location there."""
        cause = None if child is None else child.cause
        own = cause if cause is not None and cause.file else self.of(source)
        return attrs.evolve(own, status=status, message=message_of(self._process.complaint), kind=kind)

    def _location(self) -> tuple[str, int]:
        state = self._state
        return (state.file, state.line) if state.scripted else ("", 0)
