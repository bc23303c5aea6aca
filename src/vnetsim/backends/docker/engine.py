"""What an engine reports of itself by the `docker` command: versions, images, what is on it; its host.

An engine is disposable if there are no containers, no networks but its own three, and no swarm: whatever is on it later
has come since.  The kernel names the process behind a Unix socket (SO_PEERCRED, unix(7)); with root, and in the
PID namespace of ours, the engine's host can be entered by it.

Not modelled: engines behind ssh://, contexts; TLS only as far as DOCKER_TLS_VERIFY and DOCKER_CERT_PATH tell.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final

from vnetsim.backends.docker.ownership import LABEL, environment, owner_runs
from vnetsim.errors import UsageError
from vnetsim.values import frozen

_HOST: Final = re.compile(r"unix:///.+|tcp://[\w.\[\]:-]+")
_TIMEOUT_SECONDS: Final = 60.0
#: Networks that every engine has.
_OWN_NETWORKS: Final = frozenset({"bridge", "host", "none"})
#: Names of what is there that a refusal lists.
_NAMED: Final = 5
#: Devices that an engine brings: no machine's own.
_ENGINES_DEVICES: Final = re.compile(r"docker0|docker_gwbridge|br-[0-9a-f]{12}|veth[0-9a-f]{7}")
_LAN: Final = "/run/netns/lan"
_ROOT_ONLY: Final = "the engine's host is entered by root only"


class EngineUnavailable(UsageError):
    """There is no engine to play on: no answer, no `docker`, or it is in use."""


class HostAccess(Enum):
    """What can be done on the engine's host: nothing; probes, from where we are, which is there; everything."""

    CLOSED = "closed"
    SHARED = "shared"
    OPEN = "open"


@frozen
class Residence:
    """An engine's host: `pid` is that of its process (0: unknown); why no more than `access` is possible there."""

    access: HostAccess
    reason: str = ""
    pid: int = 0


class RealEngine:
    """An engine at `host`, unix:///PATH or tcp://ADDRESS:PORT; EngineUnavailable if nothing answers there."""

    def __init__(self, host: str) -> None:
        if not _HOST.fullmatch(host):
            raise EngineUnavailable(f"expected unix:///PATH or tcp://ADDRESS:PORT for the engine, found {host!r}")
        found = shutil.which("docker")
        if found is None:
            raise EngineUnavailable("a real engine is asked with the command `docker`, which this machine has not")
        self.host = host
        self.docker = str(Path(found).resolve())
        version = json.loads(self.run("version", "--format", "{{json .}}"))
        if not version.get("Server"):
            raise EngineUnavailable(f"no engine answers at {host}")
        self._client, self._server = version["Client"], version["Server"]
        self.info: dict[str, Any] = json.loads(self.run("info", "--format", "{{json .}}"))
        self.residence = residence(host)

    def run(self, *args: str) -> str:
        """What `docker ARGS` prints; EngineUnavailable with its error message if it fails."""
        try:
            done = subprocess.run(
                [self.docker, *args], capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False,
                stdin=subprocess.DEVNULL, env=environment(self.host),
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            raise EngineUnavailable(f"the engine at {self.host} does not answer") from None
        if done.returncode:
            message = (done.stderr or done.stdout).strip().rpartition("\n")[2] or f"exit status {done.returncode}"
            raise EngineUnavailable(f"the engine at {self.host} cannot be asked: {message}")
        return done.stdout

    @property
    def versions(self) -> dict[str, str]:
        """By name, the kernel first."""
        parts = {part["Name"]: part["Version"] for part in self._server.get("Components") or ()}
        containerd = parts.get("containerd")
        return {
            "kernel": str(self.info.get("KernelVersion", "of unknown version")),
            "engine": f"Docker Engine {self._server['Version']} (API {self._server['ApiVersion']})",
            **({"containerd": f"containerd {containerd}"} if containerd else {}),
            "docker": f"docker {self._client['Version']} (API {self._client['ApiVersion']})",
        }

    def images(self) -> frozenset[str]:
        """NAME:TAG of each, and ids as long as `docker images` shows them."""
        lines = self.run("images", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").split()
        return frozenset(line for line in lines if "<none>" not in line)

    def resolv_conf(self) -> str | None:
        """The name servers of the engine's host; None if they are unknown."""
        try:
            return Path(f"/proc/{self.residence.pid}/root/etc/resolv.conf").read_text("utf-8")
        except OSError:
            return None

    # --- whose it is -----------------------------------------------------------------------------------------------

    def refuse_if_used(self) -> None:
        """EngineUnavailable, in one sentence, if anything is there that a scenario could meet or break."""
        used = list(self._used())
        if used:
            raise EngineUnavailable(
                f"the engine at {self.host} is somebody's: {', '.join(used)}; scenarios are played on an engine without"
                " containers and networks of others only, so remove them or name an engine that is for this alone"
            )

    def _used(self) -> Iterator[str]:
        containers = self.run("ps", "-a", "--format", "{{.Names}}").split()
        networks = self.run("network", "ls", "--format", "{{.Name}}").split()
        others = [name for name in networks if name not in _OWN_NETWORKS]
        for what, names in (("container", containers), ("network", others)):
            if names:
                shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
                yield f"{len(names)} {what}{'s' if len(names) > 1 else ''} ({shown})"
        if (self.info.get("Swarm") or {}).get("LocalNodeState", "inactive") not in ("inactive", ""):
            yield "a swarm"

    def abandoned(self) -> tuple[str, ...]:
        """Labels of runs that have ended without removing what they made: the engine runner and all were killed.

        A run on another machine is not known to have ended.
        """
        labels = (
            self.run("ps", "-a", "--filter", f"label={LABEL}", "--format", f'{{{{.Label "{LABEL}"}}}}'),
            self.run("network", "ls", "--filter", f"label={LABEL}", "--format", f'{{{{.Label "{LABEL}"}}}}'),
        )
        owners = dict.fromkeys("\n".join(labels).split())
        return tuple(owner for owner in owners if not owner_runs(owner))


# --- its host --------------------------------------------------------------------------------------------------------


def residence(host: str) -> Residence:
    """The host of the engine at `host`, and what can be done there."""
    pid = _peer(host.removeprefix("unix://")) if host.startswith("unix://") else 0
    if not pid:
        local = host.startswith("unix://")
        return Residence(HostAccess.CLOSED, f"the engine's host {'cannot be told' if local else 'is another machine'}")
    try:
        theirs = {name: Path(f"/proc/{pid}/ns/{name}").stat().st_ino for name in ("net", "pid")}
    except OSError:
        return Residence(HostAccess.SHARED if _same_devices(pid) else HostAccess.CLOSED, _ROOT_ONLY)
    ours = {name: Path(f"/proc/self/ns/{name}").stat().st_ino for name in ("net", "pid")}
    if theirs["net"] in (ours["net"], _inode("/proc/1/ns/net")):
        reason = "the engine's host is this machine, which only probes are played on"
        return Residence(HostAccess.SHARED if theirs["net"] == ours["net"] else HostAccess.CLOSED, reason, pid)
    if theirs["pid"] != ours["pid"]:
        return Residence(HostAccess.CLOSED, "the engine's host has processes that are not seen from here", pid)
    if os.geteuid() != 0:
        return Residence(HostAccess.CLOSED, _ROOT_ONLY, pid)
    return _apart(pid)


def _apart(pid: int) -> Residence:
    """An engine in a network namespace of its own, which may hold what scenarios expect there and nothing else."""
    try:
        text = Path(f"/proc/{pid}/net/dev").read_text("ascii")
    except OSError:
        return Residence(HostAccess.CLOSED, "the engine's host cannot be looked at", pid)
    devices = [line.partition(":")[0].strip() for line in text.splitlines()[2:]]
    own = ("lo", "eth0") if _has_lan(pid) else ("lo",)
    others = [name for name in devices if name not in own and not _ENGINES_DEVICES.fullmatch(name)]
    if others:
        return Residence(HostAccess.CLOSED, f"the engine's host has devices of somebody's ({', '.join(others)})", pid)
    return Residence(HostAccess.OPEN, pid=pid)


def _has_lan(pid: int) -> bool:
    """Whether there is a machine outside already, where scenarios have it: in the named namespace `lan`."""
    try:
        return "192.168.56.10\n" in Path(f"/proc/{pid}/net/fib_trie").read_text("ascii") and Path(_LAN).exists()
    except OSError:
        return False


def _peer(path: str) -> int:
    """The process that listens at a Unix socket; 0 if it is unknown."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(path)
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        except OSError:
            return 0
    return int(struct.unpack("3i", credentials)[0])


def _same_devices(pid: int) -> bool:
    """Whether a process that is not ours has the devices and IPv6 addresses that we have."""
    try:
        theirs, ours = (
            [
                sorted(line.split()[0] for line in Path(f"/proc/{who}/net/{name}").read_text("ascii").splitlines())
                for name in ("dev", "if_inet6")
            ]
            for who in (str(pid), "self")
        )
    except OSError:
        return False
    return theirs == ours


def _inode(path: str) -> int:
    try:
        return Path(path).stat().st_ino
    except OSError:
        return 0
