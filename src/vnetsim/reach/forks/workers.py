"""The same lab in several processes: fork(2) copies it as it is, for next to nothing.

    answers = at_once(lambda part: sweep(lab, part), parts_of(shots, jobs))     # a process for each part
    answers = each_alone(lambda shot: asked(lab, shot), shots, jobs)            # for each, the lab as it is now
    for answer in in_order(lambda line: tried(lab, line), lines, jobs): ...     # as they come, to be broken off
    for answer in work(function, items, executor=executor): ...                 # by whatever does the work

What a function changes in the lab of another process stays there; its result comes back pickled, an exception is
raised here.  Results are in the order of the items, whichever is ready first.

There is no fork on Windows and in browsers; on macOS, and in a process with threads, it is not safe.  `can_fork` tells;
`elsewhere` then has new processes make the lab again.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Final, TypeVar

from vnetsim.reach.forks.process import ForkedProcess, Reply, attempted

if TYPE_CHECKING:
    from concurrent.futures import Executor

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


def at_once(
    call: Callable[[Item], Got], items: Sequence[Item], progress: Callable[[int], object] = lambda _: None
) -> list[Got]:
    """`call` of each, all at the same time, each in a process of its own; `progress` is given how many are done."""
    children: list[ForkedProcess[None, Got]] = []
    found: list[Got] = []
    try:
        children += (_worker(call, item) for item in items)
        for child in children:
            found.append(child.receive())
            progress(len(found))
        return found
    finally:
        for child in children:
            child.close()


def each_alone(call: Callable[[Item], Got], items: Sequence[Item], jobs: int) -> list[Got]:
    """`call` of each in a process that nothing else was called in before, so many at a time."""

    def called(part: Sequence[Item]) -> list[Got]:
        return [*(at_once(call, [item])[0] for item in part[:-1]), call(part[-1])]

    return [got for part in at_once(called, parts_of(items, jobs)) for got in part]


def in_order(call: Callable[[Item], Got], items: Iterable[Item], jobs: int) -> Generator[Got, None, None]:
    """`call` of each in so many processes, dealt out in turn; they are ended when the caller wants no more."""
    every, children = list(items), list[ForkedProcess[None, Got]]()
    try:
        for first in range(min(jobs, len(every))):
            children.append(_worker(call, *every[first::jobs]))
        for index in range(len(every)):
            yield children[index % len(children)].receive()
    finally:
        for child in children:
            child.close()


def work(
    call: Callable[[Item], Got], items: Sequence[Item], *, jobs: int = 1, executor: Executor | None = None
) -> Iterator[Got]:
    """`call` of each, as they come and in their order: by an executor, or in so many processes.

    What goes to an executor, or to a process where there is no fork, can be pickled; the results can in any case.
    """
    if executor is not None:
        return _submitted(executor, call, items)
    if jobs == 1 or len(items) < 2:
        return map(call, items)
    return in_order(call, items, jobs) if can_fork() else _in_new_processes(call, items, jobs)


def _in_new_processes(call: Callable[[Item], Got], items: Sequence[Item], jobs: int) -> Iterator[Got]:
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415 -- a browser's Python has no processes

    with ProcessPoolExecutor(min(jobs, len(items))) as pool:
        yield from _submitted(pool, call, items)


def _submitted(executor: Executor, call: Callable[[Item], Got], items: Sequence[Item]) -> Iterator[Got]:
    """Results in the order of the items; what is not needed any more is called off."""
    futures = [executor.submit(call, item) for item in items]
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()


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


def _worker(call: Callable[[Item], Got], *items: Item) -> ForkedProcess[None, Got]:
    """A process that replies to nothing, and calls for one item after the other."""

    def serve(_: Iterator[None]) -> Iterator[Reply[Got]]:
        if len(items) > 1:
            gc.enable()
        return (attempted(partial(call, item)) for item in items)

    return ForkedProcess(serve)
