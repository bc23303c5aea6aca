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

import random
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import attrs

from vnetsim.budget import Meter
from vnetsim.failures import Failure
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.observations import (
    AddressEntry,
    ConnectionEntry,
    FdbEntry,
    Feature,
    GroupEntry,
    Link,
    NeighbourEntry,
    NetnsEntry,
    Qdisc,
    Route,
    RouteAnswer,
    RoutingRule,
    SocketEntry,
)
from vnetsim.sockets import ConnectionWatch, PacketSocket, PingSocket, ProbeSocket, TcpSocket, UdpSocket
from vnetsim.wire.inet import Address, IPv4

if TYPE_CHECKING:
    from vnetsim.netfilter.nft.ruleset import NftRuleset

T = TypeVar("T")
#: Something a program yields to wait for; the yield's value is the answer, or it raises KernelError.
#: `wait.is_set`: the value is there (after `any_of`), so that yielding the wait again takes no time.
Wait: TypeAlias = Any
#: A generator-based coroutine (PEP 380), which waits and then returns a T: `yield from` it.
Coroutine: TypeAlias = Generator[Wait, Any, T]
#: What a program returns: its exit status, at once or after having waited.
Program: TypeAlias = "int | Coroutine[int]"
Main: TypeAlias = Callable[["Process"], Program]

#: Who switches the machine off and on once the command line is over: `machine.service(INIT)("orderly")`, `("forced")`.
INIT = "/run/initctl"
#: Who starts the engine when something first connects to its socket: `yield from machine.service(DOCKER_SOCKET)()`.
DOCKER_SOCKET = "docker.socket"


class Killed(BaseException):
    """Thrown into a program that is killed, so that its `finally` clauses run; programs do not catch it."""


class Interrupted(BaseException):
    """SIGINT (Ctrl-C), or the end of the time a command was given: ping catches it to say goodbye."""


class BrokenPipe(BaseException):
    """SIGPIPE: the reader of this program's output has gone."""


# --- a network namespace -------------------------------------------------------------------------------------------


class Network(Protocol):
    """One network namespace, as its inhabitants see and change it."""

    def execute(self, operation: Any) -> None:
        """Carry out a value of vnetsim.operations or vnetsim.netfilter.operations, or raise KernelError."""
        ...

    def links(self) -> Sequence[Link]: ...
    def link(self, name: str) -> Link | None:
        """One device by its name: pending carrier events are handled first, unlike in a listing."""
        ...

    def addresses(self) -> Sequence[AddressEntry]:
        """Of all devices in the order of their index, each in the kernel's order (IPv4 before IPv6)."""
        ...

    def routes(self, version: int = 4, table: int | None = 254) -> Sequence[Route]:
        """In the order of the kernel's dump; KernelError if `table` does not exist, all tables for None."""
        ...

    def route_get(
        self, destination: Address, *, source: Address | None = None, iif: str | None = None, oif: str | None = None,
        mark: int = 0, tos: int = 0, fibmatch: bool = False,
        transport: tuple[int, int | None, int | None] | None = None,
    ) -> RouteAnswer:  # fmt: skip
        """`transport`: the protocol and the ports of the flow, as far as the question names them."""
        ...

    def routing_rules(self, version: int = 4) -> Sequence[RoutingRule]: ...
    def neighbours(self, version: int | None = None) -> Sequence[NeighbourEntry]: ...
    def fdb(self) -> Sequence[FdbEntry]: ...
    def groups(self) -> Sequence[GroupEntry]:
        """By device, of each family the newest first."""
        ...

    def qdiscs(self) -> Sequence[Qdisc]: ...
    def features(self, device: str) -> Mapping[str, Feature]:
        """By name, in the order of their bits; KernelError(ENODEV)."""
        ...

    def sockets(self) -> Sequence[SocketEntry]: ...
    def connections(self, version: int = 4) -> Sequence[ConnectionEntry]:
        """The tracked connections of one family, oldest first."""
        ...

    def watch_connections(self) -> ConnectionWatch: ...
    def ruleset(self, version: int = 4) -> Ruleset:
        """The netfilter rules with their counters; to be read, and changed by operations only."""
        ...

    def native_ruleset(self) -> NftRuleset:
        """The tables that nft made, for both families; to be read, and changed by operations only."""
        ...

    def cached_routes(self, version: int = 4) -> Sequence[Route]: ...
    def flush_route_cache(self, version: int = 4) -> None: ...
    def nsid_of(self, name: str) -> int | None: ...
    def udp_socket(self, version: int = 4, *, owner: Process | None = None) -> UdpSocket:
        """`owner` is the process that `ss -p` shows."""
        ...

    def tcp_socket(self, version: int = 4, *, owner: Process | None = None) -> TcpSocket:
        """Of `version` 6 it also takes IPv4 connections, whose addresses it knows as ::ffff:10.0.0.1."""
        ...

    def ping_socket(
        self, destination: Address, *, source: Address | None = None, device: str | None = None, ttl: int | None = None,
        broadcast: bool = False, dont_fragment: bool | None = None, mark: int = 0, tos: int = 0, options: bytes = b"",
        zone: str | None = None, send_buffer: int | None = None,
    ) -> PingSocket:  # fmt: skip
        """connect(2)s, so that no route is KernelError at once; with `source` it only bind(2)s (EADDRNOTAVAIL).

        IPv6: to what is on one link, that of `zone` (sin6_scope_id) or of `device`, nothing connects: `source` is ::.

        EACCES: a broadcast address without `broadcast`, or a prohibit route.  0.0.0.0 is this host.  `options` are IP
        options as on the wire (record route).  `dont_fragment` None: as long as the path takes it (IP_PMTUDISC_WANT).
        `send_buffer` are the bytes of SO_SNDBUF.
        """
        ...

    def packet_socket(self, device: str | None = None) -> PacketSocket: ...


@runtime_checkable
class Prober(Protocol):
    """A Network that can send probes: `protocol` is udp, icmp or tcp (to `port`).  connect(2)s like `ping_socket`."""

    def probe_socket(
        self, destination: Address, *, protocol: str = "udp", source: Address | None = None,
        device: str | None = None, dont_fragment: bool = False, mark: int = 0, tos: int = 0, zone: str | None = None,
        port: int = 0,
    ) -> ProbeSocket: ...  # fmt: skip


# --- files ---------------------------------------------------------------------------------------------------------


class Files(Protocol):
    """The files a process sees: a small tree, /proc/sys/net and /sys/class/net being those of its network namespace.

    Paths are absolute.  Bytes that are no UTF-8 are surrogates in the text (PEP 383).
    Refusals are KernelError (ENOENT, EISDIR, EACCES, EROFS, EINVAL ...).
    """

    def read(self, path: str) -> str: ...
    def write(self, path: str, text: str) -> None: ...
    def append(self, path: str, text: str) -> None: ...
    def remove(self, path: str) -> None: ...
    def make_directory(self, path: str) -> None: ...
    def exists(self, path: str) -> bool: ...
    def is_directory(self, path: str) -> bool: ...
    def is_program(self, path: str) -> bool:
        """Whether it is the file of an installed program: no other file is executable."""
        ...

    def list(self, path: str) -> Sequence[str]: ...


# --- the machine and the process -------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
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
    #: The distribution whose programs run here: newer ones (`forky`, in containers) word some things differently.
    release: str = "bookworm"


class Child(Protocol):
    """A process that another one started."""

    @property
    def pid(self) -> int: ...
    @property
    def status(self) -> int | None:
        """Its exit status, None while it runs; 128 + the signal's number where one killed it."""
        ...

    @property
    def signal(self) -> int | None:
        """The signal that killed it, None if it ended by itself (which may be with the same status)."""
        ...

    @property
    def settled(self) -> bool:
        """Whether its exit status needs no report: 0, the answer to a question, or reported already."""
        ...

    @property
    def cause(self) -> Failure | None:
        """The command in it that decided its exit status, if it is known."""
        ...

    def leave_alone(self, failure: Failure) -> None:
        """Its exit status is not read: a failure is reported as `failure`, unless it needs no report."""
        ...

    def wait(self) -> Wait:
        """Yields its exit status."""
        ...

    def kill(self) -> None: ...
    def interrupt(self) -> None: ...


@attrs.frozen(kw_only=True)
class ProcessEntry:
    """A process in /proc."""

    pid: int
    parent: int
    argv: tuple[str, ...]
    network: Network
    pid_namespace: str = ""
    #: By a signal (SIGSTOP), or with its cgroup.
    stopped: bool = False


@attrs.frozen(kw_only=True)
class Gap:
    """A process met something that is not modelled: `pids` are its own and its ancestors', `sentence` what it printed.

    If its standard error is not read (in a detached container), this record is what is left of the message.
    """

    pids: tuple[int, ...]
    sentence: str


class Output(Protocol):
    def write(self, text: str) -> None: ...
    def close(self) -> None: ...


class Input(Protocol):
    def read_line(self) -> Wait:
        """Yields the next line with its newline, `""` at the end."""
        ...

    def read_all(self) -> Wait:
        """Yields everything up to the end."""
        ...

    def read_some(self) -> Wait:
        """Yields what is there as soon as there is anything, `""` at the end."""
        ...

    def close(self) -> None:
        """Close the reading end: further writes raise BrokenPipe."""
        ...


class Machine(Protocol):
    """The host: what is there once, whatever the namespace."""

    @property
    def hostname(self) -> str: ...
    @property
    def host(self) -> Context:
        """Where the host's own processes run."""
        ...

    @property
    def random(self) -> random.Random: ...
    def now(self) -> int:
        """Nanoseconds since the machine started."""
        ...

    def wall_clock(self) -> int:
        """Nanoseconds since 1970, of the simulated machine."""
        ...

    def after(self, delay: int, call: Callable[..., object], *args: Any) -> Any: ...
    def named_namespaces(self) -> Sequence[str]:
        """Names in /run/netns, newest first."""
        ...

    def list_namespaces(self, viewer: Network) -> Sequence[NetnsEntry]: ...
    def namespace(self, name: str) -> Network:
        """KernelError(ENOENT) if there is none of that name."""
        ...

    def add_namespace(self, name: str) -> None: ...
    def delete_namespace(self, name: str) -> None: ...
    def attach_namespace(self, name: str, pid: int) -> None: ...
    def set_nsid(self, viewer: Network, name: str, nsid: int | None) -> None: ...
    def name_of(self, network: Network) -> str | None: ...
    def pids_in(self, network: Network) -> Sequence[int]: ...
    def network_of(self, pid: int) -> Network:
        """KernelError(ESRCH) if there is no such process."""
        ...

    def new_network(self, label: str = "unnamed") -> Network:
        """An unnamed namespace (unshare --net): lives while a process, or its maker, holds it.

        `label` is what traces call it.
        """
        ...

    def release_network(self, network: Network) -> None:
        """The maker lets go: without processes inside, the namespace and its devices go."""
        ...

    def network_files(self, files: Files, network: Network) -> Files:
        """The same files with /proc/sys/net and /sys/class/net of `network`."""
        ...

    def read_only_files(self, files: Files) -> Files:
        """The same files, read-only (EROFS)."""
        ...

    def new_files(self, network: Network, content: Mapping[str, str], available: frozenset[str] | None = None) -> Files:
        """A tree of its own (a container's), with `content` by path and the programs that are `available`."""
        ...

    def service(self, path: str) -> Any:
        """The listener of a Unix socket (`/var/run/docker.sock`): KernelError(ENOENT) if there is none."""
        ...

    def offer_service(self, path: str, service: object) -> None: ...
    def withdraw_service(self, path: str) -> None: ...
    def spawn(
        self, argv: Sequence[str], context: Context, *, stdin: Input | None = None, stdout: Output | None = None,
        stderr: Output | None = None,
    ) -> Child:  # fmt: skip
        """Start a program: KernelError(ENOENT) if there is none of that name in `context`.

        Without `stdin` it reads the end at once; without `stdout` or `stderr` what it writes is lost.
        """
        ...

    def knows(self, program: str, context: Context) -> bool:
        """Whether `spawn` would find a program of that name in `context`."""
        ...

    def is_modelled(self, program: str, context: Context) -> bool:
        """Whether that program would do more than to say that it is not modelled."""
        ...

    @property
    def gaps(self) -> Sequence[Gap]:
        """What processes met that is not modelled, oldest first."""
        ...

    def record_gap(self, pid: int, sentence: str) -> None: ...
    def assume(self, sentence: str) -> None:
        """Report an assumption to whoever asks questions about the machine."""
        ...

    def pipe(self) -> tuple[Input, Output]:
        """As Process.pipe, for callers that are no program."""
        ...

    def run(self, main: Main, argv: Sequence[str], context: Context) -> Child:
        """Start a program that is no file (the threads of an engine): `main` is called as every program's is."""
        ...

    def sleep(self, nanoseconds: int) -> Wait:
        """As Process.sleep, for clients of a service."""
        ...

    def processes(self) -> Sequence[ProcessEntry]:
        """All that run, in every namespace, by pid."""
        ...

    def parent_of(self, pid: int) -> int:
        """KernelError(ESRCH) if there is no such process."""
        ...

    def protect(self, pid: int, catches: Sequence[int]) -> None:
        """The first process of a PID namespace: of signals, only those that it catches reach it (SIGNAL_UNKILLABLE).

        SIGKILL and SIGSTOP do when they come from outside of its namespace.
        """
        ...

    def kill(self, pid: int, signal: int = 15, sender: Context | None = None) -> None:
        """Send a signal, or KernelError(ESRCH) for no such process.  Who dies of it has the status 128 + signal.

        `sender` is where the sender runs; it reaches what is in its PID namespace, whose first process is 1.
        """
        ...


class Process(Protocol):
    """A running program's view of its machine."""

    @property
    def argv(self) -> Sequence[str]: ...
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
        ...

    def error(self, text: str) -> None:
        """To standard error."""
        ...

    def complain(self, text: str, stderr: Output) -> None:
        """To a standard error that is not this process's own (a shell's, redirected)."""
        ...

    def report(self, failure: Failure) -> None:
        """Report a failure (see vnetsim.failures)."""
        ...

    def leave_alone(self, failure: Failure) -> None:
        """The exit status of this process is not read: report a failure as `failure`, unless it needs none."""
        ...

    def explain(self, failure: Failure) -> None:
        """Should this process fail, it is this command in it that did."""
        ...

    def settle(self) -> None:
        """The exit status that this process is about to end with needs no report."""
        ...

    @property
    def complaint(self) -> str:
        """What was written to standard error last, by any process."""
        ...

    @property
    def meter(self) -> Meter:
        """Charged before something long or large is made: BudgetExceeded."""
        ...

    def now(self) -> int: ...
    def sleep(self, nanoseconds: int) -> Wait: ...
    def any_of(self, waits: Iterable[Wait]) -> Wait:
        """Yields when the first of `waits` is there."""
        ...

    def spawn(
        self, argv: Sequence[str], *, context: Context | None = None, stdin: Input | None = None,
        stdout: Output | None = None, stderr: Output | None = None,
    ) -> Child:  # fmt: skip
        """Start a child; what is not given is inherited."""
        ...

    def fork(
        self, main: Main, *, stdin: Input | None = None, stdout: Output | None = None, stderr: Output | None = None
    ) -> Child:
        """Start a child under this process's own name that runs `main`; what is not given is inherited (a subshell)."""
        ...

    def exec(
        self, argv: Sequence[str], *, context: Context | None = None, stdin: Input | None = None,
        stdout: Output | None = None, stderr: Output | None = None,
    ) -> Generator[Wait, Any, int]:  # fmt: skip
        """execve(2), the pid stays: `return (yield from process.exec(argv))`.  Refused as spawn is.

        What is not given stays as it is; with a `context` the process moves (setns(2)) before it becomes the program.
        """
        ...

    def pipe(self) -> tuple[Input, Output]:
        """Two ends: what is written to the one is read from the other.  BrokenPipe without a reader.

        An end belongs to its maker until close() and to each process that was started with it until that one ends:
        the reader sees the end when no writer is left, a writer gets BrokenPipe when no reader is left.
        """
        ...

    def resolve(self, name: str, version: int | None = None) -> Wait:
        """getaddrinfo(3): yields a Resolved, from /etc/hosts or the servers of /etc/resolv.conf."""
        ...

    def reverse(self, address: Address) -> Wait:
        """getnameinfo(3): yields the name of an address, or None."""
        ...


@attrs.frozen
class Resolved:
    """Addresses in order, or why there are none: `error` is gai_strerror(3)'s sentence.

    `zone` is the device that was named with a link-local address (fe80::1%eth0).
    """

    addresses: tuple[Address, ...] = ()
    error: str | None = None
    zone: str | None = None


#: What IPv4 sockets bind to by default.
ANY: IPv4 = IPv4(0)
