"""Containers as the engine knows them, and how the API tells them (container/, daemon/inspect.go, daemon/list.go).

Not modelled: health checks, checkpoints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Final

import attrs

from vnetsim.docker.api import Json
from vnetsim.docker.endpoints import Attachments
from vnetsim.docker.etc import Etc
from vnetsim.docker.gotypes import ZERO_TIME, human_duration, timestamp
from vnetsim.docker.hostconfig import command_of, shown_config, shown_host_config
from vnetsim.docker.images import Image
from vnetsim.docker.names import short
from vnetsim.docker.networks import is_user_defined
from vnetsim.docker.portmap import Port, as_map
from vnetsim.docker.sandbox import Sandbox
from vnetsim.errors import EngineError
from vnetsim.process import BrokenPipe, Child, Context, Files, Input, Output

_OWN_FILES: Final = ("resolv.conf", "hostname", "hosts")
STATES: Final = ("created", "running", "paused", "restarting", "removing", "exited", "dead")


@attrs.define(kw_only=True)
class State:
    """Times in nanoseconds since 1970, 0 for never."""

    running: bool = False
    paused: bool = False
    restarting: bool = False  #: it runs no more, and will again by its restart policy
    dead: bool = False
    exit_code: int = 0
    error: str = ""
    started_at: int = 0
    finished_at: int = 0

    @property
    def word(self) -> str:
        if self.running:
            return "paused" if self.paused else "restarting" if self.restarting else "running"
        if self.dead:
            return "dead"
        return "exited" if self.started_at else "created"

    def told(self, now: int) -> str:
        """The STATUS column of `docker ps`."""
        if self.running and self.restarting:
            return f"Restarting ({self.exit_code}) {human_duration(now - self.finished_at)} ago"
        if self.running:
            return f"Up {human_duration(now - self.started_at)}" + (" (Paused)" if self.paused else "")
        if not self.started_at:
            return "Created"
        if not self.finished_at:
            return ""
        return f"Exited ({self.exit_code}) {human_duration(now - self.finished_at)} ago"

    def json(self, pid: int) -> Json:
        return {
            "Status": self.word,
            "Running": self.running,
            "Paused": self.paused,
            "Restarting": self.restarting,
            "OOMKilled": False,
            "Dead": self.dead,
            "Pid": pid,
            "ExitCode": self.exit_code,
            "Error": self.error,
            "StartedAt": timestamp(self.started_at) if self.started_at else ZERO_TIME,
            "FinishedAt": timestamp(self.finished_at) if self.finished_at else ZERO_TIME,
        }


class Stream:
    """What a main process writes: kept for `docker logs`, and passed on to who is attached."""

    def __init__(self, name: str, log: list[tuple[str, str]]) -> None:
        self._name = name
        self._log = log
        self.attached: list[Output] = []

    def write(self, text: str) -> None:
        if not text:
            return
        self._log.append((self._name, text))
        for output in list(self.attached):
            try:
                output.write(text)
            except BrokenPipe:
                self.attached.remove(output)

    def close(self) -> None:
        """It is the container's, not the process's."""


@attrs.define(kw_only=True)
class Restarts:
    """A container's restarts by its policy (restartmanager): how many, how long the last one waited for its turn.

    `cancelled`: somebody ended this run, `stopping`: by `docker stop`; `by_hand`: it was stopped, which is remembered.
    """

    count: int = 0
    delay: int = 0
    cancelled: bool = False
    by_hand: bool = False
    stopping: bool = False
    waiting: Child | None = None


@attrs.define(eq=False, kw_only=True)
class Run:
    """A container's life from one start to its end.

    `holder` keeps the namespace until the engine has cleared it; `watcher` ends when all is cleared away; `execs` are
    the processes that `docker exec` started.
    """

    context: Context
    holder: Child | None = None
    main: Child | None = None
    watcher: Child | None = None
    killed_with: int | None = None
    execs: list[int] = attrs.field(factory=list)


@attrs.define(eq=False, kw_only=True)
class Container:
    """`name` has no slash; `command` is the main process's command line."""

    id: str
    name: str
    created: int
    image: Image
    config: Json
    host_config: Json
    etc: Etc
    attachments: Attachments = attrs.field(factory=Attachments)
    state: State = attrs.field(factory=State)
    restarts: Restarts = attrs.field(factory=Restarts)
    network_disabled: bool = False
    sandbox: Sandbox | None = None
    run: Run | None = None
    files: Files | None = None
    log: list[tuple[str, str]] = attrs.field(factory=list)
    stdin: Input | None = None
    stdout: Stream = attrs.field(init=False)
    stderr: Stream = attrs.field(init=False)
    execs: list[str] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.stdout = Stream("stdout", self.log)
        self.stderr = self.stdout if self.config["Tty"] else Stream("stderr", self.log)

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

    # --- the API's words -----------------------------------------------------------------------------------------

    def inspect(self, links: list[str], driver_bridge: str) -> Json:
        """`links` as `/db:/app/database`."""
        directory = f"/var/lib/docker/containers/{self.id}/"
        where = dict.fromkeys(_OWN_FILES, "") if self.files is None else {n: f"{directory}{n}" for n in _OWN_FILES}
        log = "" if self.files is None else f"{directory}{self.id}-json.log"
        command = self.command
        return {
            "Id": self.id,
            "Created": timestamp(self.created),
            "Path": command[0],
            "Args": command[1:],
            "State": self.state.json(self.pid if self.state.running else 0),
            "Image": self.image.id,
            "ResolvConfPath": where["resolv.conf"],
            "HostnamePath": where["hostname"],
            "HostsPath": where["hosts"],
            "LogPath": log,
            "Name": f"/{self.name}",
            "RestartCount": self.restarts.count,
            "Driver": "overlay2",
            "Platform": "linux",
            "MountLabel": "",
            "ProcessLabel": "",
            "AppArmorProfile": "",
            "ExecIDs": list(self.execs) or None,
            "HostConfig": shown_host_config(self.host_config, links),
            "GraphDriver": {"Data": _layers(self), "Name": "overlay2"},
            "Mounts": [],
            "Config": self._shown_config(),
            "NetworkSettings": self._network_settings(driver_bridge),
        }

    def _shown_config(self) -> Json:
        main = self.attachments.get(self.mode)
        desired = main.desired_mac if main is not None and (self.mode == "bridge" or is_user_defined(self.mode)) else ""
        return shown_config({**self.config, "MacAddress": desired})

    def _network_settings(self, driver_bridge: str) -> Json:
        default = self.attachments.get("bridge")
        told = default.json() if default is not None else {}
        return {
            "Bridge": driver_bridge if self.mode == "bridge" and self.state.running else "",
            "SandboxID": self.sandbox.id if self.sandbox else "",
            "SandboxKey": self.sandbox.key if self.sandbox else "",
            "Ports": self.ports(),
            "HairpinMode": False,
            "LinkLocalIPv6Address": "",
            "LinkLocalIPv6PrefixLen": 0,
            "SecondaryIPAddresses": None,
            "SecondaryIPv6Addresses": None,
            "EndpointID": told.get("EndpointID", ""),
            "Gateway": told.get("Gateway", ""),
            "GlobalIPv6Address": told.get("GlobalIPv6Address", ""),
            "GlobalIPv6PrefixLen": told.get("GlobalIPv6PrefixLen", 0),
            "IPAddress": told.get("IPAddress", ""),
            "IPPrefixLen": told.get("IPPrefixLen", 0),
            "IPv6Gateway": told.get("IPv6Gateway", ""),
            "MacAddress": told.get("MacAddress", ""),
            "Networks": self.attachments.json(),
        }

    def summary(self, now: int) -> Json:
        """An entry of `docker ps`."""
        return {
            "Id": self.id,
            "Names": [f"/{self.name}"],
            "Image": self.config["Image"],
            "ImageID": self.image.id,
            "Command": " ".join(
                (self.command[0], *(f"'{word}'" if " " in word else word for word in self.command[1:]))
            ),
            "Created": self.created // 1_000_000_000,
            "Ports": list(self._summary_ports()),
            "Labels": dict(sorted((self.config["Labels"] or {}).items())),
            "State": self.state.word,
            "Status": self.state.told(now),
            "HostConfig": {"NetworkMode": self.mode},
            "NetworkSettings": {"Networks": self.attachments.json()},
            "Mounts": [],
        }

    def _summary_ports(self) -> Iterator[Json]:
        for text, bindings in self.ports().items():
            port = Port.parse(text)
            if not bindings:
                yield {"PrivatePort": port.number, "Type": port.protocol}
            for binding in bindings or ():
                yield {
                    "IP": binding["HostIp"],
                    "PrivatePort": port.number,
                    "PublicPort": int(binding["HostPort"] or 0),
                    "Type": port.protocol,
                }


def _layers(container: Container) -> Json:
    """Paths that look like those of overlay2; there is nothing behind them."""
    own = f"/var/lib/docker/overlay2/{hashlib.sha256(container.id.encode()).hexdigest()}"
    return {
        "ID": container.id,
        "LowerDir": f"{own}-init/diff:{container.image.layer}/diff",
        "MergedDir": f"{own}/merged",
        "UpperDir": f"{own}/diff",
        "WorkDir": f"{own}/work",
    }


class Containers:
    """Those that exist, in the order of their creation, and the names that are taken."""

    def __init__(self) -> None:
        self._by_id: dict[str, Container] = {}
        self._by_name: dict[str, Container] = {}
        #: The container that a link leads to, by the link's name (`/app/db`): the engine sets it.
        self.linked: Callable[[str], Container | None] = lambda _: None

    def __iter__(self) -> Iterator[Container]:
        return iter(list(self._by_id.values()))

    def add(self, container: Container) -> None:
        self._by_id[container.id] = self._by_name[container.name] = container

    def remove(self, container: Container) -> None:
        if self._by_id.pop(container.id, None) is not None:
            del self._by_name[container.name]

    def rename(self, container: Container, name: str) -> None:
        del self._by_name[container.name]
        container.name = name
        self._by_name[name] = container

    def __contains__(self, container: Container) -> bool:
        return container.id in self._by_id

    def named(self, name: str) -> Container | None:
        return self._by_name.get(name)

    def find(self, term: str) -> Container:
        """By id, by name or link (with or without the slash), by the beginning of an id; EngineError 404 or 400."""
        if not term:
            raise EngineError(400, 'invalid name or ID supplied: ""')
        if term in self._by_id:
            return self._by_id[term]
        if (container := self.named(term.removeprefix("/"))) is not None:
            return container
        child = self.linked(f"/{term.removeprefix('/')}")
        if child is not None and child in self:
            return child
        beginning = [container for container in self if container.id.startswith(term)]
        if len(beginning) > 1:
            raise EngineError(400, f"multiple IDs found with provided prefix: {term}")
        if not beginning:
            raise EngineError(404, f"No such container: {term}")
        return beginning[0]

    def running(self, term: str) -> Container:
        """One in which something can be executed."""
        container = self.find(term)
        if not container.state.running:
            raise EngineError(409, f"container {container.id} is not running")
        if container.state.paused:
            raise EngineError(409, f"Container {term} is paused, unpause the container before exec")
        if container.state.restarting:
            raise EngineError(409, restarting(container))
        return container


def restarting(container: Container) -> str:
    return f"Container {container.id} is restarting, wait until the container is running"


def short_id(container: Container) -> str:
    return short(container.id)
