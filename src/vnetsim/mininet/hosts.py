"""Nodes and hosts of `mininet.node`.

What `cmd` gives has the line ends of a terminal (`\\r\\n`), as Mininet's has.  Not modelled: limits of
the CPU (programs take no time here), file descriptors of a node's shell.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from vnetsim.errors import UsageError
from vnetsim.mininet.emulation import EmulationStep, current, require_name
from vnetsim.mininet.functions import moveIntf
from vnetsim.mininet.interfaces import set_param
from vnetsim.mininet.link import Link
from vnetsim.mininet.log import debug, info, warn
from vnetsim.mininet.popen import PIPE, SimulatedPopen
from vnetsim.mininet.shells import PATIENCE_SECONDS, NodeShell, ShellOutput, command_of

#: How bash announces a job.
_JOB = re.compile(r"\[\d+\] (\d+)\n")
_TICK_SECONDS = 0.01


class Node:
    """A shell in a network namespace of its own, or on the machine itself."""

    portBase: ClassVar[int] = 0
    isSetup: ClassVar[bool] = False
    #: Nodes by the descriptor of their output, for those of which a script has asked for it.
    outToNode: ClassVar[dict[int, Any]] = {}

    def __init__(self, name: str, inNamespace: bool = True, **params: Any) -> None:
        self.checkSetup()
        self.name: str = require_name(params.get("name", name))
        self.inNamespace = bool(params.get("inNamespace", inNamespace))
        self.privateDirs = params.get("privateDirs", [])
        self.params = params
        self.intfs: dict[int, Any] = {}
        self.ports: dict[Any, int] = {}
        self.nameToIntf: dict[str, Any] = {}
        self.waiting = False
        self.lastCmd: str | None = None
        self.lastPid: int | None = None
        self.shell: NodeShell | None = None
        self._stdout: ShellOutput | None = None
        self.pid: int = 0
        self.startShell()

    @property
    def stdout(self) -> ShellOutput:
        """For select.poll and select.select; monitor() reads it."""
        assert self.shell is not None
        if self._stdout is None:
            self._stdout = ShellOutput(self.shell)
            self.outToNode[self._stdout.fileno()] = self
        return self._stdout

    @property
    def stdin(self) -> Any:
        raise current().not_modelled(f"the standard input of the shell of {self.name}; sendCmd() types a line")

    @property
    def namespace(self) -> str | None:
        """The name of its namespace; None on the machine itself."""
        return self.name if self.inNamespace else None

    def startShell(self, mnopts: str | None = None) -> None:
        del mnopts
        emulation = current()
        if self.inNamespace:
            said = emulation.run(f"ip netns add {self.name}")
            if said:
                raise UsageError(f"{self.name}: there is a node of this name already: {said.strip()}")
        self.shell = NodeShell.started(emulation.lab, self.name, self.namespace, self._private())
        emulation.shells_made += 1
        self.pid = self.shell.child.pid

    def _private(self) -> tuple[tuple[str, str], ...]:
        """mountPrivateDirs: mount points, and what is mounted there; "" for an empty tmpfs."""
        pairs = [each if isinstance(each, tuple) else (each, "") for each in self.privateDirs]
        if pairs and not self.inNamespace:
            raise current().not_modelled(f"privateDirs of {self.name}, which is in no namespace")
        return tuple((str(point), str(source) % self.__dict__) for point, source in pairs)

    def terminate(self) -> None:
        """End the shell, and with it the namespace."""
        if self.shell is not None:
            self.shell.end()
            self.shell = None
            if self.inNamespace:
                current().run(f"ip netns del {self.name}")

    def stop(self, deleteIntfs: bool = False) -> None:
        if deleteIntfs:
            self.deleteIntfs()
        self.terminate()

    cleanup = terminate

    # --- commands ---------------------------------------------------------------------------------------------------

    def sendCmd(self, *args: Any, **kwargs: Any) -> None:
        """Start a command; `monitor` and `waitOutput` give what it prints."""
        del kwargs
        assert self.shell is not None
        assert not self.waiting
        text = " ".join(map(str, args[0] if len(args) == 1 and isinstance(args[0], list) else args))
        text = text if re.search(r"\w", text) else "echo -n"
        self.lastCmd, self.lastPid, self.waiting = text, None, True
        emulation = current()
        file, line = emulation.location()
        inside = text if self.namespace is None else f"ip netns exec {self.namespace} {text}"
        try:
            inside = command_of(text, self.namespace)
        except UsageError:
            inside = f"# {self.name}: {inside}"
        emulation.steps.append(EmulationStep(inside, file, line))
        with emulation.lab.shortfall.located_at(file, line):
            self.shell.type(text)
        self._at = file, line

    def sendInt(self, intr: str = "\x03") -> None:
        del intr
        if self.shell is not None:
            self.shell.interrupt()

    def monitor(self, timeoutms: float | None = None, findPid: bool = True) -> str:
        """What the command has printed since the last time, after waiting for something; "" if nothing came."""
        assert self.shell is not None
        lab = self.shell.lab
        left = PATIENCE_SECONDS if timeoutms is None else timeoutms / 1000
        while left > 0 and not self.shell.screen.text and not self._ended():
            lab.sleep(_TICK_SECONDS)
            left -= _TICK_SECONDS
        if self._ended():
            self._finish()
        return self._read(findPid)

    def _ended(self) -> bool:
        assert self.shell is not None
        return not self.waiting or self.shell.line is None or self.shell.line.status is not None

    def _finish(self) -> None:
        assert self.shell is not None
        if self.waiting:
            self.waiting = False
            with self.shell.lab.shortfall.located_at(*self._at):
                self.shell.report(self.lastCmd or "")
            self.shell.lab.settle()
            current().require_progress()

    def _read(self, findPid: bool = True) -> str:
        """Without the number of a background job, if the command was one."""
        assert self.shell is not None
        text = self.shell.screen.take()
        if findPid and (self.lastCmd or "").rstrip().endswith("&"):
            state = self.shell.state
            self.lastPid = state.jobs[-1].child.pid if state is not None and state.jobs else None
            text = _JOB.sub("", text)
        return text.replace("\n", "\r\n")

    def waitOutput(self, verbose: bool = False, findPid: bool = True) -> str:
        """What the command prints until it ends; UsageError if it does not within an hour of simulated time."""
        assert self.shell is not None
        if self.waiting:
            with self.shell.lab.shortfall.located_at(*self._at):
                ended = self.shell.wait()
            if not ended:
                raise UsageError(f"{self.name}: `{self.lastCmd}` did not end within {PATIENCE_SECONDS} s")
            self._finish()
        text = self._read(findPid)
        (info if verbose else debug)(text)
        return text

    def cmd(self, *args: Any, **kwargs: Any) -> str:
        """Run a command and give what it prints."""
        verbose = kwargs.get("verbose", False)
        (info if verbose else debug)(f"*** {self.name} : {args}\n")
        if self.shell is None or self.shell.over:
            warn(f"({self} exited - ignoring cmd{args})\n")
            return None  # type: ignore[return-value]
        self.sendCmd(*args, **kwargs)
        return self.waitOutput(verbose)

    def cmdPrint(self, *args: Any) -> str:
        return self.cmd(*args, verbose=True)

    def popen(self, *args: Any, **kwargs: Any) -> SimulatedPopen:
        """A process in the node's namespace."""
        shell = kwargs.pop("shell", False)
        kwargs = {"stdout": PIPE, "stderr": PIPE, **kwargs}
        kwargs.pop("mncmd", None)
        only = args[0] if len(args) == 1 else list(args)
        if shell and not isinstance(only, str):
            only = " ".join(map(str, only))
        return SimulatedPopen(only, shell=shell, namespace=self.namespace, **kwargs)

    def pexec(self, *args: Any, **kwargs: Any) -> tuple[str, str, int]:
        popen = self.popen(*args, text=True, **kwargs)
        out, err = popen.communicate()
        return out, err, popen.wait()

    # --- interfaces -------------------------------------------------------------------------------------------------

    def newPort(self) -> int:
        return max(self.ports.values()) + 1 if self.ports else self.portBase

    def addIntf(self, intf: Any, port: int | None = None, moveIntfFn: Any = moveIntf) -> None:
        port = self.newPort() if port is None else port
        self.intfs[port], self.ports[intf], self.nameToIntf[intf.name] = intf, port, intf
        if self.inNamespace:
            moveIntfFn(intf.name, self)

    def delIntf(self, intf: Any) -> None:
        port = self.ports.pop(intf, None)
        if port is not None:
            del self.intfs[port]
            del self.nameToIntf[intf.name]

    def defaultIntf(self) -> Any:
        if self.intfs:
            return self.intfs[min(self.intfs)]
        warn("*** defaultIntf: warning:", self.name, "has no interfaces\n")
        return None

    def intf(self, intf: Any = None) -> Any:
        """The interface of that name, the default one without a name, or what was given."""
        if not intf:
            return self.defaultIntf()
        return self.nameToIntf[intf] if isinstance(intf, str) else intf

    def connectionsTo(self, node: Any) -> list[tuple[Any, Any]]:
        found = []
        for intf in self.intfList():
            if intf.link:
                one, other = intf.link.intf1, intf.link.intf2
                if (one.node, other.node) == (self, node):
                    found.append((intf, other))
                elif (one.node, other.node) == (node, self):
                    found.append((intf, one))
        return found

    def deleteIntfs(self, checkName: bool = True) -> None:
        for intf in list(self.intfs.values()):
            if self.name in intf.name or not checkName:
                intf.delete()
                info(".")

    def intfList(self) -> list[Any]:
        return [self.intfs[port] for port in sorted(self.intfs)]

    def intfNames(self) -> list[str]:
        return [str(intf) for intf in self.intfList()]

    def setARP(self, ip: str, mac: str) -> str:
        return self.cmd("arp", "-s", ip, mac)

    def setHostRoute(self, ip: str, intf: Any) -> str:
        return self.cmd("route add -host", ip, "dev", intf)

    def setDefaultRoute(self, intf: Any = None) -> None:
        """`intf` is an interface, or what follows `ip route add default`."""
        params = intf if isinstance(intf, str) and " " in intf else f"dev {intf}"
        emulation = current()
        emulation.run("ip route del default", namespace=self.namespace)
        self.cmd("ip route add default", params)

    def setMAC(self, mac: str, intf: Any = None) -> Any:
        return self.intf(intf).setMAC(mac)

    def setIP(self, ip: str, prefixLen: Any = 8, intf: Any = None, **kwargs: Any) -> Any:
        return self.intf(intf).setIP(ip, prefixLen, **kwargs)

    def IP(self, intf: Any = None) -> str | None:
        found = self.intf(intf)
        return found.IP()  # type: ignore[no-any-return]

    def MAC(self, intf: Any = None) -> str | None:
        return self.intf(intf).MAC()  # type: ignore[no-any-return]

    def intfIsUp(self, intf: Any = None) -> bool:
        return self.intf(intf).isUp()  # type: ignore[no-any-return]

    # --- configuration ----------------------------------------------------------------------------------------------

    def setParam(self, results: dict[str, Any], method: str, **param: Any) -> Any:
        return set_param(self, results, method, **param)

    def config(self, mac: str | None = None, ip: str | None = None, defaultRoute: Any = None, lo: str = "up",
               **_params: Any) -> dict[str, Any]:  # fmt: skip
        results: dict[str, Any] = {}
        self.setParam(results, "setMAC", mac=mac)
        self.setParam(results, "setIP", ip=ip)
        self.setParam(results, "setDefaultRoute", defaultRoute=defaultRoute)
        current().run(f"ifconfig lo {lo}", namespace=self.namespace)
        return results

    def configDefault(self, **moreParams: Any) -> None:
        self.params.update(moreParams)
        self.config(**self.params)

    def linkTo(self, node: Any, link: Any = Link) -> Any:
        return link(self, node)

    def __repr__(self) -> str:
        intfs = ",".join(f"{intf.name}:{intf.IP()}" for intf in self.intfList())
        return f"<{type(self).__name__} {self.name}: {intfs} pid={self.pid}> "

    def __str__(self) -> str:
        return self.name

    @classmethod
    def checkSetup(cls) -> None:
        """Once per class: `setup`."""
        for each in reversed(cls.__mro__):
            if "isSetup" in vars(each) and not vars(each)["isSetup"] and hasattr(each, "setup"):
                each.setup()
                each.isSetup = True  # type: ignore[attr-defined]

    @classmethod
    def setup(cls) -> None:
        """What the class needs of the machine."""


class Host(Node):
    """A node that is a host."""


class CPULimitedHost(Host):
    """A host with a limit of the CPU, which has no effect here."""

    def __init__(self, name: str, sched: str = "cfs", **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.sched = sched
        self.period_us = kwargs.get("period_us", 100000)

    def setCPUFrac(self, f: float, sched: str | None = None) -> None:
        del sched
        if f > 0:
            current().assume(f"the CPU limit of {self.name} has no effect: programs take no time")

    def setCPUs(self, cores: Any, mems: int = 0) -> None:
        """The simulated machine has one CPU."""

    def config(self, cpu: float = -1, cores: Any = None, **params: Any) -> dict[str, Any]:  # type: ignore[override]
        results = super().config(**params)
        self.setCPUs(cores)
        self.setCPUFrac(cpu)
        return results

    @classmethod
    def init(cls) -> None:
        """No cgroups are needed."""
