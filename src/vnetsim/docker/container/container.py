"""Containers as the engine knows them (container/container.go of moby 28.5).

Not modelled: checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from vnetsim.docker.api.types import Json, JsonObject, LogLine
from vnetsim.docker.container.health import Health
from vnetsim.docker.container.network_settings import Attachments
from vnetsim.docker.container.state import ContainerState, RestartManager
from vnetsim.docker.container.stream import ContainerStream
from vnetsim.docker.container.waiters import Waiters
from vnetsim.docker.images import Image
from vnetsim.docker.libnetwork.portbinding import as_map
from vnetsim.docker.libnetwork.sandbox import Sandbox
from vnetsim.docker.libnetwork.sandbox_dns import SandboxFiles
from vnetsim.docker.runconfig.config import command_of
from vnetsim.docker.stringid import short
from vnetsim.process import Child, Context, Input, Output, Terminal
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
        return self.mode.removeprefix("container:") if self.mode.startswith("container:") else None

    @property
    def hostname(self) -> str:
        hostname: str = self.config["Hostname"]
        return hostname

    @property
    def command(self) -> list[str]:
        return command_of(self.config)

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
