"""The program that plays scenarios on a real engine, and puts everything back: `python -I engine_runner.py OPENING`.

OPENING is JSON: `host` (as DOCKER_HOST takes it), `docker` (the real client), `client` (the script that scenarios get
for it), and `pid`, a process of the engine's host that is to be entered, or 0.  Requests and answers are those of the
real kernel's session (`backends/linux/netns_runner.py`); `lan` of a request is whether the machine outside is
wanted.

Whatever a scenario makes carries a label; it is removed after the scenario, and when standard input ends, as it does
when the process that started this program is killed.  Containers, networks and volumes that were there before are known
by their ids and are not touched, label or not.  Of a host that was entered, rules, devices, addresses, routes and
settings are put back.  Who kills this program, too, leaves things behind: those on the engine bear its label, and the
next run removes them (`session.remove_abandoned`); what was changed on its host, and what runs there, stays.

This program imports the standard library only.
"""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "linux")]
import namespaces  # type: ignore[import-not-found] # noqa: E402
import netns_runner  # type: ignore[import-not-found] # noqa: E402
from ownership import LABEL, LAN, PATH, Ownership, environment, owner  # type: ignore[import-not-found] # noqa: E402

_RESTORING_SECONDS = 60.0
#: Where a scenario on an entered host finds the engine and its client.
_BIN, _SOCKET = "/run/vnetsim/bin", "/run/vnetsim/engine.sock"
#: Devices of the host's own that scenarios find there.
_KEPT = ("lo", "eth0")


# --- the engine's host ---------------------------------------------------------------------------------------------


class RestoredNetns:
    """A network namespace, and what is to be found there again: rules, devices, addresses, routes, settings."""

    def __init__(self, descriptor: int, own: int) -> None:
        self._descriptor, self._own = descriptor, own
        links = json.loads(self._output("ip -j link") or b"[]")
        self._links = self._devices()
        self._up = {link["ifname"] for link in links if "UP" in link["flags"]}
        self._rules = self._all_rules()
        self._chains = self._all_chains()
        self._addresses, self._routes = self._all_addresses(), self._all_routes()
        self._settings = self.inside(_settings)

    @property
    def devices(self) -> frozenset[str]:
        return frozenset(self._links)

    def inside(self, call: Any) -> Any:
        """What `call` gives in the namespace."""
        namespaces.setns(self._descriptor)
        try:
            return call()
        finally:
            namespaces.setns(self._own)

    def _output(self, line: str, given: bytes = b"") -> bytes:
        """What a command line prints there."""

        def call() -> Any:
            return subprocess.run(
                ["bash", "-c", line],
                input=given,
                capture_output=True,
                check=False,
                env={"PATH": PATH, "LC_ALL": "C"},
                timeout=_RESTORING_SECONDS,
            )

        return bytes(self.inside(call).stdout)

    def _devices(self) -> dict[str, int]:
        """Index by name."""
        return {link["ifname"]: link["ifindex"] for link in json.loads(self._output("ip -j link") or b"[]")}

    def _all_rules(self) -> dict[str, bytes]:
        """By the program that restores them, without what counts and tells the time."""
        saved = {tool: self._output(f"{tool}-save") for tool in ("iptables", "ip6tables")}
        return {tool: re.sub(rb"(?m)^#.*\n|\[\d+:\d+\]", b"", text) for tool, text in saved.items()}

    def _all_chains(self) -> list[str]:
        """`chain FAMILY TABLE NAME` and `table FAMILY NAME`, chains first: tools make those that they need."""
        dumps = [json.loads(self._output(f"nft -j list {kind}") or b"{}") for kind in ("chains", "tables")]
        listed = [one for each in dumps for one in each.get("nftables", ())]
        chains = [one["chain"] for one in listed if "chain" in one]
        tables = [one["table"] for one in listed if "table" in one]
        return [
            *(f"chain {chain['family']} {chain['table']} {chain['name']}" for chain in chains),
            *(f"table {table['family']} {table['name']}" for table in tables),
        ]

    def _all_addresses(self) -> list[str]:
        """Of what is not the engine's own, as `ip addr add` takes them; the lifetimes of IPv6 ones are not printed."""
        found = []
        for link in json.loads(self._output("ip -j addr") or b"[]"):
            for one in link.get("addr_info", ()) if link["ifname"] in _KEPT else ():
                brd = f" brd {one['broadcast']}" if "broadcast" in one else ""
                found.append(f"{one['local']}/{one['prefixlen']}{brd} scope {one['scope']} dev {link['ifname']}")
        return found

    def _all_routes(self) -> list[str]:
        """Of what is not the engine's own, as `ip route add` takes them."""
        lines = "; ".join(
            f"ip -{family} -o route show dev {name} | sed 's/^/-{family} /; s/$/ dev {name}/'"
            for family in "46"
            for name in _KEPT
        )
        return [
            re.sub(" (linkdown|dead|onlink)| expires \\S+", "", line)
            for line in self._output(lines).decode().splitlines()
        ]

    def restore(self) -> None:
        """All as it was, as far as it differs."""
        for name, index in self._devices().items():
            if self._links.get(name) != index:
                self._output(f"ip link del dev {name}")
        self._restore_rules()
        self._output("; ".join(f"ip link set {name} up" for name in _KEPT if name in self._up))
        self._restore_addresses()
        # A bridge of the engine's that has been down has forgotten that it was ever used.
        self._output("ip link set docker0 down; ip link set docker0 up; ip neigh flush all; conntrack -F")
        self.inside(lambda: _set(self._settings))

    def _restore_rules(self) -> None:
        found = self._all_rules()
        for tool, rules in self._rules.items():
            if found[tool] != rules:
                self._output(f"for t in raw mangle nat filter security; do {tool} -t $t -F; {tool} -t $t -X; done")
                self._output(f"{tool}-restore", rules)
        for chain in self._all_chains():
            if chain not in self._chains:
                self._output(f"nft delete {chain}")  # what is not empty stays

    def _restore_addresses(self) -> None:
        """And the routes, of which those on the link come first: others lead by them."""
        for address in set(self._all_addresses()) - set(self._addresses):
            self._output(f"ip addr del {address}")
        for address in self._addresses:
            self._output(f"ip addr add {address}")
        for route in set(self._all_routes()) - set(self._routes):
            family, _, rest = route.partition(" ")
            self._output(f"ip {family} route del {rest}")
        for route in sorted(self._routes, key=lambda route: " via " in route):
            family, _, rest = route.partition(" ")
            self._output(f"ip {family} route add {rest}")


class EnteredHost:
    """The engine's host and, where there is one, the machine outside."""

    def __init__(self, pid: int) -> None:
        self.netns = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
        self.own = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.named = {}
        for path in sorted(Path("/run/netns").glob("*")):
            with suppress(OSError):
                self.named[path.name] = os.open(path, os.O_RDONLY)
        self._nets = [RestoredNetns(self.netns, self.own)]
        self.has_lan = "eth0" in self._nets[0].devices and "lan" in self.named
        if self.has_lan:
            self._nets.append(RestoredNetns(self.named["lan"], self.own))

    def restore(self) -> None:
        for net in self._nets:
            net.restore()


def _settings() -> dict[str, str]:
    """Sysctls of the network that can be read and written, by path; of devices those that are there before."""
    found = {}
    for top in ("ipv4", "ipv6", "bridge", "netfilter"):
        for directory, below, files in os.walk(f"/proc/sys/net/{top}"):
            if directory.endswith(("/conf", "/neigh")):
                below[:] = [name for name in below if name in ("all", "default", "docker0", "eth0", "lo")]
            for file in files:
                with suppress(OSError, UnicodeDecodeError):
                    path = Path(directory, file)
                    if path.stat().st_mode & 0o200:
                        found[str(path)] = path.read_text("ascii")
    return found


def _set(settings: dict[str, str]) -> None:
    # Whether the host forwards goes first: it sets others.
    for path in sorted(settings, key=lambda path: not path.endswith(("ip_forward", "forwarding"))):
        with suppress(OSError, UnicodeDecodeError):
            if Path(path).read_text("ascii") != settings[path]:
                Path(path).write_text(settings[path], "ascii")


# --- playing -------------------------------------------------------------------------------------------------------


class EngineCanary:
    """Where there can be no cable of ours: how fast the engine prints its version."""

    def __init__(self, docker: str, host: str) -> None:
        self._docker = docker
        self._environment = environment(host)

    def fly(self) -> float | None:
        began = time.monotonic()
        with suppress(OSError, subprocess.TimeoutExpired):
            done = subprocess.run(
                [self._docker, "version", "--format", "{{.Server.Version}}"], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment, timeout=1, check=False,
            )  # fmt: skip
            return None if done.returncode else time.monotonic() - began
        return None


class EngineRunner:
    """Plays requests one after the other, each in a child, and cleans up after each."""

    def __init__(self, opening: dict[str, Any]) -> None:
        self._docker, self._at, self._client = opening["docker"], opening["host"], opening["client"]
        self._owner = owner()
        self._ownership = Ownership(self._docker, self._at)
        self._host = EnteredHost(opening["pid"]) if opening["pid"] else None
        self._home = tempfile.mkdtemp(prefix="vnetsim-") if self._host is None else ""
        self._canary = self._new_canary()

    def _new_canary(self) -> Any:
        if self._host is None:
            return EngineCanary(self._docker, self._at)
        namespaces.unshare(namespaces.CLONE_NEWNET)
        try:
            return netns_runner.Canary()
        finally:
            namespaces.setns(self._host.own)

    @property
    def has_lan(self) -> bool:
        return self._host is not None and self._host.has_lan

    def handle(self, request: dict[str, Any]) -> None:
        child = os.fork()
        if child == 0:
            try:
                self._play(request)
                os._exit(0)
            except BaseException as error:
                netns_runner.tell(1, {"fault": f"{type(error).__name__}: {error}"})
                os._exit(1)
        if not _waited_for(child):
            self.leave()
        left = self.clean()
        netns_runner.tell(1, {"left": left} if left else {"clean": True})
        netns_runner.tell(1, {"end": 0})

    def clean(self) -> list[str]:
        """End what the scenario left running, and remove what it made; what could not be removed."""
        _end_children()
        try:
            left: list[str] = self._ownership.remove(self._owner)
        except (OSError, subprocess.TimeoutExpired):
            left = ["what the engine did not answer about"]
        if self._host is not None:
            with suppress(subprocess.TimeoutExpired):
                self._host.restore()
        return left

    def leave(self) -> None:
        """The end of all."""
        self.clean()
        if self._home:
            shutil.rmtree(self._home, ignore_errors=True)
        os._exit(0)

    # --- in the child ----------------------------------------------------------------------------------------------

    def _play(self, request: dict[str, Any]) -> None:
        if self._host is None:
            self._stay_outside()
        else:
            self._enter(self._host, request)
        played = netns_runner.NetnsRunner(self._canary)
        netns_runner.tell(1, {"forwards": False, "next_index": self._next_index(), "indexes": self._indexes()})
        for number, step in enumerate(request["steps"]):
            for answer in played.play(step):
                netns_runner.tell(1, {"step": number, **answer})

    def _next_index(self) -> int:
        """The number of the next device of the host that was entered, or of the one after: it is tried."""
        if self._host is None:
            return 0
        lines = "ip link add vnetsim0 type bridge && cat /sys/class/net/vnetsim0/ifindex && ip link del vnetsim0"
        done = subprocess.run(["bash", "-c", lines], capture_output=True, text=True, check=False, env={"PATH": PATH})
        return int(done.stdout or -1) + 1

    def _indexes(self) -> dict[str, int]:
        """The devices of the host that was entered, and their numbers."""
        paths = Path("/sys/class/net").glob("*/ifindex") if self._host is not None else ()
        return {path.parent.name: int(path.read_text("ascii")) for path in paths}

    def _stay_outside(self) -> None:
        """A directory of our own, and nothing else that is new."""
        binaries = Path(self._home, "bin")
        binaries.mkdir(exist_ok=True)
        shutil.copy(self._client, binaries / "docker")
        (binaries / "docker").chmod(0o755)
        self._outfit(str(binaries), self._home, self._docker, self._at)

    def _outfit(self, binaries: str, home: str, docker: str, host: str) -> None:
        netns_runner.ENVIRONMENT.update(environment(host))
        netns_runner.ENVIRONMENT.update(
            PATH=f"{binaries}:{PATH}",
            HOME=home,
            DOCKER_CONFIG=f"{home}/.docker",
            VNETSIM_DOCKER=docker,
            VNETSIM_LABEL=f"{LABEL}={self._owner}",
        )

    def _enter(self, host: EnteredHost, request: dict[str, Any]) -> None:
        """The engine's network, files that are ours alone, and the engine's socket and client among them."""
        client = Path(self._client).read_text("utf-8")
        namespaces.unshare(namespaces.CLONE_NEWNS | namespaces.CLONE_NEWUTS | namespaces.CLONE_NEWIPC)
        lent = {_SOCKET: os.open(self._at.removeprefix("unix://"), os.O_PATH)}
        lent["/run/vnetsim/docker"] = os.open(self._docker, os.O_PATH)
        namespaces.setns(host.netns)
        namespaces.protect()
        namespaces.populate(request["files"], request["hostname"])
        Path(_BIN).mkdir(parents=True)
        for target, descriptor in (*lent.items(), *((f"/run/netns/{name}", fd) for name, fd in host.named.items())):
            Path(target).touch()
            namespaces.mount(f"/proc/self/fd/{descriptor}", target, "", 4096)
        Path(_BIN, "docker").write_text(client, "utf-8")
        Path(_BIN, "docker").chmod(0o755)
        self._outfit(_BIN, "/root", "/run/vnetsim/docker", f"unix://{_SOCKET}")
        if request["lan"] and not host.has_lan:
            subprocess.run(["bash", "-ec", LAN], check=True, env={"PATH": PATH})


def _end_children() -> None:
    """Kill all that descends from us, and wait for it: orphans are ours, too (PR_SET_CHILD_SUBREAPER)."""
    for _ in range(1000):
        children = _children()
        if not children:
            return
        for pid in children:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(-1, 0)


def _children() -> list[int]:
    own = os.getpid()
    try:
        return [int(word) for word in Path(f"/proc/{own}/task/{own}/children").read_text("ascii").split()]
    except OSError:
        return []


def _waited_for(child: int) -> bool:
    """Whether the child has ended before standard input did."""
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(0, select.POLLHUP)
    poll.register(ended, select.POLLIN)
    first = [descriptor for descriptor, _ in poll.poll()]
    os.close(ended)
    if ended not in first:
        return False
    os.waitpid(child, 0)
    return True


def _serve(engine_runner: EngineRunner) -> None:
    buffer = b""
    while True:
        data = os.read(0, 1 << 20)
        if not data:
            engine_runner.leave()
        buffer += data
        while b"\n" in buffer:
            line, buffer = buffer.split(b"\n", 1)
            engine_runner.handle(json.loads(line))


def main() -> None:
    """Signals that end others are not for us: we end when who started us has ended, and all is clean."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    namespaces.adopt_orphans()
    engine_runner = EngineRunner(json.loads(sys.argv[1]))
    netns_runner.tell(1, {"user_namespace": False, "lan": engine_runner.has_lan})
    _serve(engine_runner)


if __name__ == "__main__":
    main()
