"""A process without a machine, for tests of programs: what it sees is given, what it asks for is kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, cast

import attrs

from vnetsim.budget import Budget, Meter
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import AddressEntry, Link, NetnsEntry
from vnetsim.process import Main, Process, to_the_end
from vnetsim.process.files import Mount
from vnetsim.programs import registry


@attrs.frozen
class Answer:
    """What a fake wait yields: the answer is known already."""

    value: Any


@attrs.define
class FakeNetwork:
    """`refuse` may raise KernelError for an operation; what it lets through is `executed`."""

    links_seen: Sequence[Link] = ()
    addresses_seen: Sequence[AddressEntry] = ()
    refuse: Callable[[Any], None] = attrs.field(default=lambda _: None)
    executed: list[Any] = attrs.field(factory=list)

    def links(self) -> Sequence[Link]:
        return self.links_seen

    def link(self, name: str) -> Link | None:
        return next((link for link in self.links() if name in (link.name, *link.altnames)), None)

    def addresses(self) -> Sequence[AddressEntry]:
        return self.addresses_seen

    def execute(self, operation: Any) -> None:
        self.refuse(operation)
        self.executed.append(operation)


@attrs.define
class FakeFiles:
    content: dict[str, str] = attrs.field(factory=dict)

    def read(self, path: str) -> str:
        if path not in self.content:
            raise KernelError(Errno.ENOENT)
        return self.content[path]

    def exists(self, path: str) -> bool:
        return path in self.content or self.is_directory(path)

    def is_directory(self, path: str) -> bool:
        return any(name.startswith(f"{path}/") for name in self.content)

    def is_program(self, path: str) -> bool:
        return path in registry.files()

    def list(self, path: str) -> Sequence[str]:
        return sorted({name.removeprefix(f"{path}/").partition("/")[0] for name in self.content if f"{path}/" in name})


@attrs.define
class FakeMachine:
    """`namespaces` by name, newest first; None is a plain file that is no namespace."""

    namespaces: dict[str, FakeNetwork | None] = attrs.field(factory=dict)
    ids: dict[str, int] = attrs.field(factory=dict)
    processes: dict[int, FakeNetwork] = attrs.field(factory=dict)

    def named_namespaces(self) -> Sequence[str]:
        return list(self.namespaces)

    def list_namespaces(self, _: object) -> Sequence[NetnsEntry]:
        return [NetnsEntry(name=name, nsid=self.ids.get(name)) for name in self.namespaces]

    def namespace(self, name: str) -> FakeNetwork:
        if name not in self.namespaces:
            raise KernelError(Errno.ENOENT)
        network = self.namespaces[name]
        if network is None:
            raise KernelError(Errno.EINVAL)
        return network

    def add_namespace(self, name: str) -> None:
        if name in self.namespaces:
            raise KernelError(Errno.EEXIST)
        self.namespaces = {name: FakeNetwork(), **self.namespaces}

    def delete_namespace(self, name: str) -> None:
        if name not in self.namespaces:
            raise KernelError(Errno.ENOENT)
        del self.namespaces[name]

    def attach_namespace(self, name: str, pid: int) -> None:
        if name in self.namespaces:
            raise KernelError(Errno.EEXIST)
        self.namespaces = {name: self.network_of(pid), **self.namespaces}

    def set_nsid(self, _: object, name: str, nsid: int | None) -> None:
        if name in self.ids:
            raise KernelError(Errno.EEXIST, "Peer netns already has a nsid assigned")
        wanted = next(n for n in range(100) if n not in self.ids.values()) if nsid is None else nsid
        if wanted in self.ids.values():
            raise KernelError(Errno.EEXIST, "The specified nsid is already used")
        self.ids[name] = wanted

    def name_of(self, network: object) -> str | None:
        return next((name for name, it in self.namespaces.items() if it is network), None)

    def pids_in(self, network: object) -> Sequence[int]:
        return [pid for pid, it in self.processes.items() if it is network]

    def network_of(self, pid: int) -> FakeNetwork:
        if pid not in self.processes:
            raise KernelError(Errno.ESRCH)
        return self.processes[pid]

    def network_files(self, files: FakeFiles, _: object) -> FakeFiles:
        return files

    def mounted_files(self, files: FakeFiles, mounts: Sequence[Mount]) -> FakeFiles:
        """Single files that are mounted on others."""
        return FakeFiles(files.content | {each.point: files.content[each.root] for each in mounts})


@attrs.frozen(kw_only=True)
class FakeContext:
    network: FakeNetwork
    files: FakeFiles
    hostname: str = "vm"
    environment: Mapping[str, str] = {}
    privileged: bool = True
    raw_sockets: bool = True
    read_only_sysctls: bool = False
    sys_admin: bool = True
    pid_namespace: str = ""
    own_mounts: bool = False
    release: str = "bookworm"


@attrs.define
class FakeInput:
    text: str = ""

    def read_all(self) -> Answer:
        return Answer(self.text)


@attrs.frozen
class FakeChild:
    status: int

    def wait(self) -> Answer:
        return Answer(self.status)


@attrs.define
class FakeProcess:
    """`programs` are the children by name: how each ends, and what it writes."""

    argv: Sequence[str]
    context: FakeContext
    machine: FakeMachine = attrs.field(factory=FakeMachine)
    stdin: FakeInput = attrs.field(factory=FakeInput)
    programs: Mapping[str, tuple[int, str]] = attrs.field(factory=dict)
    out: list[str] = attrs.field(factory=list)
    err: list[str] = attrs.field(factory=list)
    started: list[tuple[tuple[str, ...], FakeContext]] = attrs.field(factory=list)

    @property
    def meter(self) -> Meter:
        return Meter(Budget())

    @property
    def network(self) -> FakeNetwork:
        return self.context.network

    @property
    def files(self) -> FakeFiles:
        return self.context.files

    def write(self, text: str) -> None:
        self.out.append(text)

    def error(self, text: str) -> None:
        self.err.append(text)

    def _start(self, argv: Sequence[str], context: FakeContext | None) -> int:
        if argv[0] not in self.programs:
            raise KernelError(Errno.ENOENT)
        status, text = self.programs[argv[0]]
        self.started.append((tuple(argv), context or self.context))
        self.write(text)
        return status

    def exec(self, argv: Sequence[str], *, context: FakeContext | None = None) -> Generator[Answer, Any, int]:
        status = self._start(argv, context)

        def run() -> Generator[Answer, Any, int]:
            yield Answer(None)
            return status

        return run()

    def spawn(self, argv: Sequence[str], *, context: FakeContext | None = None) -> FakeChild:
        return FakeChild(self._start(argv, context))


def process_of(*argv: str) -> Process:
    """A process with nothing around it, for what only reads its arguments."""
    return cast(Process, FakeProcess(argv, FakeContext(network=FakeNetwork(), files=FakeFiles())))


@attrs.frozen
class Ended:
    """How a program ended and what it said."""

    status: int
    out: str = ""
    err: str = ""


def run(main: Main, process: FakeProcess) -> Ended:
    """Run a program to its end; every wait is over at once."""
    running = to_the_end(main(cast(Process, process)))
    if isinstance(running, int):
        return Ended(running, "".join(process.out), "".join(process.err))
    answer = None
    while True:
        try:
            answer = running.send(answer).value
        except StopIteration as end:
            return Ended(end.value, "".join(process.out), "".join(process.err))
