"""`mininet.util`: addresses, sorting, customised classes, commands of the machine.

`quietRun`, `errRun` and `errFail` run on the simulated machine.  Not modelled: limits of resources and cgroups, which
a simulated machine has not.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from vnetsim.errors import UsageError
from vnetsim.mininet.emulation import current
from vnetsim.mininet.log import error, output
from vnetsim.mininet.popen import STDOUT, SimulatedPopen, run_to_end

Python3 = True
BaseString = str


def decode(buf: Any) -> str:
    return buf.decode("utf-8", "replace") if isinstance(buf, bytes) else str(buf)


def encode(s: str) -> bytes:
    return s.encode("utf-8")


# --- commands --------------------------------------------------------------------------------------------------------


def _line(cmd: tuple[Any, ...]) -> str:
    only = cmd[0] if len(cmd) == 1 else list(cmd)
    return only if isinstance(only, str) else shlex.join(map(str, only))


def errRun(*cmd: Any, **kwargs: Any) -> tuple[str, str, int]:
    """Output, errors and status of a command on the machine."""
    merged = kwargs.get("stderr") == STDOUT
    out, err, status = run_to_end(current(), None, _line(cmd), merged=merged)
    if kwargs.get("echo"):
        output(out)
    return out, err, status


def errFail(*cmd: Any, **kwargs: Any) -> tuple[str, str, int]:
    out, err, status = errRun(*cmd, **kwargs)
    if status:
        raise Exception(f"errFail: {cmd} failed with return code {status}: {err}")
    return out, err, status


def quietRun(cmd: Any, **kwargs: Any) -> str:
    """Both outputs of a command on the machine."""
    return errRun(cmd, stderr=STDOUT, **kwargs)[0]


def run(cmd: str) -> int:
    return errRun(cmd)[2]


def checkRun(cmd: str) -> int:
    errFail(cmd)
    return 0


def which(cmd: str, **kwargs: Any) -> str | None:
    out, _, status = errRun("which", cmd, **kwargs)
    return out.rstrip() if status == 0 else None


def isShellBuiltin(cmd: str) -> bool:
    from vnetsim.shell.builtins.table import names  # noqa: PLC0415 -- few scripts ask

    return cmd.split(" ", maxsplit=1)[0] in names()


def pmonitor(popens: dict[Any, SimulatedPopen], timeoutms: int = 500, readline: bool = True,
             readmax: int = 1024) -> Iterator[tuple[Any, str]]:  # fmt: skip
    """Lines of several processes by host as they appear; (None, "") where nothing came for `timeoutms`."""
    while popens:
        ready = False
        for host, popen in list(popens.items()):
            while text := popen.take(line=readline, size=readmax):
                ready = True
                yield host, text
            if popen.poll() is not None and not popen.pending():
                del popens[host]
        if popens and not ready and not _passes_until_ready(popens, timeoutms):
            yield None, ""


def _passes_until_ready(popens: Mapping[Any, SimulatedPopen], timeoutms: int) -> bool:
    for _ in range(max(1, timeoutms // 10)):
        current().lab.sleep(0.01)
        if any(each.pending() or each.poll() is not None for each in popens.values()):
            return True
    return False


def waitListening(client: Any = None, server: Any = "127.0.0.1", port: int = 80, timeout: float | None = None) -> bool:
    """Whether the server took a TCP connection from the client, tried every half second."""
    address = server if isinstance(server, str) else server.IP()
    emulation, waited = current(), 0.0
    namespace = client.namespace if client is not None else None
    while True:
        _, _, status = run_to_end(emulation, namespace, f"nc -z -w 1 {address} {port}", merged=True)
        if status == 0:
            return True
        if timeout is not None and waited >= timeout:
            error(f"could not connect to {server} on port {port}\n")
            return False
        emulation.lab.sleep(0.5)
        waited += 0.5
        if waited > 3600:
            raise UsageError(f"waitListening: nothing listens at {address}:{port} for an hour")


def retry(retries: int, delaySecs: float, fn: Callable[..., Any], *args: Any, **keywords: Any) -> None:
    tries = 0
    while not fn(*args, **keywords) and tries < retries:
        current().lab.sleep(delaySecs)
        tries += 1
    if tries >= retries:
        error(f"*** gave up after {retries} retries\n")
        raise SystemExit(1)


# --- interfaces ------------------------------------------------------------------------------------------------------


def makeIntfPair(intf1: str, intf2: str, addr1: str | None = None, addr2: str | None = None, node1: Any = None,
                 node2: Any = None, deleteIntfs: bool = True, runCmd: Any = None) -> None:  # fmt: skip
    """A veth pair with an end in each node; Exception if it could not be made."""
    del runCmd
    emulation = current()
    space1, space2 = (getattr(node, "namespace", None) for node in (node1, node2))
    if deleteIntfs:
        emulation.run(f"ip link del {intf1}", namespace=space1)
        emulation.run(f"ip link del {intf2}", namespace=space2)
    if space2 is None:  # PID 1, whose namespace Mininet names, need not be in that of the script
        intf1, intf2, addr1, addr2, space1, space2 = intf2, intf1, addr2, addr1, space2, space1
    if addr1 is None and addr2 is None:
        line = f"ip link add name {intf1} type veth peer name {intf2}"
    else:
        line = f"ip link add name {intf1} address {addr1} type veth peer name {intf2} address {addr2}"
    said = emulation.run(line if space2 is None else f"{line} netns {space2}", namespace=space1)
    if said:
        raise Exception(f"Error creating interface pair ({intf1},{intf2}): {said} ")


def moveIntfNoRetry(intf: Any, dstNode: Any, printError: bool = False) -> bool:
    said = current().run(f"ip link set {intf} netns {dstNode.namespace}") if dstNode.namespace else ""
    if said and printError:
        error(f"*** Error: moveIntf: {intf} not successfully moved to {dstNode.name}:\n", said)
    return not said


def moveIntf(intf: Any, dstNode: Any, printError: bool = True, retries: int = 3, delaySecs: float = 0.001) -> None:
    retry(retries, delaySecs, moveIntfNoRetry, intf, dstNode, printError=printError)


# --- what the network is ---------------------------------------------------------------------------------------------


def dumpNodeConnections(nodes: Iterable[Any]) -> None:
    for node in nodes:
        output(node.name)
        for intf in node.intfList():
            output(f" {intf}:")
            others = [each for each in (intf.link.intf1, intf.link.intf2) if each is not intf] if intf.link else []
            output(others[0] if others else " ")
        output("\n")


def dumpNetConnections(net: Any) -> None:
    dumpNodeConnections(net.controllers + net.switches + net.hosts)


def dumpPorts(switches: Iterable[Any]) -> None:
    for switch in switches:
        output(f"{switch.name} ")
        for intf in switch.intfList():
            output(f"{intf}:{switch.ports[intf]} ")
        output("\n")


# --- addresses -------------------------------------------------------------------------------------------------------


def _colonHex(val: int, bytecount: int) -> str:
    return ":".join(f"{val >> 8 * each & 0xFF:02x}" for each in reversed(range(bytecount)))


def macColonHex(mac: int) -> str:
    return _colonHex(mac, 6)


def ipNum(w: int, x: int, y: int, z: int) -> int:
    return w << 24 | x << 16 | y << 8 | z


def ipStr(ip: int) -> str:
    return ".".join(str(ip >> shift & 0xFF) for shift in (24, 16, 8, 0))


def ipAdd(i: int, prefixLen: int = 8, ipBaseNum: int = 0x0A000000) -> str:
    """Host `i` of a network."""
    most = 0xFFFFFFFF >> prefixLen
    assert i <= most, "Not enough IP addresses in the subnet"
    return ipStr((ipBaseNum & (0xFFFFFFFF ^ most)) + i)


def ipParse(ip: str) -> int:
    """`10.1` is 10.0.0.1."""
    parts = [int(part) for part in ip.split(".")]
    while len(parts) < 4:
        parts.insert(len(parts) - 1, 0)
    return ipNum(*parts)


def netParse(ipstr: str) -> tuple[int, int]:
    ip, slash, prefix = ipstr.partition("/")
    return ipParse(ip), int(prefix) if slash else 24


# --- numbers, names and classes --------------------------------------------------------------------------------------


def checkInt(s: str) -> bool:
    return isinstance(_number(int, s), int)


def checkFloat(s: str) -> bool:
    return isinstance(_number(float, s), float)


def _number(kind: Callable[[str], Any], text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        return text


def makeNumeric(s: str) -> Any:
    return _number(float, s) if not checkInt(s) else int(s)


def natural(text: object) -> list[Any]:
    """Sorts h2 before h10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", str(text))]


def naturalSeq(t: Iterable[object]) -> list[list[Any]]:
    return [natural(each) for each in t]


def numCores() -> int:
    """The simulated machine has one CPU."""
    return 1


def irange(start: int, end: int) -> range:
    """From `start` to `end`, including it."""
    return range(start, end + 1)


def custom(cls: Any, **params: Any) -> Any:
    """A constructor of `cls` with these parameters."""

    def customized(*args: Any, **kwargs: Any) -> Any:
        return cls(*args, **{**kwargs, **params})

    customized.__name__ = f"custom({cls},{params})"
    return customized


def splitArgs(argstr: str) -> tuple[str, list[Any], dict[str, Any]]:
    """`tree,2,fanout=3`: the name, the values, the named values."""
    name, *params = argstr.split(",")
    args = [makeNumeric(each) for each in params if "=" not in each]
    pairs = (each.split("=", 1) for each in params if "=" in each)
    return name, args, {key: makeNumeric(value) for key, value in pairs}


def customClass(classes: Mapping[str, Any], argStr: str) -> Any:
    name, args, kwargs = splitArgs(argStr)
    cls = classes.get(name)
    if not cls:
        raise Exception(f"error: {name} is unknown - please specify one of {classes.keys()}")
    return specialClass(cls, append=args, defaults=kwargs) if args or kwargs else cls


def specialClass(cls: Any, prepend: Sequence[Any] | None = None, append: Sequence[Any] | None = None,
                 defaults: Mapping[str, Any] | None = None,
                 override: Mapping[str, Any] | None = None) -> Any:  # fmt: skip
    """A subclass with other arguments."""

    class CustomClass(cls):  # type: ignore[misc]
        def __init__(self, *args: Any, **params: Any) -> None:
            params = {**(defaults or {}), **params, **(override or {})}
            cls.__init__(self, *(prepend or ()), *args, *(append or ()), **params)

    CustomClass.__name__ = f"{cls.__name__}{list(append or ()) or ''}{dict(defaults or {}) or ''}"
    return CustomClass


def buildTopo(topos: Mapping[str, Any], topoStr: str) -> Any:
    name, args, kwargs = splitArgs(topoStr)
    if name not in topos:
        raise Exception(f"Invalid topo name {name}")
    return topos[name](*args, **kwargs)


def ensureRoot() -> None:
    """The simulated machine is root's."""


def fixLimits() -> None:
    """The simulated machine has its own budget (vnetsim.budget)."""


def mountCgroups() -> None:
    raise current().not_modelled("cgroups")
