"""Docker scenarios without an engine: the operations of our engine on the host are applied to the real kernel.

The scenario is played in the simulator first.  Each operation that its engine has carried out is a value that prints as
a command (`vnetsim.operations`); a container is a process that holds a network namespace with its files; what its image
runs is run, and what docker-proxy does is done by `backends.linux.relay`.  So the engine's rules, addresses and routes
are judged by real packets, in the output of the real tools.

Not played: the answers of `docker` itself and of the engine's name server, for which there must be an engine;
containers that come and go within one command; links' variables.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import attrs

from vnetsim.backends import linux
from vnetsim.backends.acts import Act, CommandAct
from vnetsim.backends.docker.ownership import LAN
from vnetsim.docker import images
from vnetsim.errors import EngineError
from vnetsim.lab import Lab
from vnetsim.netfilter.operations import Deferred
from vnetsim.operations import AddLink, SetLink
from vnetsim.process.network import Network
from vnetsim.programs import registry
from vnetsim.record import Recorder, Step
from vnetsim.values import define, frozen
from vnetsim.verify.plan import Plan
from vnetsim.verify.sides import perform_act
from vnetsim.wire.inet import Address

#: Programs by which the engine's part is played on the real kernel, and containers are made.
_TOOLS: Final = (
    "ip", "iptables", "ip6tables", "sysctl", "unshare", "nsenter", "setsid", "mount", "hostname", "sh", "sleep", "seq",
    "python3", "ss", "grep", "cat",
)  # fmt: skip
_RELAY: Final = Path(linux.__file__).with_name("relay.py")
_MOUNT_NAMESPACES: Final = "/run/containers"
#: A command in a container, anywhere in a line.
_EXEC: Final = re.compile(r"\bdocker (?:container )?exec (?:(?:-i|-t|-it|-d)\s+)*(\S+)")
_DOCKER: Final = re.compile(r"(^|[;|&(]\s*)docker\b(?! (?:container )?exec\b)")
#: Programs that take names of hosts, and what is a name and no address.
_NAMED: Final = re.compile(
    r"\b(ping|curl|nc|dig|nslookup|getent|host|wget|traceroute|tracepath)\b.*\s(?:\w+://)?[a-z][\w.-]*[a-z0-9](:\d+)?(/\S*)?$"
)

_TOKEN: Final = re.compile(r"[\w./-]+")
#: Begins what is not compared.
_HIDDEN: Final = ": what the engine asks of the host"
Canary = tuple[float | None, ...]

_NO_ENGINE: Final = "docker's own answers need an engine"
_NO_NAMES: Final = "the engine's name server needs an engine"
_OTHERS: Final = "processes are other ones there"
_PROCESSES: Final = re.compile(r"\b(pgrep|pidof|ps|pkill)\b|\bss -\w*p")

#: Starts what holds a container's namespaces; returns when they are there.  {0} is its directory.
_HOLD: Final = """
mkdir -p {0}; touch {0}/hosts {0}/resolv.conf {0}/hostname
setsid unshare -n -m -u sh -c 'mount -t sysfs sysfs /sys; for f in hosts resolv.conf hostname; do
mount --bind {0}/$f /etc/$f; done; echo $$ >{0}/pid.new; mv {0}/pid.new {0}/pid
exec sleep 1000000' </dev/null >/dev/null 2>&1 &
until [ -e {0}/pid ]; do sleep 0.01; done
"""
#: Until a server listens, or some seconds have passed.
_WAIT: Final = "for i in $(seq 300); do {} && break; sleep 0.01; done"


@define
class _Held:
    """A container's namespace on the real side: `key` names its directory, `servers` what runs in it."""

    key: str
    files: dict[str, str] = attrs.field(factory=dict)
    served: bool = False

    @property
    def directory(self) -> str:
        return f"{_MOUNT_NAMESPACES}/{self.key}"

    @property
    def enter(self) -> str:
        return f"nsenter -t $(cat {self.directory}/pid) -n -m -u"


@frozen
class HostSide:
    """What is to be played for a Docker plan: `plan` with acts for the real kernel, and the simulator's own steps."""

    plan: Plan
    simulated: tuple[Step, ...]

    def real(self, steps: Sequence[Step], canaries: Sequence[Canary]) -> tuple[list[Step], list[Canary]]:
        """The real machine's steps that answer the simulator's, under the plan's own command lines."""
        pairs = list(zip(steps, canaries, strict=True))
        kept = [pair for pair in pairs if not pair[0].get("cmd", "").startswith(_HIDDEN)]
        named = [
            {**step, "cmd": own["cmd"]} if "cmd" in step else step
            for (step, _), own in zip(kept, self.simulated, strict=True)
        ]
        return named, [canary for _, canary in kept]


class _Translator:
    """Plays the plan in the simulator and writes down what that comes to on the real kernel."""

    def __init__(self, plan: Plan, lab: Lab, absent: frozenset[str]) -> None:
        self._plan = plan
        self._absent = absent
        #: Why nothing more can be played, as soon as there is a reason.
        self._ended = next(
            (f"this machine has no {tool}, which plays the engine" for tool in _TOOLS if tool in absent), ""
        )
        self._lab = lab
        self._recorder = Recorder(lab)
        self._acts: list[Act] = []
        self._steps: list[Step] = []
        self._skipped: list[tuple[str, str]] = []
        self._pending: list[str] = []
        self._held: dict[Any, _Held] = {}
        self._proxies: dict[tuple[str, ...], str] = {}
        self._count = 0
        self._listening = False

    def translate(self) -> HostSide:
        kernel = self._lab.machine.kernel
        before = kernel.on_change

        def on_change(namespace: Any, operation: object) -> None:
            if before is not None:
                before(namespace, operation)
            if self._listening and namespace is not None:
                self._pending += self._commands(namespace, operation)

        kernel.on_change = on_change
        if not self._plan.session:
            for line in filter(None, map(str.strip, LAN.splitlines())):
                self._lab.run(line)
                self._pending.append(line)
            self._start_engine()
        for act in self._plan.acts:
            self._act(act)
        self._recorder.end()
        plan = attrs.evolve(self._plan, acts=tuple(self._acts), skipped=(*self._plan.skipped, *self._skipped))
        return HostSide(plan, tuple(self._steps))

    # --- acts ------------------------------------------------------------------------------------------------------

    def _act(self, act: Act) -> None:
        if self._ended:
            self._skipped += [(act.line, self._ended)] if isinstance(act, CommandAct) else []
            return
        if isinstance(act, CommandAct):
            self._command(act)
            return
        self._flush()
        self._perform(act)
        self._acts.append(act)

    def _perform(self, act: Act) -> None:
        """In the simulator, and keep its steps."""
        before = len(self._recorder.steps)
        perform_act(act, self._recorder)
        self._steps += map(_as_here, self._recorder.steps[before:])

    def _command(self, act: CommandAct) -> None:
        if re.search(r"\bdocker\b", act.line):
            self._start_engine()
        if _DOCKER.search(act.line):
            self._docker(act)
            return
        containers = _EXEC.findall(act.line)
        held = [self._named(name) for name in containers]
        if any(one is None for one in held):
            self._docker(act)
            return
        reason = _NO_NAMES if containers and _NAMED.search(act.line) else _OTHERS if _PROCESSES.search(act.line) else ""
        if reason:
            self._skip(act, reason)
            self._recorder.run(act.line)
            return
        self._flush()
        self._perform(act)
        line = _EXEC.sub(lambda found: self._entered(found[1]), act.line)
        self._acts.append(attrs.evolve(act, line=line))

    def _docker(self, act: CommandAct) -> None:
        """A command of the engine's: its operations are played, its answer is ignored."""
        self._skip(act, _NO_ENGINE)
        self._listening = True
        (self._recorder.start if act.background else self._recorder.run)(act.line)
        self._listening = False
        self._settle()

    def _skip(self, act: CommandAct, reason: str) -> None:
        self._skipped.append((act.line, reason))

    def _start_engine(self) -> None:
        if self._lab.has_engine:
            return
        self._listening = True
        self._lab.start_docker()
        self._listening = False
        self._settle()

    def _flush(self) -> None:
        """The operations on the host since the last act, as one command whose output is ignored."""
        if self._pending:
            self._acts.append(CommandAct("\n".join([_HIDDEN, *self._pending])))
            self._pending = []

    # --- operations ------------------------------------------------------------------------------------------------

    def _commands(self, namespace: Any, operation: Any) -> Iterator[str]:
        if namespace is not self._lab.machine.kernel.root and namespace not in self._held:
            self._count += 1
            held = self._held[namespace] = _Held(f"c{self._count}")
            yield _HOLD.format(held.directory).strip()
        prefix = f"{self._held[namespace].enter} " if namespace in self._held else ""
        for single in operation.operations() if isinstance(operation, Deferred) else (operation,):
            yield f"{prefix}{self._with_pids(single).command()} >/dev/null 2>&1"

    def _with_pids(self, operation: Any) -> Any:
        """Processes have other numbers there."""
        if isinstance(operation, SetLink | AddLink) and isinstance(operation.netns, int):
            operation = attrs.evolve(operation, netns=self._pid(operation.netns))
        if isinstance(operation, AddLink) and operation.peer is not None and isinstance(operation.peer.netns, int):
            operation = attrs.evolve(
                operation, peer=attrs.evolve(operation.peer, netns=self._pid(operation.peer.netns))
            )
        return operation

    def _pid(self, pid: int) -> str:
        held = self._held.get(self._lab.machine.kernel.pids[pid])
        return "1" if held is None else f"$(cat {held.directory}/pid)"

    # --- containers ------------------------------------------------------------------------------------------------

    def _running(self) -> dict[Any, Any]:
        """Inspections of running containers by the namespace that they hold for themselves."""
        found = {}
        for summary in self._lab.docker.container_list():
            inspected = self._lab.docker.container_inspect(summary["Id"])
            namespace = self._lab.docker.container_context(summary["Id"]).network.namespace  # type: ignore[attr-defined]
            if namespace in self._held and not inspected["HostConfig"]["NetworkMode"].startswith("container:"):
                found[namespace] = inspected
        return found

    def _named(self, name: str) -> _Held | None:
        """The namespace of a container; None if it does not run, or has the host's."""
        try:
            namespace = self._lab.docker.container_context(name).network.namespace  # type: ignore[attr-defined]
        except EngineError:
            return None
        return self._held.get(namespace)

    def _entered(self, name: str) -> str:
        held = self._named(name)
        assert held is not None
        return held.enter

    def _settle(self) -> None:
        """After the engine has done something: files, servers and proxies as they are now; what is gone goes."""
        running = self._running()
        for namespace, held in list(self._held.items()):
            if namespace not in running:
                self._pending.append(f"kill -9 $(cat {held.directory}/pid); rm -r {held.directory}")
                del self._held[namespace]
        for namespace, inspected in running.items():
            self._furnish(self._held[namespace], inspected)
        self._publish(running)
        self._flush()

    def _furnish(self, held: _Held, inspected: Any) -> None:
        context = self._lab.docker.container_context(inspected["Id"])
        for file in ("hosts", "resolv.conf", "hostname"):
            text = context.files.read(f"/etc/{file}")
            if held.files.get(file) != text:
                held.files[file] = text
                self._pending.append(f"printf %s {shlex.quote(text)} >{held.directory}/{file}")
        servers = _servers([inspected["Path"], *inspected["Args"]], context.network)
        if not held.served:
            self._pending.append(f"{held.enter} hostname {shlex.quote(inspected['Config']['Hostname'])}")
        words = _TOKEN.findall(" ".join(map(shlex.join, servers)))
        missing = sorted(self._absent.intersection(words))
        if not held.served and missing:
            self._ended = f"this machine has no {missing[0]}, which runs in container {inspected['Name'].lstrip('/')}"
        elif not held.served and servers:
            for argv in servers:
                serving = shlex.join(argv).replace("/www", "/run/www")
                self._pending.append(f"setsid {held.enter} {serving} </dev/null >/dev/null 2>&1 &")
            self._pending.append(_WAIT.format(f"{held.enter} ss -Hltn | grep -q ."))
        held.served = True

    def _publish(self, running: dict[Any, Any]) -> None:
        wanted: dict[tuple[str, ...], None] = {}
        for inspected in running.values():
            networks = inspected["NetworkSettings"]["Networks"].values()
            address = next((network["IPAddress"] for network in networks if network["IPAddress"]), "")
            for port, bindings in (inspected["NetworkSettings"]["Ports"] or {}).items():
                number, _, protocol = port.partition("/")
                for binding in bindings or ():
                    wanted[protocol, binding["HostIp"], binding["HostPort"], address, number] = None
        for proxy in [proxy for proxy in self._proxies if proxy not in wanted]:
            self._pending.append(f"kill -9 $(cat {self._proxies.pop(proxy)})")
        for proxy in (proxy for proxy in wanted if proxy not in self._proxies):
            self._count += 1
            file = self._proxies[proxy] = f"/run/proxy{self._count}.pid"
            command = f"python3 -I /run/relay.py {' '.join(proxy)} {file}.ready"
            self._pending.append(f"setsid {command} </dev/null >/dev/null 2>&1 & echo $! >{file}")
            self._pending.append(_WAIT.format(f"[ -e {file}.ready ]"))


def _servers(argv: list[str], network: Network) -> list[list[str]]:
    """The main process, or, of a server that vnetsim replaces, what listens at its ports; not one that only sleeps."""
    if registry.find(argv[0]) is not None:
        return [] if argv[0] == "sleep" else [argv]
    listening = dict.fromkeys(
        (socket.local, socket.local_port)
        for socket in network.sockets()
        if socket.state == "LISTEN" and socket.process != "dockerd"
    )
    return [["busybox", "httpd", "-f", "-p", _where(*each), "-h", "/www"] for each in listening]


def _where(address: Address, port: int) -> str:
    if not int(address):
        return str(port)
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _as_here(step: Step) -> Step:
    """What the newer `ip` of containers prints beyond that of the host, which is the one that the real side has."""
    if not step.get("cmd", "").startswith("docker exec"):
        return step
    return {**step, "stdout": step["stdout"].replace(" proto kernel_lo", "").replace(" qlen 0", "")}


def files() -> dict[str, str]:
    """What the namespaces of a scenario need to play the host's side."""
    return {"/run/relay.py": _RELAY.read_text("utf-8"), "/run/www/index.html": "it works\n"}


def needed(plan: Plan) -> tuple[str, ...]:
    """The programs that play the engine on the real kernel's machine, and those that may run in containers."""
    served = [image.command[0] for image in images.every_image()]
    lines = " ".join(line for line in plan.commands if _DOCKER.search(line))
    named = [token for token in _TOKEN.findall(lines) if registry.find(token) is not None]
    return tuple(dict.fromkeys((*_TOOLS, *served, *named)))


def translated(plan: Plan, lab: Lab, absent: frozenset[str] = frozenset()) -> HostSide:
    """The plan, played on `lab`, and what it comes to on a real host without an engine.

    It ends where a program is needed that is `absent` there: what follows is skipped with the reason.
    """
    return _Translator(plan, lab, absent).translate()
