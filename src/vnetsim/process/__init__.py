"""Protocols between a program and the machine that it runs on.

A program is a function of a Process.  It returns its exit status; where it must wait, it is a generator that yields
what the waiting calls below return (a `Wait`) and gets the answer back:

    def main(process: Process) -> Program:
        yield process.sleep(2 * SECOND)
        process.write("two seconds later\\n")
        return 0

Refusals are KernelError with Linux's number.  `vnetsim.kernel` implements them, `vnetsim.programs` and
`vnetsim.docker` rely on it and on nothing else of the kernel.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, TypeVar, cast

import attrs

from vnetsim.budget import Meter
from vnetsim.clock import Wait
from vnetsim.failures import Failure
from vnetsim.process.files import Files
from vnetsim.process.machine import Machine
from vnetsim.process.network import Network
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, IPv4

T = TypeVar("T")
#: A generator-based coroutine (PEP 380), which waits and then returns a T: `yield from` it.
Coroutine: TypeAlias = Generator[Wait, Any, T]
#: What a program returns: its exit status, at once or after having waited.
Program: TypeAlias = "int | Coroutine[int]"
#: The same, or what it does until it is killed.
Execution: TypeAlias = "Program | Service | Coroutine[int | Service]"
Main: TypeAlias = Callable[["Process"], Execution]


class Service:
    """What a program returns that from now on waits for events of one kind and handles each without waiting.

    It costs no generator while it waits.
    """

    __slots__ = ("process",)

    def __init__(self, process: Process) -> None:
        self.process = process

    def wait(self) -> Wait:
        """For the next event."""
        raise NotImplementedError

    def handle(self, event: Any) -> Coroutine[int] | None:
        """What `wait` waited for has happened; the rest of the program, unless it goes on as a service."""

    def close(self) -> object:
        """The program ends."""

    def run(self, waited: Wait | None = None, error: BaseException | None = None) -> Coroutine[int]:
        """The same as a coroutine, which waits for the event `waited` already, or has met an error."""
        return self.end(self._loop(waited, error))

    def end(self, rest: Coroutine[int]) -> Coroutine[int]:
        try:
            return (yield from rest)
        finally:
            self.close()

    def _loop(self, waited: Wait | None, error: BaseException | None) -> Coroutine[int]:
        if error is not None:
            raise error
        rest = None
        while rest is None:
            rest = self.handle((yield self.wait() if waited is None else waited))
            waited = None
        return (yield from rest)


def to_the_end(execution: Execution) -> Program:
    """The same for a caller that runs it in its own process."""
    return execution if isinstance(execution, int) else _run_to_the_end(execution)


def _run_to_the_end(rest: Execution) -> Coroutine[int]:
    while not isinstance(rest, int):
        rest = yield from (rest.run() if isinstance(rest, Service) else rest)
    return rest


class Killed(BaseException):
    """Thrown into a program that is killed, so that its `finally` clauses run; programs do not catch it."""


class Interrupted(BaseException):
    """SIGINT (Ctrl-C), or a command's time limit: ping catches it to print its statistics.

    Its argument, if any, is the exit status of the command in the foreground.
    """


class Suspended(BaseException):
    """SIGTSTP (Ctrl-Z), for an interactive shell: it stops its job in the foreground."""


class BrokenPipe(BaseException):
    """SIGPIPE: the reader of this program's output has gone."""


@frozen(kw_only=True)
class Context:
    """Where a process runs: the namespaces that matter here.  `ip netns exec` changes one of them, a container all."""

    network: Network
    files: Files
    hostname: str
    environment: Mapping[str, str] = attrs.field(factory=dict)
    #: Names of programs that exist here; None: all that the host has.
    available: frozenset[str] | None = None
    #: May change its network (CAP_NET_ADMIN).
    privileged: bool = True
    #: May open raw and packet sockets (CAP_NET_RAW).
    raw_sockets: bool = True
    #: /proc/sys is mounted read-only, as in a container: writing below it is EROFS.
    read_only_sysctls: bool = False
    #: May enter and make namespaces (CAP_SYS_ADMIN).
    sys_admin: bool = True
    #: The PID namespace, empty for the host's: what is in another one is neither seen nor reached by signals.
    pid_namespace: str = ""
    #: In a mount namespace of its own: the host's /run/netns is not here.
    own_mounts: bool = False
    #: The user, the group, and all groups.
    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = (0,)
    #: The distribution whose programs run here: newer ones (`forky`, in containers) print some messages differently.
    release: str = "bookworm"
    #: The version of the busybox whose applets the programs here are (alpine); "": they are those of Debian.
    busybox: str = ""
    #: HTTP servers set IPV6_V6ONLY on their sockets: one at :: takes no IPv4.
    only_ipv6: bool = False


#: Takes a signal by its number, sent to the process or (second argument) to its process group: whether it does.
SignalHandler: TypeAlias = Callable[[int, bool], bool]


class Completion(Protocol):
    """Happens once: a program that yields it waits for `set`, and gets the value (struct completion)."""

    @property
    def is_set(self) -> bool: ...
    def set(self, value: object = None) -> None: ...


class Child(Protocol):
    """A process that another one started."""

    @property
    def pid(self) -> int: ...
    @property
    def status(self) -> int | None:
        """Its exit status, None while it runs; 128 + the signal's number where one killed it."""

    @property
    def signal(self) -> int | None:
        """The signal that killed it, None if it ended by itself (which may be with the same status)."""

    @property
    def settled(self) -> bool:
        """Whether its exit status needs no report: 0, the answer to a question, or reported already."""

    @property
    def cause(self) -> Failure | None:
        """The command in it that decided its exit status, if it is known."""

    def leave_alone(self, failure: Failure) -> None:
        """Its exit status is not read: a failure is reported as `failure`, unless it needs no report."""

    def wait(self) -> Wait:
        """Yields its exit status."""

    def kill(self) -> None: ...
    def interrupt(self) -> None:
        """SIGINT, which its process group got as well."""

    def takes(self, signal: int, group: bool = False) -> bool:
        """Send a signal if the process ignores it or has a handler for it: whether that is so."""


class Output(Protocol):
    def write(self, text: str) -> None: ...
    def close(self) -> None: ...


class Input(Protocol):
    def read_line(self) -> Wait:
        """Yields the next line with its newline, `""` at the end."""

    def read_all(self) -> Wait:
        """Yields everything up to the end."""

    def read_some(self) -> Wait:
        """Yields what is there as soon as there is anything, `""` at the end."""

    def close(self) -> None:
        """Close the reading end: further writes raise BrokenPipe."""


class Terminal(Input, Protocol):
    """A terminal to read from.

    `prompt` is what an interactive shell that reads a command prints before it, None if another program reads;
    `shells` are the pids of the interactive shells on it, the foreground's last: signals of its keys are theirs, or
    those of the process `leader` and its children.  `screens` show prompts and, by `show`, what is typed.  `status` is
    the exit status of the command before the prompt.
    What is typed goes on to the terminal `inner` of a container that a program has attached to it.  `keys`: who reads
    gets keys as they are typed; `size` is the window's, in lines and columns.
    """

    prompt: str | None
    shells: list[int]
    leader: int | None
    inner: Terminal | None
    screens: list[Output]
    status: int
    keys: bool
    size: tuple[int, int]

    def read_keys(self) -> Wait:
        """Yields what was typed as soon as there is anything, Ctrl-C and Ctrl-D included (raw mode)."""

    def wanted(self) -> Wait:
        """Waits until a process reads."""

    def feed(self, text: str) -> None:
        """Type lines, each with its newline."""

    def end(self) -> None:
        """Type Ctrl-D at the beginning of a line."""

    def press(self, key: Interrupted | Suspended) -> None:
        """Type Ctrl-C or Ctrl-Z."""

    def show(self, text: str) -> None:
        """Write on the screens (the echo of what is typed)."""


def terminal_of(stream: Input) -> Terminal | None:
    """The stream if it is a terminal, which an Input declares."""
    return cast("Terminal", stream) if is_terminal(stream) else None


def is_terminal(stream: Input | Output) -> bool:
    """isatty(3)."""
    return bool(getattr(stream, "terminal", False))


class Process(Protocol):
    """A running program's view of its machine."""

    @property
    def argv(self) -> Sequence[str]: ...
    @property
    def title(self) -> Sequence[str]:
        """Its arguments as others see them."""

    @property
    def pid(self) -> int: ...
    @property
    def context(self) -> Context: ...
    @property
    def machine(self) -> Machine: ...
    @property
    def network(self) -> Network: ...
    @property
    def files(self) -> Files: ...
    @property
    def stdin(self) -> Input: ...
    @property
    def stdout(self) -> Output: ...
    @property
    def stderr(self) -> Output: ...
    def write(self, text: str) -> None:
        """To standard output."""

    def error(self, text: str) -> None:
        """To standard error."""

    def complain(self, text: str, stderr: Output) -> None:
        """To a standard error that is not this process's own (a shell's, redirected)."""

    def report(self, failure: Failure) -> None:
        """Report a failure (see vnetsim.failures)."""

    @property
    def ignored(self) -> frozenset[int]:
        """The signals that are ignored, which is inherited."""

    def catch(self, handler: SignalHandler, ignored: frozenset[int]) -> None:
        """sigaction(2): `handler` may take signals, except SIGKILL and SIGSTOP, until the process becomes another."""

    def leave_alone(self, failure: Failure) -> None:
        """The exit status of this process is not read: report a failure as `failure`, unless it needs none."""

    def explain(self, failure: Failure) -> None:
        """Should this process fail, it is this command in it that did."""

    def settle(self) -> None:
        """The exit status that this process is about to end with needs no report."""

    @property
    def complaint(self) -> str:
        """What was written to standard error last, by any process."""

    @property
    def meter(self) -> Meter:
        """Charged before something long or large is made: BudgetExceeded."""

    def now(self) -> int: ...
    def sleep(self, nanoseconds: int) -> Wait: ...
    def any_of(self, waits: Iterable[Wait]) -> Wait:
        """Yields when the first of `waits` is there."""

    def spawn(
        self, argv: Sequence[str], *, context: Context | None = None, stdin: Input | None = None,
        stdout: Output | None = None, stderr: Output | None = None, title: Sequence[str] = (),
    ) -> Child:  # fmt: skip
        """Start a child; what is not given is inherited.  With a `title`, that is what others see for its `argv`."""

    def fork(
        self, main: Main, *, stdin: Input | None = None, stdout: Output | None = None, stderr: Output | None = None
    ) -> Child:
        """Start a child under this process's own name that runs `main`; what is not given is inherited (a subshell)."""

    def exec(
        self, argv: Sequence[str], *, context: Context | None = None, stdin: Input | None = None,
        stdout: Output | None = None, stderr: Output | None = None,
    ) -> Generator[Wait, Any, int]:  # fmt: skip
        """execve(2), the pid stays: `return (yield from process.exec(argv))`.  Refused as spawn is.

        What is not given stays as it is; with a `context` the process moves (setns(2)) before it becomes the program.
        """

    def exec_service(
        self, argv: Sequence[str], *, stdin: Input | None = None, stdout: Output | None = None,
        stderr: Output | None = None,
    ) -> Coroutine[int | Service]:  # fmt: skip
        """As exec, for a program that has nothing to do after it."""

    def go_on(self, rest: Coroutine[int]) -> Coroutine[int]:
        """The rest of its life, in which it was a service so far."""

    def pipe(self) -> tuple[Input, Output]:
        """Two ends: what is written to the one is read from the other.  BrokenPipe without a reader.

        An end belongs to its maker until close() and to each process that was started with it until that one ends:
        the reader sees the end when no writer is left, a writer gets BrokenPipe when no reader is left.
        """

    def resolve(self, name: str, version: int | None = None) -> Wait:
        """getaddrinfo(3): yields a Resolved, from /etc/hosts or the servers of /etc/resolv.conf."""

    def reverse(self, address: Address) -> Wait:
        """getnameinfo(3): yields the name of an address, or None."""


@frozen
class Resolved:
    """Addresses in order, or why there are none: `error` is gai_strerror(3)'s sentence.

    `zone` is the device that was named with a link-local address (fe80::1%eth0).
    """

    addresses: tuple[Address, ...] = ()
    error: str | None = None
    zone: str | None = None


#: What IPv4 sockets bind to by default.
ANY: IPv4 = IPv4(0)
