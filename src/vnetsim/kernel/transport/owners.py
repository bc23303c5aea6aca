"""The sockets of processes by file descriptor, for `ss -p` and exit(2)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.sockets import SocketHolder

_FIRST: Final = 3
#: TASK_COMM_LEN less the final zero.
_LONGEST_NAME: Final = 15


class Closable(Protocol):
    def close(self) -> None: ...


@frozen
class Owner:
    name: str
    pid: int
    descriptor: int


class Owners:
    """The descriptors in use in one namespace, by process: each socket gets the lowest free one.

    `counted` is of all namespaces: the number of each process, so that a process without sockets needs no search.
    """

    def __init__(self, counted: Counter[int]) -> None:
        self._counted = counted
        self._open: dict[int, dict[int, Closable]] = {}

    def take(self, process: SocketHolder, socket: Closable, descriptor: int | None = None) -> Owner:
        """`descriptor` if the program moves it there (dup2)."""
        name = process.argv[0].rpartition("/")[2][:_LONGEST_NAME]
        return self._take(name, process.pid, socket, descriptor)

    def again(self, owner: Owner, socket: Closable) -> Owner:
        """Another one for the same process."""
        return self._take(owner.name, owner.pid, socket)

    def _take(self, name: str, pid: int, socket: Closable, descriptor: int | None = None) -> Owner:
        held = self._open.setdefault(pid, {})
        if descriptor is None or descriptor in held:
            descriptor = next(number for number in range(_FIRST, _FIRST + len(held) + 1) if number not in held)
        held[descriptor] = socket
        self._counted[pid] += 1
        return Owner(name, pid, descriptor)

    def close(self, owner: Owner | None) -> None:
        """The process has closed it."""
        if owner is None:
            return
        held = self._open.get(owner.pid, {})
        if held.pop(owner.descriptor, None) is not None:
            self._counted[owner.pid] -= 1
        if not held:
            self._open.pop(owner.pid, None)

    def end(self, pid: int) -> None:
        """exit_files: close what the process has open."""
        for socket in list(self._open.get(pid, {}).values()):
            socket.close()
