"""A copy of a lab, which is changed and examined while the lab itself stays as it is.

    with closing(copied(lab, make)) as copy:        # make(copy of the lab) gives what is held there
        answer = copy.call(function)                # function(what is held there)

Where fork(2) is safe (`vnetsim.reach.forks.workers`) the copy is a process, which costs a few milliseconds whatever the
size of the lab; functions and their results are pickled.  Elsewhere the lab is made again from its journal.  Both are
the same lab, as a lab that is made again is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from vnetsim.reach.forks.process import ForkedProcess, Reply, attempted
from vnetsim.reach.forks.workers import can_fork

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

Held = TypeVar("Held")
SomeLab = TypeVar("SomeLab", bound="BaseLab")
Held_co = TypeVar("Held_co", covariant=True)
Got = TypeVar("Got")


class Copy(Protocol[Held_co]):
    """What is done to it, the lab that it was made from does not see."""

    def call(self, function: Callable[[Held_co], Got]) -> Got:
        """The result of a function on the copy; the function and its result can be pickled."""

    def close(self) -> None:
        """It is not needed any more."""


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
        self._process = ForkedProcess[Callable[[Held], Any], Any](partial(_serve, make))

    def call(self, function: Callable[[Held], Got]) -> Got:
        got: Got = self._process.call(function)
        return got

    def close(self) -> None:
        self._process.close()


def _serve(make: Callable[[], Held], functions: Iterator[Callable[[Held], Got]]) -> Iterator[Reply[Got]]:
    held, error = attempted(make)
    for function in functions:
        yield (None, error) if error is not None else attempted(partial(function, cast("Held", held)))


def copied(lab: SomeLab, make: Callable[[SomeLab], Held]) -> Copy[Held]:
    """A copy of the lab as it is.  UsageError, on every platform, if its journal does not hold all of it."""
    lab.settle()
    lab.journal.require_repeatable()
    if can_fork():
        return Forked(lambda: make(lab))
    return Here(lambda: make(lab.fork()))


def on_copy(call: Callable[[SomeLab], Got], lab: SomeLab) -> Got:
    """`call` of a copy of the lab, which stays as it was; what it gives can be pickled."""
    with closing(copied(lab, call)) as copy:
        return copy.call(_itself)


def _itself(held: Held) -> Held:
    return held
