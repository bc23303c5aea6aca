"""The failures of one lab, and which of them were handled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import attrs

from vnetsim.failures import Failure, FailureKind, IncompleteLab
from vnetsim.process import Child
from vnetsim.programs.findings import is_finding
from vnetsim.values import define


@define
class _Entry:
    """A failure of the request with this number; `seen`: it was handled."""

    request: int
    failure: Failure
    seen: bool = False


class Shortfall:
    """`request` gives the number of requests of the lab so far (the length of its journal), `circumstances` the
    assumptions that are due to the lab as it is."""

    def __init__(self, request: Callable[[], int], circumstances: Callable[[], Iterable[str]]) -> None:
        self._request, self._circumstances = request, circumstances
        self._entries: list[_Entry] = []
        self._assumptions: dict[str, None] = {}
        #: Whether questions are to be answered about the rest.
        self.accepted = False
        #: The location of the running command: file and line, "" and 0 without a file.
        self.location: tuple[str, int] = ("", 0)
        #: Files of the simulated machine that are copies of the user's, by path.
        self.copies: dict[str, str] = {}
        #: Hears of each failure and assumption as it comes.
        self.hearer: Callable[[Failure], None] = _unheard

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failures that were not handled, in their order."""
        return tuple(entry.failure for entry in self._entries if not entry.seen)

    def required(self) -> tuple[Failure, ...]:
        """The failures of an incomplete lab; IncompleteLab unless there are none or they are accepted."""
        failures = self.failures
        if failures and not self.accepted:
            raise IncompleteLab(failures)
        return failures

    def report(self, failure: Failure) -> None:
        self.hearer(failure)
        if failure.kind is FailureKind.ASSUMED:
            self._assumptions[failure.message] = None
        else:
            self._add(failure)

    @property
    def assumptions(self) -> tuple[str, ...]:
        """On what answers about the lab are built, each once."""
        return tuple(dict.fromkeys((*self._assumptions, *self._circumstances())))

    def _add(self, failure: Failure) -> _Entry:
        failure = failure.at(*self.location)
        if failure.file in self.copies:
            failure = attrs.evolve(failure, file=self.copies[failure.file])
        entry = _Entry(self._request(), failure)
        self._entries.append(entry)
        return entry

    @contextmanager
    def located_at(self, file: str, line: int) -> Iterator[None]:
        """Meanwhile commands run from this location."""
        before, self.location = self.location, (file, line)
        try:
            yield
        finally:
            self.location = before

    def mark(self) -> int:
        """The index of the next command's first failure."""
        return len(self._entries)

    def ended(self, child: Child, failure: Failure) -> Callable[[], None]:
        """A command line ended with the status in `failure`; gives what to call when the caller reads the status."""
        if not failure.status or child.settled or is_finding(_argv(child), failure.status):
            return _nothing
        if child.cause is not None and child.cause.file:
            failure = attrs.evolve(child.cause, status=failure.status, message=failure.message)
        entry = self._add(failure)

        def look() -> None:
            entry.seen = True

        return look

    def expected(self, since: int, child: Child, failure: Failure, status: int) -> None:
        """The expected exit status of the command whose failures begin at `since` is `status`."""
        if failure.status == status:
            for entry in self._entries[since:] if status else ():
                entry.seen = True
        elif not failure.status and not is_finding(_argv(child), status):
            self._add(attrs.evolve(failure, message=f"expected exit status {status}"))

    def since(self, since: int) -> tuple[Failure, ...]:
        """The failures since `since` that were not handled."""
        return tuple(entry.failure for entry in self._entries[since:] if not entry.seen)

    def relocate(self, since: int, located: Callable[[Failure], Failure]) -> None:
        """Replace the failures since `since` by what `located` makes of them."""
        for entry in self._entries[since:]:
            entry.failure = located(entry.failure)

    def acknowledge(self, since: int) -> None:
        """Handle the failures since `since`, except those of what is not modelled."""
        for entry in self._entries[since:]:
            entry.seen = entry.seen or entry.failure.kind is FailureKind.FAILED

    def copy_to(self, other: Shortfall, requests: int | None = None) -> None:
        """Give another lab, which replays so many of this one's requests (all if None), their failures."""
        other.accepted = self.accepted
        other._entries = [
            attrs.evolve(entry) for entry in self._entries if requests is None or entry.request < requests
        ]


def _nothing() -> None:
    pass


def _argv(child: Child) -> tuple[str, ...]:
    return tuple(getattr(child, "argv", ())) or ("",)


def _unheard(_failure: Failure) -> None:
    """Without a hearer."""
