"""A copy of a lab, which is changed and examined while the lab itself stays as it is.

    with closing(copied(lab, make)) as copy:        # make(copy of the lab) gives what is held there
        answer = copy.call(function)                # function(what is held there)

Where fork(2) is safe (`vnetsim.reach.forks.workers`) the copy can be a process, which costs the same whatever the
size of the lab: 20 to 50 ms of the processor, nearly all of it for the two thousand pages that are written to until the
first probe is sent.  Functions and their results are pickled.  A lab that did little is made again from its journal,
in less time; where there is no fork(2), every lab is.  Both are the same lab, as a lab that is made again is exact.

Where the line of a session is `why FROM TO` and nothing else, the copy has all that was there when the line began, with
the present time; other lines may have changed the lab, and it is forked in the middle of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar, cast

from vnetsim.clock import SECOND
from vnetsim.garbage import collect_young, no_collector
from vnetsim.reach.forks.process import ForkedProcess, Reply, attempted
from vnetsim.reach.forks.workers import can_fork

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

Held = TypeVar("Held")
SomeLab = TypeVar("SomeLab", bound="BaseLab")
Held_co = TypeVar("Held_co", covariant=True)
Got = TypeVar("Got")

#: So much work is done again sooner than a process is forked: a third of a millisecond each.
_SOON: Final = 80
#: How many events are one of it, and how much an engine, and the containers and devices of a namespace, make of it.
_EVENTS: Final = 10
_ENGINE: Final = 15
_NAMESPACE: Final = 5


class Copy(Protocol[Held_co]):
    """What is done to it, the lab that it was made from does not see."""

    def call(self, function: Callable[[Held_co], Got]) -> Got:
        """The result of a function on the copy; the function and its result can be pickled."""

    def close(self) -> None:
        """It is not needed any more."""


class Here(Generic[Held]):
    """What is held by this process."""

    def __init__(self, make: Callable[[], Held]) -> None:
        with no_collector():
            self._held = [make()]

    def call(self, function: Callable[[Held], Got]) -> Got:
        with no_collector():
            return function(self._held[0])

    def close(self) -> None:
        """Whoever keeps this does not keep the lab as well."""
        if self._held:
            self._held.clear()
            collect_young()


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
    if is_forked(lab):
        return Forked(lambda: make(lab))
    return Here(lambda: make(_made_again(lab)))


def is_forked(lab: BaseLab) -> bool:
    """Whether its copies are processes."""
    return can_fork() and (not lab.journal.tells_all or _work(lab) > _SOON)


def _work(lab: BaseLab) -> int:
    """How much is done to make it again."""
    namespaces = len(lab.machine.kernel.namespaces)
    return lab.meter.events // _EVENTS + _NAMESPACE * namespaces + _ENGINE * lab.has_engine


def _made_again(lab: SomeLab) -> SomeLab:
    """With the same time, too: some milliseconds are over since the line `why` began."""
    other = lab.fork()
    passed = lab.now() - other.now()
    if passed > 0:
        other.sleep((passed + 0.5) / SECOND)  # and not a nanosecond less
    return other


def on_copy(call: Callable[[SomeLab], Got], lab: SomeLab) -> Got:
    """`call` of a copy of the lab, which stays as it was; what it gives can be pickled."""
    with closing(copied(lab, call)) as copy:
        return copy.call(_itself)


def _itself(held: Held) -> Held:
    return held
