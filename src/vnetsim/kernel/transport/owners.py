"""The sockets of processes by file descriptor, for `ss -p` and exit(2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.sockets import SocketHolder

_FIRST: Final = 3
#: TASK_COMM_LEN less the final zero.
_LONGEST_NAME: Final = 15


#: The namespaces in which each process has sockets open, in the order of the first one.
Holders: TypeAlias = "dict[int, tuple[Owners, ...]]"


class Closable(Protocol):
    def close(self) -> None: ...


@frozen
class Owner:
    name: str
    pid: int
    descriptor: int


class Owners:
    """The descriptors in use in one namespace, by process: each socket gets the lowest free one.

    `holders` is of all namespaces: those in which a process has sockets.
    """

    def __init__(self, holders: Holders) -> None:
        self._holders = holders
        self._open: dict[int, dict[int, Closable]] = {}

    def take(self, process: SocketHolder, socket: Closable, descriptor: int | None = None) -> Owner:
        """`descriptor` if the program moves it there (dup2)."""
        name = process.title[0].rpartition("/")[2][:_LONGEST_NAME]
        return self._take(name, process.pid, socket, descriptor)

    def again(self, owner: Owner, socket: Closable) -> Owner:
        """Another one for the same process."""
        return self._take(owner.name, owner.pid, socket)

    def _take(self, name: str, pid: int, socket: Closable, descriptor: int | None = None) -> Owner:
        held = self._open.get(pid)
        if held is None:
            held = self._open[pid] = {}
            self._holders[pid] = (*self._holders.get(pid, ()), self)
        if descriptor is None or descriptor in held:
            descriptor = next(number for number in range(_FIRST, _FIRST + len(held) + 1) if number not in held)
        held[descriptor] = socket
        return Owner(name, pid, descriptor)

    def close(self, owner: Owner | None) -> None:
        """The process has closed it."""
        if owner is None:
            return
        held = self._open.get(owner.pid, {})
        held.pop(owner.descriptor, None)
        if not held and self._open.pop(owner.pid, None) is not None:
            self._holders[owner.pid] = tuple(each for each in self._holders[owner.pid] if each is not self)

    def end(self, pid: int) -> None:
        """exit_files: close what the process has open."""
        for socket in list(self._open.get(pid, {}).values()):
            socket.close()
