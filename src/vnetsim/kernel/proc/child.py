"""A process as its parent and the machine keep it (struct task_struct)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.process import Interrupted, Killed, SignalHandler

if TYPE_CHECKING:
    from vnetsim.engine.task import Signal, Task
    from vnetsim.failures import Failure
    from vnetsim.kernel.proc.idle import IdleTask

SIGINT: Final = 2
SIGKILL: Final = 9
SIGSTOP: Final = 19
#: Signals that no process ignores or catches.
FORCED: Final = frozenset((SIGKILL, SIGSTOP))
#: Programs that set handlers of SIGINT and SIGTERM, ignored or not, or pass them on to a program.
_CATCHING: Final = frozenset((
    "arping", "conntrack", "docker", "ip", "iperf", "iperf3", "ping", "tcpdump", "timeout", "traceroute", "watch",
))  # fmt: skip


class ChildTask:
    """A process that runs or ran."""

    __slots__ = ("argv", "catches", "cause", "failed_before", "handler", "ignored", "parent", "pid",
                 "pid_namespace", "settled", "streams", "task", "uid", "unattended")  # fmt: skip

    def __init__(self, pid: int, parent: int, argv: tuple[str, ...]) -> None:
        self.pid = pid
        self.parent = parent
        self.argv = argv
        self.streams: tuple[object, ...] = ()
        self.pid_namespace = ""
        self.uid = 0
        #: The first process of its PID namespace: which signals it catches.
        self.catches: Sequence[int] | None = None
        self.handler: SignalHandler | None = None
        self.ignored: frozenset[int] = frozenset()
        self.task: Task | IdleTask | None = None
        #: Whether its exit status needs no report.
        self.settled = False
        #: What to report if it fails and its exit status is not read.
        self.unattended: Failure | None = None
        #: The command that determined its exit status.
        self.cause: Failure | None = None
        #: Number of processes that had failed when it started.
        self.failed_before = 0

    @property
    def status(self) -> int | None:
        return None if self.task is None else self.task.status

    @property
    def signal(self) -> int | None:
        return None if self.task is None else self.task.signal

    def leave_alone(self, failure: Failure) -> None:
        self.unattended = failure

    def wait(self) -> Signal:
        assert self.task is not None
        return self.task.finished

    def kill(self) -> None:
        if self.task is not None:
            self.task.throw(Killed(SIGKILL))

    def interrupt(self) -> None:
        if self.task is not None and not self.takes(SIGINT, group=True):
            self.task.throw(Interrupted())

    def takes(self, signal: int, group: bool = False) -> bool:
        if signal in FORCED or self.status is not None:
            return False
        if signal in self.ignored and self.argv[0].rpartition("/")[2] not in _CATCHING:
            return True
        return self.handler is not None and self.handler(signal, group)
