"""select.poll and select.select of a script, for what processes and shells of nodes print (poll(2)).

The descriptors are numbers that only these two know.  Not modelled: descriptors of this computer (standard input,
files, sockets), writing, and poll() with other events than POLLIN and POLLHUP.
"""

from __future__ import annotations

import select
from collections.abc import Callable, Iterable
from typing import Any, Final

from vnetsim.mininet.emulation import current

_TICK_SECONDS: Final = 0.01
#: Without a timeout: how long it waits, in simulated seconds.
_PATIENCE_SECONDS: Final = 3600
_HANG_UP: Final = getattr(select, "POLLHUP", 16)
_IN: Final = getattr(select, "POLLIN", 1)


def _events(descriptor: int) -> int:
    """Its poll(2) events: that something can be read, that nothing more will come."""
    source = current().readable.get(descriptor)
    if source is None:
        raise current().not_modelled(f"poll of the descriptor {descriptor}, which is of no process of the network")
    return _IN * source.pending() | _HANG_UP * source.is_over()


def _waited(ready: Callable[[], list[Any]], seconds: float) -> list[Any]:
    found = ready()
    while not found and seconds > 0:
        current().lab.sleep(_TICK_SECONDS)
        seconds -= _TICK_SECONDS
        found = ready()
    return found


class SimulatedPoll:
    """select.poll()."""

    def __init__(self) -> None:
        self._registered: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = _IN) -> None:
        if not eventmask & _IN:
            raise current().not_modelled("poll for other events than POLLIN")
        self._registered[_number(fd)] = eventmask

    modify = register

    def unregister(self, fd: Any) -> None:
        del self._registered[_number(fd)]

    def poll(self, timeout: float | None = None) -> list[tuple[int, int]]:
        """Milliseconds."""
        seconds = _PATIENCE_SECONDS if timeout is None or timeout < 0 else timeout / 1000
        return _waited(lambda: [(fd, events) for fd in self._registered if (events := _events(fd))], seconds)


def simulated_select(
    reading: Iterable[Any], writing: Iterable[Any], exceptional: Iterable[Any], timeout: float | None = None
) -> tuple[list[Any], list[Any], list[Any]]:
    """select.select() for reading."""
    if list(writing) or list(exceptional):
        raise current().not_modelled("select for writing, or for exceptions")
    wanted = list(reading)
    seconds = _PATIENCE_SECONDS if timeout is None else timeout
    return _waited(lambda: [each for each in wanted if _events(_number(each))], seconds), [], []


def _number(fd: Any) -> int:
    return int(fd if isinstance(fd, int) else fd.fileno())
