"""The same lab in several processes: fork(2) copies it as it stands, for next to nothing.

    answers = at_once(lambda part: sweep(lab, part), parts_of(shots, jobs))     # a process for each part
    answers = each_alone(lambda shot: asked(lab, shot), shots, jobs)            # for each, the lab as it is now
    for answer in in_order(lambda line: tried(lab, line), lines, jobs): ...     # as they come, to be broken off

What a function does to the lab in another process nobody here sees; its result comes back pickled, an exception is
raised here.  Results are in the order of the items, whoever is ready first.

There is no fork on Windows and in browsers; on macOS, and in a process with threads, it is not safe.  `can_fork` tells;
`elsewhere` then has new processes make the lab again.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import repeat
from typing import IO, Final, Generic, NoReturn, TypeVar

import attrs

Item = TypeVar("Item")
Got = TypeVar("Got")
Made = TypeVar("Made")


#: So many probes, or questions for names, take much longer than a process to begin.
WORTH_A_PROCESS: Final = 200
_WITHOUT: Final = ("darwin", "emscripten", "wasi", "win32")


def can_fork() -> bool:
    return sys.platform not in _WITHOUT and hasattr(os, "fork") and threading.active_count() == 1


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_once(call: Callable[[Item], Got], items: Sequence[Item]) -> list[Got]:
    """`call` of each, all at the same time, each in a process of its own."""
    children: list[_Child[Got]] = []
    try:
        children += (_Child.born(call, item) for item in items)
        return [child.result() for child in children]
    finally:
        for child in children:
            child.end()


def each_alone(call: Callable[[Item], Got], items: Sequence[Item], jobs: int) -> list[Got]:
    """`call` of each in a process that nothing else was called in, so many at a time."""
    parts = at_once(lambda part: [at_once(call, [item])[0] for item in part], parts_of(items, jobs))
    return [got for part in parts for got in part]


def in_order(call: Callable[[Item], Got], items: Iterable[Item], jobs: int) -> Generator[Got, None, None]:
    """`call` of each in so many processes, dealt out in turn; they are ended when nobody asks for more."""
    every, children = list(items), list[_Child[Got]]()
    try:
        for first in range(min(jobs, len(every))):
            children.append(_Child.born(call, *every[first::jobs]))
        for place in range(len(every)):
            yield children[place % len(children)].following()
    finally:
        for child in children:
            child.end()


def elsewhere(make: Callable[[], Made], call: Callable[[Made, Item], Got], items: Sequence[Item]) -> list[Got]:
    """`call` of each, at the same time, in new processes that make first what it needs; all of it can be pickled."""
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 -- a browser's Python has no processes

    with ProcessPoolExecutor(len(items)) as pool:
        return list(pool.map(_made_and_called, repeat(make), repeat(call), items))


def _made_and_called(make: Callable[[], Made], call: Callable[[Made, Item], Got], item: Item) -> Got:
    return call(make(), item)


def parts_of(items: Sequence[Item], jobs: int) -> list[Sequence[Item]]:
    """In order, about as many in each."""
    size = max(1, -(-len(items) // jobs))
    return [items[first : first + size] for first in range(0, len(items), size)]


@contextmanager
def no_collector() -> Iterator[None]:
    """While so much is made and nothing of it is garbage yet: looking for it takes a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@attrs.define
class _Child(Generic[Got]):
    """A process, and the pipe that its result comes by."""

    pid: int
    pipe: IO[bytes]
    ended: bool = False

    @classmethod
    def born(cls, call: Callable[[Item], Got], *items: Item) -> _Child[Got]:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            _live(call, items, writing)
        os.close(writing)
        return cls(pid, os.fdopen(reading, "rb"))

    def result(self) -> Got:
        got = self.following()
        self.end()
        return got

    def following(self) -> Got:
        """What came of its next item."""
        try:
            value, error = pickle.load(self.pipe)
        except EOFError:
            raise RuntimeError("a process of vnetsim ended before its work was done") from None
        if error is not None:
            raise error
        got: Got = value
        return got

    def end(self) -> None:
        """It is over, or it is ended."""
        if self.ended:
            return
        self.ended = True
        self.pipe.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def _live(call: Callable[[Item], Got], items: Sequence[Item], writing: int) -> NoReturn:
    """What a child does from its birth to its death: nothing of its parent's is cleaned up or flushed."""
    status = 1
    try:
        gc.freeze()  # what its parent has is no garbage here
        if len(items) == 1:
            gc.disable()
        with os.fdopen(writing, "wb") as pipe:
            for item in items:
                pipe.write(_pickled(call, item))
                pipe.flush()
        status = 0
    finally:
        os._exit(status)


def _pickled(call: Callable[[Item], Got], item: Item) -> bytes:
    try:
        return pickle.dumps((call(item), None))
    except Exception as error:
        return pickle.dumps((None, error))
