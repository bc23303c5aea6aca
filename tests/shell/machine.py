"""A machine with nothing but processes, pipes, time and a few files: all that a shell relies on."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any

import attrs

from vnetsim.budget import Budget, Meter
from vnetsim.errors import Errno, KernelError
from vnetsim.failures import Failure
from vnetsim.process import BrokenPipe, Context, Interrupted, Killed, Main, to_the_end
from vnetsim.process.files import FileStatus
from vnetsim.process.machine import ProcessEntry
from vnetsim.programs import registry

FORWARD = "/proc/sys/net/ipv4/ip_forward"


class Wait:
    """Something that will have an answer."""

    def __init__(self) -> None:
        self.answer: object = None
        self.done = False
        self._waiting: list[Callable[[object], None]] = []

    def set(self, answer: object = None) -> None:
        if not self.done:
            self.done, self.answer = True, answer
            for call in self._waiting:
                call(answer)

    def then(self, call: Callable[[object], None]) -> None:
        if self.done:
            call(self.answer)
        else:
            self._waiting.append(call)


class Recorder:
    """An Output that keeps what is written."""

    def __init__(self, *others: Recorder) -> None:
        self.text, self._others = "", others

    def write(self, text: str) -> None:
        self.text += text
        for other in self._others:
            other.write(text)

    def close(self) -> None:
        pass


class Pipe:
    """Both ends hold as long as their maker or a process has them."""

    def __init__(self) -> None:
        self.text, self.readers, self.writers = "", 1, 1
        self.waiting: list[Callable[[], bool]] = []

    def changed(self) -> None:
        self.waiting = [attempt for attempt in self.waiting if not attempt()]


class Writer:
    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe

    def hold(self, count: int) -> None:
        self.pipe.writers += count
        self.pipe.changed()

    def write(self, text: str) -> None:
        if not self.pipe.readers:
            raise BrokenPipe
        self.pipe.text += text
        self.pipe.changed()

    def close(self) -> None:
        self.hold(-1)


class Reader:
    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe

    def hold(self, count: int) -> None:
        self.pipe.readers += count

    def _when(self, ready: Callable[[], int]) -> Wait:
        wait, pipe = Wait(), self.pipe

        def attempt() -> bool:
            length = ready()
            if length or not pipe.writers:
                answer, pipe.text = pipe.text[:length], pipe.text[length:]
                wait.set(answer)
                return True
            return False

        if not attempt():
            pipe.waiting.append(attempt)
        return wait

    def read_line(self) -> Wait:
        pipe = self.pipe
        return self._when(lambda: pipe.text.find("\n") + 1 or (0 if pipe.writers else len(pipe.text)))

    def read_all(self) -> Wait:
        return self._when(lambda: 0 if self.pipe.writers else len(self.pipe.text))

    def close(self) -> None:
        self.hold(-1)


class Files:
    """A flat dictionary of paths; directories are what lies above them."""

    def __init__(self, content: Mapping[str, str]) -> None:
        self.content = dict(content)
        self.modes: dict[str, int] = {}
        self.owners: dict[str, tuple[int, int]] = {}
        self.changed: dict[str, int] = {}
        self.directories = {"/tmp", "/tmp/home"}

    def _parents(self) -> set[str]:
        paths = (*self.content, *self.directories)
        return {
            "/",
            *self.directories,
            *("/".join(p.split("/")[:n]) for p in paths for n in range(2, p.count("/") + 1)),
        }

    def read(self, path: str) -> str:
        if self.is_directory(path):
            raise KernelError(Errno.EISDIR)
        if path not in self.content:
            raise KernelError(Errno.ENOENT)
        return self.content[path]

    def write(self, path: str, text: str) -> None:
        if self.is_directory(path):
            raise KernelError(Errno.EISDIR)
        if not self.is_directory(path.rpartition("/")[0] or "/"):
            raise KernelError(Errno.ENOENT)
        if path.startswith("/proc/sys/") and not text.strip().isdigit():
            raise KernelError(Errno.EINVAL)
        self.content[path] = text

    def append(self, path: str, text: str) -> None:
        self.write(path, self.content.get(path, "") + text)

    def remove(self, path: str) -> None:
        if self.is_directory(path):
            raise KernelError(Errno.EISDIR)
        if path not in self.content:
            raise KernelError(Errno.ENOENT)
        del self.content[path]

    def remove_directory(self, path: str) -> None:
        self.directories.discard(path)

    def make_directory(self, path: str) -> None:
        if self.exists(path):
            raise KernelError(Errno.EEXIST)
        if not self.is_directory(path.rpartition("/")[0] or "/"):
            raise KernelError(Errno.ENOENT)
        self.directories.add(path)

    def exists(self, path: str) -> bool:
        return path in self.content or self.is_directory(path)

    def is_directory(self, path: str) -> bool:
        return path in self._parents()

    def is_program(self, path: str) -> bool:
        return path in registry.files() or (path.startswith("/bin/") and f"/usr{path}" in registry.files())

    def give_away(self, path: str) -> None:
        """Every user may write everywhere."""

    def is_executable(self, path: str) -> bool:
        return path in self.content and self.modes.get(path, 0) & 0o111 != 0

    def status(self, path: str) -> FileStatus:
        directory, size = self.is_directory(path), len(self.content.get(path, ""))
        return FileStatus(
            mode=self.modes.get(path, 0o755 if directory else 0o644), owner=self.owners.get(path, (0, 0)),
            size=size, directories=0 if directory else None, changed=self.changed.get(path),
        )  # fmt: skip

    def set_status(
        self, path: str, mode: int | None = None, owner: tuple[int, int] | None = None, changed: int | None = None
    ) -> None:
        self.modes |= {} if mode is None else {path: mode}
        self.owners |= {} if owner is None else {path: owner}
        self.changed |= {} if changed is None else {path: changed}

    def list(self, path: str) -> list[str]:
        if not self.is_directory(path):
            raise KernelError(Errno.ENOTDIR if path in self.content else Errno.ENOENT)
        start = path.rstrip("/") + "/"
        below = (*self.content, *self.directories)
        return sorted({p[len(start) :].split("/")[0] for p in below if p.startswith(start) and p != start})


class Task:
    """A running process, and its view of the machine."""

    def __init__(
        self, machine: Machine, main: Main, argv: Sequence[str], context: Context, parent: int, streams: list[Any]
    ) -> None:
        self.machine: Any = machine
        self.argv, self.context, self.parent, self.streams = tuple(argv), context, parent, streams
        self.pid = next(machine.pids)
        self.status: int | None = None
        self.killed_by: int | None = None
        self.settled = False
        self.handler: Callable[[int, bool], bool] | None = None
        self.ignored: frozenset[int] = machine.tasks[parent].ignored if parent in machine.tasks else frozenset()
        self.unattended: Failure | None = None
        self.cause: Failure | None = None
        self.finished = Wait()
        self._generation = 0
        self._program: Generator[Any, Any, int] | None = None
        self._main = main
        machine.tasks[self.pid] = self
        _hold(streams, 1)
        machine.after(0, lambda: self._step(None, None, 0))

    # --- the process ---

    @property
    def network(self) -> Any:
        return self.context.network

    @property
    def files(self) -> Any:
        return self.context.files

    @property
    def stdin(self) -> Any:
        return self.streams[0]

    @property
    def stdout(self) -> Any:
        return self.streams[1]

    @property
    def stderr(self) -> Any:
        return self.streams[2]

    def write(self, text: str) -> None:
        self.stdout.write(text)

    def error(self, text: str) -> None:
        self.complain(text, self.stderr)

    def complain(self, text: str, stderr: Any) -> None:
        self.machine.complaint = text
        stderr.write(text)

    @property
    def complaint(self) -> str:
        return str(self.machine.complaint)

    def report(self, failure: Failure) -> None:
        self.machine.failures.append(failure)

    def leave_alone(self, failure: Failure) -> None:
        self.unattended = failure

    def explain(self, failure: Failure) -> None:
        self.cause = failure

    def catch(self, handler: Callable[[int, bool], bool], ignored: frozenset[int]) -> None:
        self.handler, self.ignored = handler, ignored

    def settle(self) -> None:
        self.settled = True

    @property
    def meter(self) -> Meter:
        found: Meter = self.machine.meter
        return found

    def now(self) -> int:
        return int(self.machine.clock)

    def sleep(self, nanoseconds: int) -> Wait:
        wait = Wait()
        self.machine.after(nanoseconds, wait.set)
        return wait

    def any_of(self, waits: Iterable[Wait]) -> Wait:
        first = Wait()
        for wait in waits:
            wait.then(first.set)
        return first

    def pipe(self) -> tuple[Any, Any]:
        pipe = Pipe()
        return Reader(pipe), Writer(pipe)

    def _streams(self, *given: Any) -> list[Any]:
        return [own if other is None else other for own, other in zip(self.streams, given, strict=True)]

    def spawn(
        self, argv: Sequence[str], *, context: Context | None = None, stdin: Any = None, stdout: Any = None,
        stderr: Any = None,
    ) -> Task:  # fmt: skip
        context = context or self.context
        streams = self._streams(stdin, stdout, stderr)
        return Task(self.machine, self.machine.find(argv[0], context), argv, context, self.pid, streams)

    def fork(self, main: Main, *, stdin: Any = None, stdout: Any = None, stderr: Any = None) -> Task:
        return Task(self.machine, main, self.argv, self.context, self.pid, self._streams(stdin, stdout, stderr))

    def exec(
        self, argv: Sequence[str], *, context: Context | None = None, stdin: Any = None, stdout: Any = None,
        stderr: Any = None,
    ) -> Generator[Any, Any, int]:  # fmt: skip
        main = self.machine.find(argv[0], context or self.context)
        before, self.streams = self.streams, self._streams(stdin, stdout, stderr)
        _hold(self.streams, 1)
        _hold(before, -1)
        self.argv, self.context, self.handler = tuple(argv), context or self.context, None
        return _generator(main, self)

    # --- the child ---

    def wait(self) -> Wait:
        return self.finished

    def kill(self) -> None:
        self.send(9)

    def interrupt(self) -> None:
        if not self.takes(2, group=True):
            self.send(2)

    def takes(self, signal: int, group: bool = False) -> bool:
        handled = signal in self.ignored or (self.handler is not None and self.handler(signal, group))
        return signal not in (9, 19) and handled

    @property
    def signal(self) -> int | None:
        return self.killed_by

    def send(self, number: int) -> None:
        if self.status is None and number:
            error = Interrupted() if number == 2 else Killed(number)
            self._generation += 1
            generation = self._generation
            self.machine.after(0, lambda: self._step(None, error, generation))

    def _step(self, answer: object, error: BaseException | None, generation: int) -> None:
        if self.status is not None or generation != self._generation:
            return
        try:
            if self._program is None:
                self._program = _generator(self._main, self)
            waited = self._program.send(answer) if error is None else self._program.throw(error)
        except StopIteration as end:
            self._end(end.value)
        except Killed as killed:
            self._die(killed.args[0] if killed.args else 9)
        except Interrupted:
            self._die(2)
        except BrokenPipe:
            self._die(13)
        else:
            self._generation += 1
            mine = self._generation
            waited.then(lambda value: self.machine.after(0, lambda: self._step(value, None, mine)))

    def _die(self, signal: int) -> None:
        self.killed_by = signal
        self._end(128 + signal)

    def _end(self, status: int) -> None:
        self.status = status
        del self.machine.tasks[self.pid]
        _hold(self.streams, -1)
        self.finished.set(status)


def _generator(main: Main, process: Any) -> Generator[Any, Any, int]:
    program = to_the_end(main(process))
    return program if isinstance(program, Generator) else _done(program)


def _done(status: int) -> Generator[Any, Any, int]:
    yield from ()
    return status


def _hold(streams: list[Any], count: int) -> None:
    for stream in streams:
        if hasattr(stream, "hold"):
            stream.hold(count)


@attrs.define
class Outcome:
    status: int
    stdout: str
    stderr: str
    output: str
    seconds: float


class Machine:
    """Time passes only while something runs."""

    hostname = "vm"

    def __init__(self, files: Mapping[str, str] | None = None, programs: Mapping[str, Main] | None = None) -> None:
        self.clock = 0
        self.meter = Meter(Budget())
        self.pids = itertools.count(10_000)
        self.tasks: dict[int, Task] = {}
        self.random = random.Random(0)
        self.programs = dict(programs or {})
        self.complaint = ""
        self.failures: list[Failure] = []
        self._due: list[Any] = []
        self._order = itertools.count()
        self.files = Files(
            {
                "/etc/hosts": "127.0.0.1 localhost\n",
                "/etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
                "/etc/group": "root:x:0:\n",
                FORWARD: "0\n",
                **(files or {}),
            }
        )
        network: Any = object()
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp/home", "PWD": "/tmp/home"}
        self.host = Context(network=network, files=self.files, hostname="vm", environment=environment)

    def after(self, delay: int, call: Callable[[], object]) -> None:
        heapq.heappush(self._due, (self.clock + delay, next(self._order), call))

    def find(self, name: str, context: Context) -> Main:
        path = registry.path_of(name, context)
        main = self.programs.get(name) or (None if path is None else registry.find(path))
        if main is None:
            raise KernelError(Errno.ENOENT)
        return main

    def wall_clock(self) -> int:
        return self.clock + 1_700_000_000_000_000_000

    def record_gap(self, pid: int, sentence: str) -> None:
        """Nobody asks for gaps here."""

    def parent_of(self, pid: int) -> int:
        return next(entry.parent for entry in self.processes() if entry.pid == pid)

    def processes(self) -> list[ProcessEntry]:
        return [
            ProcessEntry(pid=task.pid, parent=task.parent, argv=task.argv, network=task.context.network)
            for _, task in sorted(self.tasks.items())
        ]

    def kill(self, pid: int, signal: int = 15, sender: object = None) -> None:
        del sender
        if pid not in self.tasks:
            raise KernelError(Errno.ESRCH)
        if not self.tasks[pid].takes(signal):
            self.tasks[pid].send(signal)

    def group(self, pid: int) -> list[int]:
        while self.tasks[pid].parent in self.tasks and self.tasks[pid].argv[0] != "timeout":
            pid = self.tasks[pid].parent
        found = [pid]
        for task in self.tasks.values():
            found += [task.pid] if task.parent in found else []
        return found

    def completion(self) -> Wait:
        return Wait()

    def new_network(self) -> Any:
        return object()

    def release_network(self, network: Any) -> None:
        """Nobody counts."""

    def network_files(self, files: Any, network: Any) -> Any:  # noqa: ARG002 -- there is nothing in networks
        return files

    def network_of(self, pid: int) -> Any:
        if pid not in self.tasks:
            raise KernelError(Errno.ESRCH)
        return self.tasks[pid].context.network

    def run(self, *argv: str, stdin: str = "", interrupt_after: int | None = None) -> Outcome:
        """Run a program to its end."""
        both = Recorder()
        stdout, stderr = Recorder(both), Recorder(both)
        pipe = Pipe()
        pipe.text, pipe.writers = stdin, 0
        began = self.clock
        task = Task(self, self.find(argv[0], self.host), argv, self.host, 1, [Reader(pipe), stdout, stderr])
        if interrupt_after is not None:
            self.after(interrupt_after, task.interrupt)
        while task.status is None:
            self.clock, _, call = heapq.heappop(self._due)
            call()
        return Outcome(task.status, stdout.text, stderr.text, both.text, (self.clock - began) / 1e9)
