"""Which process holds which socket, by which file descriptor: what `ss -p` tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from vnetsim.process import Process

_FIRST: Final = 3
#: TASK_COMM_LEN less the final zero.
_LONGEST_NAME: Final = 15


@attrs.frozen
class Owner:
    name: str
    pid: int
    descriptor: int


class Owners:
    """The descriptors in use, by process: each takes the lowest free one."""

    def __init__(self) -> None:
        self._used: dict[int, list[int]] = {}

    def open(self, process: Process) -> Owner:
        return self._open(process.argv[0].rpartition("/")[2][:_LONGEST_NAME], process.pid)

    def again(self, owner: Owner) -> Owner:
        """Another one for the same process."""
        return self._open(owner.name, owner.pid)

    def _open(self, name: str, pid: int) -> Owner:
        used = self._used.setdefault(pid, [])
        descriptor = next(number for number in range(_FIRST, _FIRST + len(used) + 1) if number not in used)
        used.append(descriptor)
        return Owner(name, pid, descriptor)

    def close(self, owner: Owner | None) -> None:
        if owner is None:
            return
        used = self._used[owner.pid]
        used.remove(owner.descriptor)
        if not used:
            del self._used[owner.pid]
