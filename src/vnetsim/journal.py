"""What a lab was asked for, in order.  The same requests make the same lab again: that is fork, and undo.

A request is noted only where it comes from outside: what a command does while it runs belongs to that command.
What cannot be asked for again (a program that was handed over as a Python function, say) makes the journal useless
for replaying, and it says so.
"""

from __future__ import annotations

import copy
import inspect
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled, UsageError, VnetsimError


class ReplayTarget(Protocol):
    """What of a lab its requests need to be made again."""

    def run(self, line: str, *, timeout_seconds: float | None) -> Any: ...
    def start(self, line: str) -> Any: ...
    def stop_pid(self, pid: int) -> None: ...
    def sleep(self, seconds: float) -> None: ...
    def execute_in(self, namespace: int, operation: Any) -> None: ...
    def start_docker(self) -> None: ...

    host: Any

    def ask_engine(self, name: str, arguments: Mapping[str, Any]) -> Any: ...


class JournalRequest(Protocol):
    """A value that can be asked for again."""

    def replay(self, lab: Any) -> None: ...
    def session(self) -> Sequence[str]:
        """The lines of a session file that ask for it; UsageError if a session cannot."""
        ...


@attrs.frozen
class Ran:
    """A command line that was run to its end, and its output and status, which replaying does not need."""

    line: str
    timeout_seconds: float | None
    output: str = attrs.field(default="", eq=False)
    status: int = attrs.field(default=0, eq=False)

    def replay(self, lab: ReplayTarget) -> None:
        with suppress(NotModelled):  # what a reboot could not follow, which happened all the same
            lab.run(self.line, timeout_seconds=self.timeout_seconds)

    def session(self) -> list[str]:
        return typed(self.line, self.output, self.status)


@attrs.frozen
class Started:
    """A command line that runs on while time passes."""

    line: str

    def replay(self, lab: ReplayTarget) -> None:
        lab.start(self.line)

    def session(self) -> list[str]:
        return typed(f"{self.line} &")


@attrs.frozen
class Stopped:
    pid: int

    def replay(self, lab: ReplayTarget) -> None:
        lab.stop_pid(self.pid)

    def session(self) -> list[str]:
        return typed(f"kill -9 {self.pid}")


@attrs.frozen
class Slept:
    seconds: float

    def replay(self, lab: ReplayTarget) -> None:
        lab.sleep(self.seconds)

    def session(self) -> list[str]:
        return [f"@ +{self.seconds:.9f}".rstrip("0").rstrip(".") + "s"]


@attrs.frozen
class Executed:
    """An operation in a namespace, by its place among those that there are, and by its name where it has one."""

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


@attrs.frozen
class EngineStarted:
    def replay(self, lab: ReplayTarget) -> None:
        lab.start_docker()

    def session(self) -> list[str]:
        return []


@attrs.frozen
class EngineStopped:
    def replay(self, lab: ReplayTarget) -> None:
        lab.host.stop_engine()

    def session(self) -> list[str]:
        return typed("systemctl stop docker")


@attrs.frozen
class Rebooted:
    """`forced`: the power failed."""

    forced: bool

    def replay(self, lab: ReplayTarget) -> None:
        with suppress(NotModelled):
            lab.host.reboot(forced=self.forced)

    def session(self) -> list[str]:
        return typed("reboot -f" if self.forced else "reboot")


@attrs.frozen
class EngineAsked:
    """An operation of the Engine API."""

    name: str
    arguments: Mapping[str, Any]

    def replay(self, lab: ReplayTarget) -> None:
        with suppress(VnetsimError):
            lab.ask_engine(self.name, self.arguments)

    def session(self) -> list[str]:
        raise UsageError(f"a session holds commands, and {self.name} was asked of the engine by its API")


@attrs.frozen
class Unrepeatable:
    """Something that was done to the lab and cannot be asked for again."""

    what: str

    @property
    def complaint(self) -> str:
        return f"this lab cannot be repeated: {self.what} is not in its journal"

    def replay(self, lab: ReplayTarget) -> None:
        del lab
        raise UsageError(self.complaint)

    def session(self) -> list[str]:
        raise UsageError(f"this lab cannot be written down: {self.what} is not in its journal")


@attrs.frozen
class Recipe:
    """How a lab came to be as it is; it can be pickled, and followed in another process.

    `said` is what `why FROM TO` came to in it.
    """

    make: Callable[[], Any]
    requests: tuple[JournalRequest, ...]
    said: tuple[tuple[str, int], ...]

    def __call__(self) -> Any:
        lab = self.make()
        lab.journal.known.extend(self.said)
        for request in self.requests:
            request.replay(lab)
        lab.journal.known.clear()
        return lab


class Journal:
    """The requests so far; `inside` while one of them is being met.  `make` makes a lab of which nothing was asked."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.requests: list[JournalRequest] = []
        self.inside = True
        #: What `why FROM TO` said here, with its status, and what it has said in the lab that this one repeats.
        self.said: list[tuple[str, int]] = []
        self.known: deque[tuple[str, int]] = deque()
        #: Where those who replay requests of their own keep what belongs to this lab.
        self.notes: dict[str, Any] = {}

    @contextmanager
    def noting(self, request: JournalRequest) -> Iterator[list[JournalRequest]]:
        """Note the request once it is met; what is yielded holds it, and may be exchanged for one that tells more."""
        if self.inside:
            yield [request]
            return
        held = [request]
        self.inside = True
        try:
            yield held
        finally:
            self.inside = False
            self.requests.append(held[0])

    def unrepeatable(self, what: str) -> None:
        if not self.inside:
            self.requests.append(Unrepeatable(what))

    def require_repeatable(self) -> None:
        """UsageError if something was done to the lab that cannot be asked for again."""
        for request in self.requests:
            if isinstance(request, Unrepeatable):
                raise UsageError(request.complaint)

    def recipe(self, until: int | None = None) -> Recipe:
        """What makes a lab of which the first so many were asked, all of them unless said."""
        return Recipe(self.make, tuple(self.requests[:until]), tuple(self.said))

    def session(self) -> str:
        """The requests as the text of a plain session file."""
        return "".join(f"{line}\n" for request in self.requests for line in request.session())


def typed(line: str, output: str = "", status: int = 0) -> list[str]:
    """A command as a session file has it."""
    first, *rest = line.split("\n")
    answer = [_escaped(text.rstrip()) for text in output.rstrip().split("\n")] if output.strip() else []
    return [f"$ {first}", *(f"> {more}" for more in rest), *answer, *([f"[{status}]"] if status else []), ""]


def _escaped(text: str) -> str:
    """Output that would be taken for something else (see scenario.load)."""
    special = text.startswith(("\\", "$ ", "@ ", "#", "> ")) or text in ("$", "@")
    return f"\\{text}" if special or (text.startswith("[") and is_digits(text[1:-1]) and text.endswith("]")) else text


def engine_request(engine: object, steps: Generator[Any, Any, Any]) -> EngineAsked | None:
    """The request that a generator of the engine stands for, before its first step; None if it is none of that.

    A generator function's arguments are its local variables until it runs.
    """
    if engine is None or inspect.getgeneratorstate(steps) != inspect.GEN_CREATED:
        return None
    arguments = dict(inspect.getgeneratorlocals(steps))
    name = getattr(steps, "__name__", "")
    if arguments.pop("self", None) is not engine or not _is_data(arguments):
        return None
    return EngineAsked(name, copy.deepcopy(arguments))


def _is_data(value: object) -> bool:
    """Whether it is made of nothing but words, numbers, lists and mappings."""
    if isinstance(value, Mapping):
        return all(_is_data(key) and _is_data(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_data, value))
    return value is None or isinstance(value, str | int | float | bool)
