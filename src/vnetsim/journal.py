"""The requests that a lab has met, in order.  Replaying them makes the same lab again: fork, and undo.

Only requests of the lab's caller are recorded: what a command does while it runs belongs to that command.  A change
that cannot be replayed (a program that is a Python function, for example) makes replaying the journal a UsageError.
"""

from __future__ import annotations

import string
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, Protocol

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled, UsageError, VnetsimError
from vnetsim.garbage import no_collector
from vnetsim.values import frozen

#: Characters without a meaning to the shell, and the space.
_PLAIN: Final = frozenset(" " + string.ascii_letters + string.digits + ".:/=_-")


class ReplayTarget(Protocol):
    """The part of a lab that replaying needs."""

    def run(self, line: str, *, timeout_seconds: float | None) -> Any: ...
    def start(self, line: str) -> Any: ...
    def stop_pid(self, pid: int) -> None: ...
    def sleep(self, seconds: float) -> None: ...
    def execute_in(self, namespace: int, operation: Any) -> None: ...
    def start_docker(self) -> None: ...

    host: Any

    def call_engine(self, name: str, arguments: Mapping[str, Any]) -> Any: ...


class JournalRequest(Protocol):
    """A request that can be replayed."""

    def replay(self, lab: Any) -> None: ...
    def session(self) -> Sequence[str]:
        """The lines of a session file that make the request; UsageError if a session cannot."""


@frozen
class Ran:
    """A command line that ran to its end, and its output and status, which replaying does not need."""

    line: str
    timeout_seconds: float | None
    output: str = attrs.field(default="", eq=False)
    status: int = attrs.field(default=0, eq=False)

    def replay(self, lab: ReplayTarget) -> None:
        with suppress(NotModelled):  # what a reboot could not follow, which happened all the same
            lab.run(self.line, timeout_seconds=self.timeout_seconds)

    def session(self) -> list[str]:
        return typed(self.line, self.output, self.status)


@frozen
class Started:
    """A command line that runs on while time passes."""

    line: str

    def replay(self, lab: ReplayTarget) -> None:
        lab.start(self.line)

    def session(self) -> list[str]:
        return typed(f"{self.line} &")


@frozen
class Stopped:
    pid: int

    def replay(self, lab: ReplayTarget) -> None:
        lab.stop_pid(self.pid)

    def session(self) -> list[str]:
        return typed(f"kill -9 {self.pid}")


@frozen
class Slept:
    seconds: float

    def replay(self, lab: ReplayTarget) -> None:
        lab.sleep(self.seconds)

    def session(self) -> list[str]:
        return [f"@ +{self.seconds:.9f}".rstrip("0").rstrip(".") + "s"]


@frozen
class Executed:
    """An operation in a namespace, by the index of the namespace, and by its name if it has one."""

    namespace: int
    name: str | None
    operation: Any

    def replay(self, lab: ReplayTarget) -> None:
        with suppress(VnetsimError):
            lab.execute_in(self.namespace, self.operation)

    def session(self) -> list[str]:
        command = getattr(self.operation, "command", None)
        if command is None or self.name is None:
            raise UsageError(f"a session cannot tell {type(self.operation).__name__} in a namespace without a name")
        return typed(f"ip netns exec {self.name} {command()}" if self.name else command())


@frozen
class EngineStarted:
    def replay(self, lab: ReplayTarget) -> None:
        lab.start_docker()

    def session(self) -> list[str]:
        return []


@frozen
class EngineStopped:
    def replay(self, lab: ReplayTarget) -> None:
        lab.host.stop_engine()

    def session(self) -> list[str]:
        return typed("systemctl stop docker")


@frozen
class Rebooted:
    """`forced`: the power failed."""

    forced: bool

    def replay(self, lab: ReplayTarget) -> None:
        with suppress(NotModelled):
            lab.host.reboot(forced=self.forced)

    def session(self) -> list[str]:
        return typed("reboot -f" if self.forced else "reboot")


@frozen
class EngineCall:
    """An operation of the Engine API."""

    name: str
    arguments: Mapping[str, Any]

    def replay(self, lab: ReplayTarget) -> None:
        with suppress(VnetsimError):
            lab.call_engine(self.name, self.arguments)

    def session(self) -> list[str]:
        raise UsageError(f"a session holds commands, and {self.name} was asked of the engine by its API")


@frozen
class Unrepeatable:
    """A change to the lab that cannot be replayed."""

    what: str

    @property
    def complaint(self) -> str:
        return f"this lab cannot be repeated: {self.what} is not in its journal"

    def replay(self, lab: ReplayTarget) -> None:
        del lab
        raise UsageError(self.complaint)

    def session(self) -> list[str]:
        raise UsageError(f"this lab cannot be written down: {self.what} is not in its journal")


@frozen
class Recipe:
    """Makes a lab and replays its requests; it can be pickled for another process.

    `why_answers` are the answers that `why FROM TO` gave in it.  `watched`: it collects the events of packets.
    """

    make: Callable[[], Any]
    requests: tuple[JournalRequest, ...]
    why_answers: tuple[tuple[str, int], ...]
    watched: bool = False

    def __call__(self) -> Any:
        with no_collector():
            lab = self.make()
            if self.watched:
                lab.watch()
            lab.journal.replayed_answers.extend(self.why_answers)
            for request in self.requests:
                request.replay(lab)
            lab.journal.replayed_answers.clear()
        return lab


class Journal:
    """The requests so far; `inside` while one of them is being met.  `make` makes a lab without requests."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.requests: list[JournalRequest] = []
        self.inside = True
        self._present: JournalRequest | None = None
        #: Is called with each request before it is met; what it gives is called with the request as it was met.
        self.observer: Callable[[JournalRequest], Callable[[JournalRequest], object]] | None = None
        #: Answers of `why FROM TO` here, with their statuses, and those of the lab whose requests this one replays.
        self.why_answers: list[tuple[str, int]] = []
        self.replayed_answers: deque[tuple[str, int]] = deque()
        #: What replayed requests of other modules keep about this lab.
        self.notes: dict[str, Any] = {}

    @contextmanager
    def record(self, request: JournalRequest) -> Iterator[list[JournalRequest]]:
        """Append the request once it is met; the yielded list holds it, and the caller may replace it there."""
        if self.inside:
            yield [request]
            return
        held = [request]
        self.inside, self._present = True, request
        ended = None if self.observer is None else self.observer(request)
        try:
            yield held
        finally:
            self.inside, self._present = False, None
            self.requests.append(held[0])
            if ended is not None:
                ended(held[0])

    def unrepeatable(self, what: str) -> None:
        if not self.inside:
            self.requests.append(Unrepeatable(what))

    @property
    def tells_all(self) -> bool:
        """Whether replaying makes all that is here: the present request, if there is one, is nothing but `why`."""
        present = self._present
        if isinstance(present, Ran):
            return present.line.startswith("why ") and _PLAIN.issuperset(present.line)
        return not self.inside

    def require_repeatable(self) -> None:
        """UsageError if the lab was changed by something that cannot be replayed."""
        for request in self.requests:
            if isinstance(request, Unrepeatable):
                raise UsageError(request.complaint)

    def recipe(self, until: int | None = None, *, watched: bool = False) -> Recipe:
        """The recipe of a lab with the first `until` requests, or all of them."""
        return Recipe(self.make, tuple(self.requests[:until]), tuple(self.why_answers), watched)

    def session(self) -> str:
        """The requests as the text of a plain session file."""
        lines: list[str] = []
        requests = deque(self.requests)
        while requests:
            request = requests.popleft()
            take_input = getattr(request, "take_input", None)
            lines += (request if take_input is None else take_input(requests)).session()
        return "".join(f"{line}\n" for line in lines)


def typed(line: str, output: str = "", status: int = 0) -> list[str]:
    """A command in the form of a session file."""
    first, *rest = line.split("\n")
    answer = [_escaped(text.rstrip()) for text in output.rstrip().split("\n")] if output.strip() else []
    return [f"$ {first}", *(f"> {more}" for more in rest), *answer, *([f"[{status}]"] if status else []), ""]


def _escaped(text: str) -> str:
    """Output that would be taken for something else (see scenario.load)."""
    special = text.startswith(("\\", "$ ", "@ ", "#", "> ")) or text in ("$", "@")
    return f"\\{text}" if special or (text.startswith("[") and is_digits(text[1:-1]) and text.endswith("]")) else text
