"""Processes on a host: implements process.Machine (kernel/fork.c, kernel/exit.c).

Not modelled: users, groups, capabilities beyond "privileged or not", scheduling: a program's own work takes no time
but its start does (`SPAWN_NS`).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.errors import BudgetExceeded, Errno, KernelError, NotModelled, VnetsimError
from vnetsim.failures import Failure, FailureKind, message_of
from vnetsim.kernel.proc.child import SIGKILL, ChildTask
from vnetsim.kernel.proc.files import KernelFiles, Tree
from vnetsim.kernel.proc.idle import IdleTask
from vnetsim.kernel.proc.mounts import MountedFiles
from vnetsim.kernel.proc.namespaces import HostNamespaces, namespace_behind
from vnetsim.kernel.proc.pipe import NoInput, NoOutput, Pipe, PipeReader, Writer
from vnetsim.kernel.proc.process import HostProcess
from vnetsim.kernel.proc.programs import Programs
from vnetsim.kernel.proc.tty import Tty
from vnetsim.process import Context, Input, Interrupted, Killed, Main, Output, Service, Suspended, to_the_end
from vnetsim.process.files import Files as AnyFiles
from vnetsim.process.files import Mount
from vnetsim.process.machine import Gap, ProcessEntry
from vnetsim.process.network import Network as AnyNetwork

if TYPE_CHECKING:
    from vnetsim.budget import Meter
    from vnetsim.engine import Engine
    from vnetsim.engine.task import Signal
    from vnetsim.kernel.host import Host

#: From fork to the first instruction of a program.
SPAWN_NS: Final = 1 * MILLISECOND
_FIRST_PID: Final = 1000
_INIT: Final = 1
#: Exit status after an internal error (EX_SOFTWARE of sysexits.h).
_INTERNAL: Final = 70
SIGINT: Final = 2
SIGTERM: Final = 15
SIGCONT: Final = 18
SIGSTOP: Final = 19
#: What reaches also the first process of a PID namespace, from outside.
_FORCED: Final = (SIGKILL, SIGSTOP, SIGCONT)

#: The streams that count who has them.
_PIPES: Final = (PipeReader, Writer)

#: Whether an end needs no report, by argv, status, and that of the process that ended before it.
Judge = Callable[[Sequence[str], int, Callable[[], bool]], bool]

#: Messages of vnetsim itself on standard error, by their prefix.
_OUR_FAILURES: Final = {
    "vnetsim: not modelled": FailureKind.NOT_MODELLED,
    "vnetsim: internal error": FailureKind.INTERNAL,
}


class KernelMachine(HostNamespaces):
    """The host as its processes know it."""

    def __init__(
        self, host: Host, tree: Tree, programs: Programs, environment: Mapping[str, str], epoch: int,
        judge: Judge = lambda _argv, _status, _started: False,
        report: Callable[[Failure], None] = lambda _failure: None,
    ) -> None:  # fmt: skip
        super().__init__(host)
        self.engine: Engine = host.engine
        #: What is charged for what processes use.
        self.meter: Meter = host.engine.meter
        self._programs = programs
        self._no_input, self._no_output = NoInput(host.engine), NoOutput()
        #: Of all processes that have neither input nor output.
        self._no_streams = (self._no_input, self._no_output, self._no_output)
        self._judge = judge
        self.report = report
        #: Is called with each program that starts, and its context.
        self.started: Callable[[Sequence[str], Context], object] | None = None
        #: What was written to standard error last, since a program was started.
        self.complaint = ""
        #: Of the processes that ended with a status other than 0: how many, and the last one.
        self._failed = 0
        self._latest: ChildTask | None = None
        self._latest_status = 0
        self._epoch = self.kernel.epoch = epoch
        self._next_pid = _FIRST_PID
        self._children: dict[int, ChildTask] = {}
        #: Those that a process has started, by its number.
        self._offspring: dict[int, dict[int, ChildTask]] = {}
        self._services: dict[str, object] = {}
        self.gaps: list[Gap] = []
        root = self.network(host.root)
        self.host = Context(
            network=root, files=KernelFiles(tree, host.root), hostname=host.hostname, environment=environment
        )

    @property
    def hostname(self) -> str:
        return self.host.hostname

    @hostname.setter
    def hostname(self, name: str) -> None:
        self.host = attrs.evolve(self.host, hostname=name)

    @property
    def random(self) -> random.Random:
        return self.kernel.random

    def now(self) -> int:
        return self.engine.now()

    def wall_clock(self) -> int:
        return self._epoch + self.engine.softirq.instant

    def set_wall_clock(self, now: int) -> None:
        """settimeofday(2): nanoseconds since 1970."""
        self._epoch = self.kernel.epoch = now - self.engine.now()

    def after(self, delay: int, call: Callable[..., object], *args: Any) -> Any:
        return self.engine.after(delay, call, *args)

    # --- files and services -------------------------------------------------------------------------------------

    def network_files(self, files: AnyFiles, network: AnyNetwork) -> KernelFiles:
        return _own(files).seen_from(namespace_behind(network))

    def read_only_files(self, files: AnyFiles) -> KernelFiles:
        return _own(files).seen_from(read_only=True)

    def user_files(self, files: AnyFiles, uid: int) -> KernelFiles:
        return _own(files).seen_from(uid=uid)

    def mounted_files(self, files: AnyFiles, mounts: Sequence[Mount]) -> KernelFiles:
        own = _own(files)
        there = own.mounts if isinstance(own, MountedFiles) else ()
        return MountedFiles(own.tree, own.network, (*mounts, *there), read_only=own.read_only)

    def bind_mount(self, files: AnyFiles, source: str, point: str) -> None:
        _mount_namespace(files).bind(source, point)

    def unmount(self, files: AnyFiles, point: str) -> None:
        _mount_namespace(files).unmount(point)

    def files_of(self, context: Context) -> AnyFiles:
        """A context's files, /proc/sys as it is mounted there."""
        if not context.read_only_sysctls:
            return context.files
        return _own(context.files).seen_from(read_only_sysctls=True)

    def new_files(
        self, network: AnyNetwork, content: Mapping[str, str], available: frozenset[str] | None = None,
        directories: tuple[str, ...] = (),
    ) -> KernelFiles:  # fmt: skip
        tree = Tree(content, directories, self._programs.files(available))
        return KernelFiles(tree, namespace_behind(network))

    def service(self, path: str) -> Any:
        try:
            return self._services[path]
        except KeyError:
            raise KernelError(Errno.ENOENT) from None

    def offer_service(self, path: str, service: object) -> None:
        self._services[path] = service

    def withdraw_service(self, path: str) -> None:
        self._services.pop(path, None)

    # --- processes ----------------------------------------------------------------------------------------------

    def completion(self) -> Signal:
        return self.engine.signal()

    def sleep(self, nanoseconds: int) -> Signal:
        return self.engine.timeout(nanoseconds)

    def knows(self, program: str, context: Context) -> bool:
        try:
            self.find(program, context)
        except KernelError:
            return False
        return True

    def is_modelled(self, program: str, context: Context) -> bool:
        return self.knows(program, context) and not getattr(self.find(program, context), "placeholder", False)

    def record_gap(self, pid: int, sentence: str) -> None:
        pids = [pid]
        while pids[-1] in self._children:
            pids.append(self._children[pids[-1]].parent)
        self.gaps.append(Gap(pids=tuple(pids), sentence=sentence))

    def assume(self, sentence: str) -> None:
        self.report(Failure(command="", message=sentence, kind=FailureKind.ASSUMED))

    def pipe(self) -> tuple[Input, Output]:
        return Pipe(self.engine).ends()

    def terminal(self) -> Tty:
        return Tty(self.engine, self._send)

    def controlling_terminal(self, pid: int) -> Tty | None:
        while pid in self._children:
            child = self._children[pid]
            for stream in child.streams:
                if isinstance(stream, Tty):
                    return stream
            pid = child.parent
        return None

    def _send(self, tty: Tty, key: Interrupted | Suspended) -> None:
        """isig of n_tty.c: a shell passes the signal on; others get SIGINT (SIGTSTP stops no orphaned group)."""
        for pid in tty.shells[-1:]:
            if pid in self._children and (task := self._children[pid].task) is not None:
                task.throw(key)
        if not tty.shells and tty.leader in self._children and isinstance(key, Interrupted):
            for child in (self._children[tty.leader], *self.descendants(tty.leader)):
                self.kill(child.pid, SIGINT)

    def spawn(self, argv: Sequence[str], context: Context, *, stdin: Input | None = None, stdout: Output | None = None,
              stderr: Output | None = None, parent: int | None = None,
              title: Sequence[str] = ()) -> ChildTask:  # fmt: skip
        main = self.find(argv[0], context)
        return self.start(
            main, argv, context, stdin or self._no_input, stdout or self._no_output, stderr or self._no_output, parent,
            title,
        )  # fmt: skip

    def start(self, main: Main, argv: Sequence[str], context: Context, stdin: Input, stdout: Output, stderr: Output,
              parent: int | None, title: Sequence[str] = ()) -> ChildTask:  # fmt: skip
        """A new process that runs `main`; with a `title`, /proc has that in place of its arguments (setproctitle)."""
        child = self._fork(argv, context, stdin, stdout, stderr, parent)
        child.argv = tuple(title) or child.argv
        process = HostProcess(self, argv, child.pid, context, stdin, stdout, stderr, title)
        self.complaint = ""
        child.task = self.engine.spawn(self._life(main, process))
        return child

    def hold(self, argv: Sequence[str], context: Context) -> ChildTask:
        """As `run` with a program that does nothing."""
        child = self._fork(argv, context, self._no_input, self._no_output, self._no_output, None)
        child.task = IdleTask(self.engine, partial(self._bury, child.pid))
        return child

    def _fork(self, argv: Sequence[str], context: Context, stdin: Input, stdout: Output, stderr: Output,
              parent: int | None) -> ChildTask:  # fmt: skip
        """A process of its number, which does nothing yet."""
        if parent is None and self.kernel.on_change is not None:
            self.kernel.on_change(None, argv[0])
        self.meter.check_processes(len(self._children) + 1)
        if self.started is not None:
            self.started(argv, context)
        self._next_pid += 1
        pid = self._next_pid
        child = ChildTask(pid, parent or _INIT, tuple(argv))
        child.failed_before = self._failed
        child.pid_namespace, child.uid = context.pid_namespace, context.uid
        self._children[pid] = child
        if parent is not None:
            self._offspring.setdefault(parent, {})[pid] = child
            child.ignored = self._children[parent].ignored if parent in self._children else child.ignored
        self.kernel.attach(pid, namespace_behind(context.network))
        streams = (stdin, stdout, stderr)
        child.streams = self._no_streams if streams == self._no_streams else streams
        _hold(child.streams, 1)
        return child

    def replace(self, before: HostProcess, after: HostProcess) -> None:
        """execve(2): the process gets another name and other streams."""
        if self.started is not None:
            self.started(after.argv, after.context)
        child = self._children[before.pid]
        child.argv, child.handler = after.argv, None
        streams = (after.stdin, after.stdout, after.stderr)
        _hold(streams, 1)
        _hold(child.streams, -1)
        child.streams = streams

    def enter(self, pid: int, context: Context) -> None:
        """setns(2)."""
        before = self.kernel.detach(pid)
        self.kernel.attach(pid, namespace_behind(context.network))
        self.kernel.collect(before)

    def find(self, name: str, context: Context) -> Main:
        main = self._programs.find(name, context)
        if main is None:
            raise KernelError(Errno.ENOENT)
        return main

    def _life(self, main: Main, process: HostProcess) -> Generator[Any, Any, int | Service]:
        """What a process does between its birth and its death, or until it is a service."""
        status: int | Service = 0
        try:
            yield self.engine.timeout(SPAWN_NS)
            status = yield from self.begin(main, process)
            if isinstance(status, int):
                self._conclude(self._children[process.pid], status)
            return status
        finally:
            if isinstance(status, int):
                self._bury(process.pid)

    def go_on(self, process: HostProcess, rest: Generator[Any, Any, int]) -> Generator[Any, Any, int]:
        """What it does after having been a service."""
        try:
            status = yield from self.execute(lambda _process: rest, process)
            self._conclude(self._children[process.pid], status)
            return status
        finally:
            self._bury(process.pid)

    def _conclude(self, child: ChildTask, status: int) -> None:
        """Whether the status of a process that ended needs no report."""
        if not status:
            child.settled = True
            return
        child.settled = child.settled or self._judge(child.argv, status, lambda: self._passed_on(child, status))
        self._failed += 1
        self._latest, self._latest_status = child, status
        if child.unattended is not None and not child.settled:
            self.report(attrs.evolve(child.unattended, status=status, message=message_of(self.complaint)))

    def _passed_on(self, child: ChildTask, status: int) -> bool:
        """Whether a process that ended with this status while `child` ran, the last that failed, needs no report."""
        meanwhile = self._failed > child.failed_before and self._latest_status == status
        return meanwhile and self._latest is not None and self._latest.settled

    def complained(self, process: HostProcess, text: str) -> None:
        """A process writes to standard error."""
        self.complaint = text
        kind = next((kind for start, kind in _OUR_FAILURES.items() if text.startswith(start)), None)
        if kind is FailureKind.NOT_MODELLED:
            self.record_gap(process.pid, text.strip())
        if kind is not None:
            self.report(Failure(command=" ".join(process.argv), message=text.strip(), kind=kind))
            process.settle()

    def run(self, main: Main, argv: Sequence[str], context: Context) -> ChildTask:
        return self.start(main, argv, context, self._no_input, self._no_output, self._no_output, None)

    def protect(self, pid: int, catches: Sequence[int]) -> None:
        self.child(pid).catches = catches

    def kill(self, pid: int, signal: int = SIGTERM, sender: Context | None = None) -> None:
        namespace = "" if sender is None else sender.pid_namespace
        child = self._seen(pid, namespace)
        if sender is not None and sender.uid not in (0, child.uid):
            raise KernelError(Errno.EPERM)
        task = child.task
        if task is None or not signal or (signal != SIGCONT and child.takes(signal)):
            return
        if child.catches is not None and signal not in child.catches and (namespace or signal not in _FORCED):
            return
        if signal == SIGSTOP:
            task.stop()
        elif signal == SIGCONT:
            task.resume()
        else:
            task.throw(Interrupted() if signal == SIGINT else Killed(signal))

    def _seen(self, pid: int, namespace: str) -> ChildTask:
        """The process of that number, as it is seen from a PID namespace; KernelError(ESRCH)."""
        if not namespace:
            return self.child(pid)
        known = self._children.get(pid)
        for child in self._children.values() if pid == 1 else () if known is None else (known,):
            if child.pid_namespace == namespace and (child.pid == pid or (pid == 1 and child.catches is not None)):
                return child
        raise KernelError(Errno.ESRCH)

    def execute(self, main: Main, process: HostProcess) -> Generator[Any, Any, int]:
        """A program from its first to its last instruction."""
        ended = yield from self.begin(lambda process: to_the_end(main(process)), process)
        assert isinstance(ended, int)
        return ended

    def begin(self, main: Main, process: HostProcess) -> Generator[Any, Any, int | Service]:
        """Its last instruction may be to become a service; what it does not catch, its user reads."""
        try:
            result = main(process)
            return result if isinstance(result, int | Service) else (yield from result)
        except BudgetExceeded:
            raise
        except VnetsimError as error:
            process.error(f"{error}\n")
            return 1
        except RecursionError:
            process.error(f"{NotModelled('an input that is nested so deeply')}\n")
            return 1
        except Exception as error:
            if isinstance(error, ValueError) and "integer string conversion" in str(error):
                process.error(f"{NotModelled('a number of so many digits')}\n")
                return 1
            process.error(f"vnetsim: internal error in {process.argv[0]}: {error!r}; please report it\n")
            return _INTERNAL

    def _bury(self, pid: int) -> None:
        child = self._children.pop(pid)
        siblings = self._offspring.get(child.parent)
        if siblings is not None and siblings.pop(pid, None) is not None and not siblings:
            del self._offspring[child.parent]
        self.meter.charge_strings(pid, 0)
        _hold(child.streams, -1)
        for owners in self.kernel.descriptors.get(pid, ()):
            owners.end(pid)
        self.kernel.descriptors.pop(pid, None)
        self.kernel.collect(self.kernel.detach(pid))

    def processes(self) -> list[ProcessEntry]:
        return [self._entry(child) for _, child in sorted(self._children.items())]

    def _entry(self, child: ChildTask) -> ProcessEntry:
        return ProcessEntry(
            pid=child.pid,
            parent=child.parent,
            argv=child.argv,
            network=self.network(self.kernel.pids[child.pid]),
            pid_namespace=child.pid_namespace,
            uid=child.uid,
            stopped=child.task is not None and child.task.is_stopped,
        )

    def parent_of(self, pid: int) -> int:
        return self.child(pid).parent

    def descendants(self, pid: int) -> list[ChildTask]:
        """The processes that `pid` started, directly or not, which still run."""
        found: list[ChildTask] = []
        for child in self._offspring.get(pid, {}).values():
            found += [child, *self.descendants(child.pid)]
        return found

    def group(self, pid: int) -> list[int]:
        tty = self.controlling_terminal(pid)
        shells = () if tty is None else tty.shells
        while (above := self._children[pid].parent) in self._children and above not in shells:
            if self._children[pid].argv[0] == "timeout":
                break
            pid = above
        return [pid, *(child.pid for child in self.descendants(pid))]

    def runs(self, child: object) -> bool:
        """Whether this process, not another one of its number, runs here: after a reboot it does not."""
        return any(each is child for each in self._children.values())

    def child(self, pid: int) -> ChildTask:
        """KernelError(ESRCH) if there is no such process."""
        try:
            return self._children[pid]
        except KeyError:
            raise KernelError(Errno.ESRCH) from None


def _own(files: AnyFiles) -> KernelFiles:
    assert isinstance(files, KernelFiles)
    return files


def _mount_namespace(files: AnyFiles) -> MountedFiles:
    if not isinstance(files, MountedFiles):
        raise NotModelled("mount in the host's mount namespace, outside of ip netns exec")
    return files


def _hold(streams: Iterable[object], count: int) -> None:
    """A process that has these streams starts (1) or ends (-1)."""
    for stream in streams:
        if isinstance(stream, _PIPES):
            stream.hold(count)
