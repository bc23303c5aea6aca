"""The failures of one lab: what was asked of it and did not come about, and who has looked at that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import attrs

from vnetsim.failures import Failure, FailureKind, IncompleteLab
from vnetsim.process import Child
from vnetsim.programs.findings import is_finding


@attrs.define
class _Entry:
    """A failure of the request with this number; `seen` by whoever expected it."""

    request: int
    failure: Failure
    seen: bool = False


class Shortfall:
    """`request` tells how many requests the lab has met so far (the length of its journal)."""

    def __init__(self, request: Callable[[], int]) -> None:
        self._request = request
        self._entries: list[_Entry] = []
        #: Whether questions are to be answered about the rest.
        self.accepted = False
        #: Where the command stands that runs: file and line, "" and 0 if in none.
        self.place: tuple[str, int] = ("", 0)
        #: Files of the simulated machine that are copies of the user's, by path.
        self.copies: dict[str, str] = {}

    @property
    def failures(self) -> tuple[Failure, ...]:
        """In the order in which they happened, those apart that somebody has looked at."""
        return tuple(entry.failure for entry in self._entries if not entry.seen)

    def required(self) -> tuple[Failure, ...]:
        """The failures that an answer leaves out; IncompleteLab if there are any and that is not accepted."""
        failures = self.failures
        if failures and not self.accepted:
            raise IncompleteLab(failures)
        return failures

    def report(self, failure: Failure) -> None:
        self._add(failure)

    def _add(self, failure: Failure) -> _Entry:
        failure = failure.at(*self.place)
        if failure.file in self.copies:
            failure = attrs.evolve(failure, file=self.copies[failure.file])
        entry = _Entry(self._request(), failure)
        self._entries.append(entry)
        return entry

    @contextmanager
    def located_at(self, file: str, line: int) -> Iterator[None]:
        """Meanwhile commands run that stand there."""
        before, self.place = self.place, (file, line)
        try:
            yield
        finally:
            self.place = before

    def mark(self) -> int:
        """The place in the list where the failures of the next command begin."""
        return len(self._entries)

    def ended(self, child: Child, failure: Failure) -> Callable[[], None]:
        """A command line ended with the status in `failure`; what to call when somebody looks at that."""
        if not failure.status or child.settled or is_finding(_argv(child), failure.status):
            return _nothing
        if child.cause is not None and child.cause.file:
            failure = attrs.evolve(child.cause, status=failure.status, message=failure.message)
        entry = self._add(failure)

        def look() -> None:
            entry.seen = True

        return look

    def expected(self, since: int, child: Child, failure: Failure, status: int) -> None:
        """The command, whose failures begin at `since`, was to end with `status`."""
        if failure.status == status:
            for entry in self._entries[since:] if status else ():
                entry.seen = True
        elif not failure.status and not is_finding(_argv(child), status):
            self._add(attrs.evolve(failure, message=f"expected exit status {status}"))

    def acknowledge(self, since: int) -> None:
        """Somebody saw how the command ended whose failures begin at `since`; what is not modelled still counts."""
        for entry in self._entries[since:]:
            entry.seen = entry.seen or entry.failure.kind is FailureKind.FAILED

    def copy_to(self, other: Shortfall, requests: int | None = None) -> None:
        """The other lab repeats so many of this one's requests (all if None): it has these failures, and no others."""
        other.accepted = self.accepted
        other._entries = [
            attrs.evolve(entry) for entry in self._entries if requests is None or entry.request < requests
        ]


def _nothing() -> None:
    pass


def _argv(child: Child) -> tuple[str, ...]:
    return tuple(getattr(child, "argv", ())) or ("",)
