"""Containers as the engine knows them (container/container.go of moby 28.5).

Not modelled: health checks, checkpoints.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.docker.api.network import is_user_defined
from vnetsim.docker.api.types import Json
from vnetsim.docker.container.network_settings import Attachments
from vnetsim.docker.container.state import ContainerState, RestartManager
from vnetsim.docker.container.stream import ContainerStream
from vnetsim.docker.gotypes import timestamp
from vnetsim.docker.images import Image
from vnetsim.docker.libnetwork.portbinding import as_map
from vnetsim.docker.libnetwork.sandbox import Sandbox
from vnetsim.docker.libnetwork.sandbox_dns import SandboxFiles
from vnetsim.docker.nat import ContainerPort
from vnetsim.docker.runconfig.config import command_of, shown_config, shown_host_config
from vnetsim.docker.stringid import short
from vnetsim.process import Child, Context, Files, Input

_OWN_FILES: Final = ("resolv.conf", "hostname", "hosts")


@attrs.define(eq=False, kw_only=True)
class ContainerRun:
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
    etc: SandboxFiles
    attachments: Attachments = attrs.field(factory=Attachments)
    state: ContainerState = attrs.field(factory=ContainerState)
    restarts: RestartManager = attrs.field(factory=RestartManager)
    network_disabled: bool = False
    sandbox: Sandbox | None = None
    run: ContainerRun | None = None
    files: Files | None = None
    log: list[tuple[str, str]] = attrs.field(factory=list)
    stdin: Input | None = None
    stdout: ContainerStream = attrs.field(init=False)
    stderr: ContainerStream = attrs.field(init=False)
    execs: list[str] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.stdout = ContainerStream("stdout", self.log)
        self.stderr = self.stdout if self.config["Tty"] else ContainerStream("stderr", self.log)

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
            port = ContainerPort.parse(text)
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


def restarting(container: Container) -> str:
    return f"Container {container.id} is restarting, wait until the container is running"


def short_id(container: Container) -> str:
    return short(container.id)
