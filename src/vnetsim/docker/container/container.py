"""Containers as the engine knows them (container/container.go of moby 28.5), with their networks and output streams.

Networks: daemon/network/settings.go; streams: container/stream.

Not modelled: checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from vnetsim.docker.api.network import EndpointSettings
from vnetsim.docker.api.types import Json, JsonObject, LogLine
from vnetsim.docker.container.health import Health
from vnetsim.docker.container.state import ContainerState, RestartManager, Waiters
from vnetsim.docker.images import Image
from vnetsim.docker.libnetwork.portbinding import as_map
from vnetsim.docker.libnetwork.sandbox import Sandbox
from vnetsim.docker.libnetwork.sandbox_dns import SandboxFiles
from vnetsim.docker.stringid import short
from vnetsim.process import BrokenPipe, Child, Context, Input, Output, Terminal
from vnetsim.process.files import Files
from vnetsim.values import define


@define(eq=False, kw_only=True)
class ContainerRun:
    """One run of a container, from its start to its end.

    `holder` keeps the namespace until the engine has released it; `watcher` ends after the cleanup; `execs` are the
    processes that `docker exec` started.
    """

    context: Context
    holder: Child | None = None
    main: Child | None = None
    watcher: Child | None = None
    killed_with: int | None = None
    execs: list[int] = attrs.field(factory=list)


class Attachments:
    """The networks of a container by name, in the order in which its endpoints are made.

    Go's small maps reuse the lowest slot that was freed; that order decides which interface is eth0 after a restart.
    (Go then starts at a random slot; here it is always the first.)
    """

    def __init__(self) -> None:
        self._slots: list[str | None] = []
        self._settings: dict[str, EndpointSettings] = {}

    def __iter__(self) -> Iterator[tuple[str, EndpointSettings]]:
        return iter([(name, self._settings[name]) for name in self._slots if name is not None])

    def __len__(self) -> int:
        return len(self._settings)

    def __contains__(self, name: str) -> bool:
        return name in self._settings

    def get(self, name: str) -> EndpointSettings | None:
        return self._settings.get(name)

    def set(self, name: str, settings: EndpointSettings) -> None:
        if name not in self._settings:
            if None in self._slots:
                self._slots[self._slots.index(None)] = name
            else:
                self._slots.append(name)
        self._settings[name] = settings

    def remove(self, name: str) -> None:
        if name in self._settings:
            del self._settings[name]
            self._slots[self._slots.index(name)] = None

    def json(self) -> Json:
        return {name: settings.json() for name, settings in sorted(self._settings.items())}


class ContainerStream:
    """The output of a main process: kept for `docker logs`, and copied to attached clients."""

    def __init__(self, name: str, log: list[tuple[str, str]], lines: list[LogLine], now: Callable[[], int]) -> None:
        """`now` gives nanoseconds since 1970."""
        self._name, self._log, self._lines, self._now = name, log, lines, now
        #: The beginning of a line that is not complete.
        self._partial = ""
        self.attached: list[Output] = []

    def write(self, text: str) -> None:
        if not text:
            return
        self._log.append((self._name, text))
        *lines, self._partial = (self._partial + text).split("\n")
        self._lines += [LogLine(self._name, f"{line}\n", self._now()) for line in lines]
        for output in list(self.attached):
            try:
                output.write(text)
            except BrokenPipe:
                self.attached.remove(output)

    def end_line(self) -> None:
        """The process has ended: what it wrote last is a line of the log, without a newline."""
        if self._partial:
            self._lines.append(LogLine(self._name, self._partial, self._now()))
            self._partial = ""

    def close(self) -> None:
        """The stream belongs to the container and outlives the process."""


@define(eq=False, kw_only=True)
class Container:
    """`name` has no slash; `command` is the main process's command line; `now` gives nanoseconds since 1970.

    `ports_known`: it is no assumption at which ports its main process listens.
    `expected_to_complete`: a client waits until it has ended with status 0.
    """

    id: str
    name: str
    created: int
    image: Image
    config: JsonObject
    host_config: JsonObject
    etc: SandboxFiles
    attachments: Attachments = attrs.field(factory=Attachments)
    state: ContainerState = attrs.field(factory=ContainerState)
    restarts: RestartManager = attrs.field(factory=RestartManager)
    network_disabled: bool = False
    sandbox: Sandbox | None = None
    run: ContainerRun | None = None
    files: Files | None = None
    #: Files that clients have looked at or written before its first start.
    unstarted: Files | None = None
    now: Callable[[], int] = lambda: 0
    log: list[tuple[str, str]] = attrs.field(factory=list)
    log_lines: list[LogLine] = attrs.field(factory=list)
    stdin: Input | None = None
    #: The other end of `stdin`, where that is a pipe of the engine's.
    stdin_end: Output | None = None
    #: With -i and -t, while it runs or a client waits for that.
    terminal: Terminal | None = None
    stdout: ContainerStream = attrs.field(init=False)
    stderr: ContainerStream = attrs.field(init=False)
    execs: list[str] = attrs.field(factory=list)
    mounts: list[Json] = attrs.field(factory=list)
    expected_to_complete: bool = False
    ports_known: bool = True
    #: Files that were copied into it before its first start.
    copied: dict[str, str] = attrs.field(factory=dict)
    #: Whether it starts with its image's own files.
    pristine: bool = True
    health: Health | None = None
    waiters: Waiters = attrs.field(factory=Waiters)

    def __attrs_post_init__(self) -> None:
        self.stdout = self._stream("stdout")
        self.stderr = self.stdout if self.config["Tty"] else self._stream("stderr")

    def _stream(self, name: str) -> ContainerStream:
        return ContainerStream(name, self.log, self.log_lines, self._now)

    def _now(self) -> int:
        return self.now()

    def __str__(self) -> str:
        return self.name

    @property
    def mode(self) -> str:
        mode: str = self.host_config["NetworkMode"]
        return mode

    @property
    def joins(self) -> str | None:
        """The container whose namespace it shares."""
        mode = self.mode
        return mode.removeprefix("container:") if mode.startswith("container:") else None

    @property
    def hostname(self) -> str:
        hostname: str = self.config["Hostname"]
        return hostname

    @property
    def command(self) -> list[str]:
        config = self.config
        return [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]

    @property
    def pid(self) -> int:
        return 0 if self.run is None or self.run.main is None else self.run.main.pid

    def ports(self) -> dict[str, list[Json] | None]:
        """NetworkSettings.Ports."""
        if self.sandbox is None or not self.state.running:
            return {}
        return as_map(self.sandbox.bindings(), self.sandbox.exposed_now())


def restarting(container: Container) -> str:
    return f"Container {container.id} is restarting, wait until the container is running"


def short_id(container: Container) -> str:
    return short(container.id)
