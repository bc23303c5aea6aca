"""Whose things on an engine are whose: what scenarios make carries a label, and is removed by it.

The engine runner runs this module, too, in another Python (`python -I`): it may import the standard library only.
"""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

#: What everything that a scenario makes is marked with; the value is the engine runner's (`owner`).
LABEL = "vnetsim.verify"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_TIMEOUT_SECONDS = 120.0
#: What scenarios find on an engine's host besides lo: a cable to a machine outside, its default gateway.
LAN = """
    ip netns add lan
    ip link add eth0 type veth peer name eth0 netns lan
    ip link set lo up
    ip addr add 192.168.56.10/24 dev eth0
    ip link set eth0 up
    ip -n lan link set lo up
    ip -n lan addr add 192.168.56.20/24 dev eth0
    ip -n lan link set eth0 up
    ip route add default via 192.168.56.20
"""


def environment(host: str) -> dict[str, str]:
    """The environment of a `docker` that talks to the engine at `host`, whatever the user's own engine and contexts."""
    tls = {name: os.environ[name] for name in ("DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH") if name in os.environ}
    own = {"PATH": PATH, "HOME": "/nonexistent", "LC_ALL": "C", "DOCKER_CONFIG": "/nonexistent/.docker"}
    return {**own, "DOCKER_HOST": host, **tls}


def owner() -> str:
    """This process as a label tells it: HOST-PID-START, START in ticks since the machine was booted (proc(5))."""
    return f"{socket.gethostname()}-{os.getpid()}-{_started(os.getpid())}"


def owner_runs(name: str) -> bool:
    """Whether the process that a label names may still run; of other machines this is unknown."""
    host, _, rest = name.rpartition("-")
    host, _, pid = host.rpartition("-")
    return host != socket.gethostname() or _started(int(pid)) == rest


def _started(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[19]
    except OSError:
        return ""


class Ownership:
    """The engine's containers, networks and volumes: those that were there before, and those of a label."""

    def __init__(self, docker: str, host: str, *, nothing_before: bool = False) -> None:
        self._docker = docker
        self._environment = environment(host)
        kinds = ("container", "network", "volume")
        self._before: dict[str, set[str]] = {kind: set() if nothing_before else set(self.ids(kind)) for kind in kinds}

    def ids(self, kind: str, *options: str) -> list[str]:
        """Full ids (of volumes, names); OSError if the engine does not tell them."""
        all_of_them = ["-a"] if kind == "container" else []
        full = [] if kind == "volume" else ["--no-trunc"]
        done = self._run(kind, "ls", "-q", *full, *all_of_them, *options)
        if done.returncode:
            raise OSError(done.stderr.strip())
        return done.stdout.split()

    def remove(self, owner_name: str) -> list[str]:
        """Remove what has the label and was not there before; what could not be removed."""
        mark = ("--filter", f"label={LABEL}={owner_name}")
        containers = self._new("container", *mark)
        if containers:
            self._output("container", "rm", "-f", "-v", *containers)  # and volumes without a name
        networks = self._new("network", *mark)
        if networks:
            self._output("network", "rm", *self._made_from(networks), *networks)
        for volume in self._new("volume", *mark):
            self._output("volume", "rm", volume)
        return [*self._new("container", *mark), *self._new("network", *mark), *self._new("volume", *mark)]

    def _made_from(self, networks: list[str]) -> list[str]:
        """New networks whose configuration is one of these; they can have no label."""
        names = self._output("network", "inspect", "-f", "{{.Name}}", *networks).split()
        inspected = self._output("network", "inspect", "-f", "{{.Id}} {{.ConfigFrom.Network}}", *self._new("network"))
        pairs = [line.partition(" ")[::2] for line in inspected.splitlines()]
        return [identity for identity, source in pairs if source in names]

    def _new(self, kind: str, *options: str) -> list[str]:
        return [name for name in self.ids(kind, *options) if name not in self._before[kind]]

    def _output(self, *args: str) -> str:
        return self._run(*args).stdout

    def _run(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._docker, *args], capture_output=True, text=True, check=False, env=self._environment,
            stdin=subprocess.DEVNULL, timeout=_TIMEOUT_SECONDS,
        )  # fmt: skip
