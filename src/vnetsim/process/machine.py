"""Protocol of the machine: what exists once, whatever the namespace; `vnetsim.kernel.proc.machine` implements it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from vnetsim.clock import Wait
from vnetsim.observations import NetnsEntry
from vnetsim.process.files import Files, Mount
from vnetsim.process.network import Network
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.process import Child, Completion, Context, Input, Main, Output, Terminal

#: Who switches the machine off and on once the command line is over: `machine.service(INIT)("orderly")`, `("forced")`.
INIT = "/run/initctl"
#: Who starts the engine when something first connects to its socket: `yield from machine.service(DOCKER_SOCKET)()`.
DOCKER_SOCKET = "docker.socket"


@frozen(kw_only=True)
class ProcessEntry:
    """A process in /proc."""

    pid: int
    parent: int
    argv: tuple[str, ...]
    network: Network
    pid_namespace: str = ""
    uid: int = 0
    #: By a signal (SIGSTOP), or with its cgroup.
    stopped: bool = False


@frozen(kw_only=True)
class Gap:
    """A process met something that is not modelled: `pids` are its own and its ancestors', `sentence` what it printed.

    If its standard error is not read (in a detached container), this record is what is left of the message.
    """

    pids: tuple[int, ...]
    sentence: str


class Machine(Protocol):
    """The host: what is there once, whatever the namespace."""

    @property
    def hostname(self) -> str: ...
    @property
    def host(self) -> Context:
        """Where the host's own processes run."""

    @property
    def random(self) -> random.Random: ...
    def now(self) -> int:
        """Nanoseconds since the machine started."""

    def wall_clock(self) -> int:
        """Nanoseconds since 1970, of the simulated machine."""

    def after(self, delay: int, call: Callable[..., object], *args: Any) -> Any: ...
    def named_namespaces(self) -> Sequence[str]:
        """Names in /run/netns, newest first."""

    def list_namespaces(self, viewer: Network) -> Sequence[NetnsEntry]: ...
    def namespace(self, name: str) -> Network:
        """KernelError(ENOENT) if there is none of that name."""

    def add_namespace(self, name: str) -> None: ...
    def delete_namespace(self, name: str) -> None: ...
    def attach_namespace(self, name: str, pid: int) -> None: ...
    def set_nsid(self, viewer: Network, name: str, nsid: int | None) -> None: ...
    def name_of(self, network: Network) -> str | None: ...
    def pids_in(self, network: Network) -> Sequence[int]: ...
    def network_of(self, pid: int) -> Network:
        """KernelError(ESRCH) if there is no such process."""

    def new_network(self, label: str = "unnamed") -> Network:
        """An unnamed namespace (unshare --net): exists while a process, or its creator, holds it.

        `label` is what traces call it.
        """

    def release_network(self, network: Network) -> None:
        """The maker lets go: without processes inside, the namespace and its devices go."""

    def network_files(self, files: Files, network: Network) -> Files:
        """The same files with /proc/sys/net and /sys/class/net of `network`."""

    def read_only_files(self, files: Files) -> Files:
        """The same files, read-only (EROFS)."""

    def user_files(self, files: Files, uid: int) -> Files:
        """The same files, as a user may write them (EACCES)."""

    def mounted_files(self, files: Files, mounts: Sequence[Mount]) -> Files:
        """The same files with others mounted on them, in a mount namespace of their own."""

    def bind_mount(self, files: Files, source: str, point: str) -> None:
        """mount(2), MS_BIND, for all who share the mount namespace of `files`: KernelError(ENOENT, ENOTDIR)."""

    def unmount(self, files: Files, point: str) -> None:
        """umount(2): KernelError(EINVAL)."""

    def new_files(
        self, network: Network, content: Mapping[str, str], available: frozenset[str] | None = None,
        directories: tuple[str, ...] = (),
    ) -> Files:  # fmt: skip
        """A tree of its own (a container's): `content` by path, the programs that are `available`, and directories."""

    def service(self, path: str) -> Any:
        """The listener of a Unix socket (`/var/run/docker.sock`): KernelError(ENOENT) if there is none."""

    def offer_service(self, path: str, service: object) -> None: ...
    def withdraw_service(self, path: str) -> None: ...
    def spawn(
        self, argv: Sequence[str], context: Context, *, stdin: Input | None = None, stdout: Output | None = None,
        stderr: Output | None = None,
    ) -> Child:  # fmt: skip
        """Start a program: KernelError(ENOENT) if there is none of that name in `context`.

        Without `stdin` it reads the end at once; without `stdout` or `stderr` what it writes is lost.
        """

    def knows(self, program: str, context: Context) -> bool:
        """Whether `spawn` would find a program of that name in `context`."""

    def is_modelled(self, program: str, context: Context) -> bool:
        """Whether there is a program of that name, which is modelled and not only refused."""

    @property
    def gaps(self) -> Sequence[Gap]:
        """What processes met that is not modelled, oldest first."""

    def record_gap(self, pid: int, sentence: str) -> None: ...
    def assume(self, sentence: str) -> None:
        """Report an assumption to the questions about the machine."""

    def pipe(self) -> tuple[Input, Output]:
        """As Process.pipe, for callers that are no program."""

    def terminal(self) -> Terminal:
        """A new terminal, on which nothing is typed yet."""

    def controlling_terminal(self, pid: int) -> Terminal | None:
        """The terminal of a process or of the nearest one above it that has one: what it would find as /dev/tty."""

    def run(self, main: Main, argv: Sequence[str], context: Context) -> Child:
        """Start a program that is no file (the threads of an engine): `main` is called as every program's is."""

    def hold(self, argv: Sequence[str], context: Context) -> Child:
        """Start a thread that does nothing but keep its namespaces, so that they have a process number."""

    def completion(self) -> Completion:
        """For what one service tells the clients of another."""

    def sleep(self, nanoseconds: int) -> Wait:
        """As Process.sleep, for clients of a service."""

    def processes(self) -> Sequence[ProcessEntry]:
        """All that run, in every namespace, by pid."""

    def parent_of(self, pid: int) -> int:
        """KernelError(ESRCH) if there is no such process."""

    def protect(self, pid: int, catches: Sequence[int]) -> None:
        """The first process of a PID namespace: of signals, only those that it catches reach it (SIGNAL_UNKILLABLE).

        SIGKILL and SIGSTOP do when they come from outside of its namespace.
        """

    def group(self, pid: int) -> Sequence[int]:
        """The process group of a process: what began with it below the nearest interactive shell or `timeout`."""

    def kill(self, pid: int, signal: int = 15, sender: Context | None = None) -> None:
        """Send a signal, or KernelError(ESRCH) for no such process.  Who dies of it has the status 128 + signal.

        `sender` is where the sender runs; it reaches what is in its PID namespace, whose first process is 1.
        """
