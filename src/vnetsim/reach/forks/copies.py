"""A copy of a lab, to which something is done and of which something is asked while the lab itself stays as it is.

    with closing(copied(lab, make)) as copy:        # make(copy of the lab) gives what is held there
        answer = copy.call(function)                # function(what is held there)

Where fork(2) is safe (`vnetsim.reach.forks.workers`) the copy is a process, which costs a few milliseconds whatever the
size of the lab; functions and their results are pickled.  Elsewhere the lab is made again from its journal.  Both are
the same lab, as a lab that is made again is exact.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
from collections.abc import Callable
from contextlib import closing, suppress
from typing import IO, TYPE_CHECKING, Generic, NoReturn, Protocol, TypeVar

from vnetsim.reach.forks.workers import can_fork

if TYPE_CHECKING:
    from vnetsim.lab import Lab

Held = TypeVar("Held")
Held_co = TypeVar("Held_co", covariant=True)
Got = TypeVar("Got")


class Copy(Protocol[Held_co]):
    """What is done to it, the lab that it was made from does not see."""

    def call(self, function: Callable[[Held_co], Got]) -> Got:
        """What a function says of what is held there; it, and what it gives, can be pickled."""
        ...

    def close(self) -> None:
        """It is not needed any more."""
        ...


class Here(Generic[Held]):
    """What is held by this process."""

    def __init__(self, make: Callable[[], Held]) -> None:
        self._held = make()

    def call(self, function: Callable[[Held], Got]) -> Got:
        return function(self._held)

    def close(self) -> None:
        return


class Forked(Generic[Held]):
    """What is held by a process that was forked from this one; `make` is called there."""

    def __init__(self, make: Callable[[], Held]) -> None:
        (requests, to_child), (from_child, answers) = os.pipe(), os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            # The child keeps what it inherits of other children's pipes.  The youngest child sees its own closed when
            # the parent dies, then the one before it.
            os.close(to_child)
            os.close(from_child)
            _serve(make, requests, answers)
        os.close(requests)
        os.close(answers)
        self._requests: IO[bytes] = os.fdopen(to_child, "wb")
        self._answers: IO[bytes] = os.fdopen(from_child, "rb")

    def call(self, function: Callable[[Held], Got]) -> Got:
        try:
            pickle.dump(function, self._requests)
            self._requests.flush()
            value, error = pickle.load(self._answers)
        except (EOFError, OSError):
            raise RuntimeError("a process of vnetsim ended before its work was done") from None
        if error is not None:
            raise error
        got: Got = value
        return got

    def close(self) -> None:
        if self._answers.closed:
            return
        with suppress(OSError):
            self._requests.close()
        self._answers.close()
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)


def copied(lab: Lab, make: Callable[[Lab], Held]) -> Copy[Held]:
    """A copy of the lab as it stands.  UsageError, on every platform, if its journal does not hold all of it."""
    lab.settle()
    lab.journal.require_repeatable()
    if can_fork():
        return Forked(lambda: make(lab))
    return Here(lambda: make(lab.fork()))


def on_copy(call: Callable[[Lab], Got], lab: Lab) -> Got:
    """`call` of a copy of the lab, which stays as it was; what it gives can be pickled."""
    with closing(copied(lab, call)) as copy:
        return copy.call(_itself)


def _itself(held: Held) -> Held:
    return held


def _serve(make: Callable[[], Held], requests: int, answers: int) -> NoReturn:
    """What a child does from its birth to its death: nothing of its parent's is cleaned up or flushed."""
    status = 1
    try:
        gc.disable()
        with os.fdopen(requests, "rb") as asked, os.fdopen(answers, "wb") as told, suppress(EOFError):
            held = _tried(make)
            while True:
                told.write(_answer(held, pickle.load(asked)))
                told.flush()
        status = 0
    finally:
        os._exit(status)


def _tried(make: Callable[[], Held]) -> tuple[Held | None, Exception | None]:
    try:
        return make(), None
    except Exception as error:
        return None, error


def _answer(held: tuple[Held | None, Exception | None], function: Callable[[Held], Got]) -> bytes:
    value, error = held
    if error is not None:
        return pickle.dumps((None, error))
    try:
        return pickle.dumps((function(value), None))  # type: ignore[arg-type]  # it is there where there is no error
    except Exception as raised:
        return pickle.dumps((None, raised))
