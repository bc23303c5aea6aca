"""`brctl`: bridges by ioctl(2) (bridge-utils 1.7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.observations import FdbEntry, Link
from vnetsim.operations import AddLink, DeleteLink, SetBridgePort, SetLink
from vnetsim.process import Process, Program
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.ip.iplink.details import DEFAULTS
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, option
from vnetsim.values import define, frozen

_NAME_LENGTH: Final = 15
_NUMBER: Final = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)")
_STATES: Final = ("disabled", "listening", "learning", "forwarding", "blocking")
_SWITCH: Final = {"on": 1, "yes": 1, "1": 1, "off": 0, "no": 0, "0": 0}
_HEAD: Final = "bridge name\tbridge id\t\tSTP enabled\tinterfaces\n"


@define
class BrctlOptions(Options):
    posix = True

    def misused(self, problem: str) -> Exit:
        return Exit(1, problem, stderr="Unknown option '?'\n", stdout=_usage())

    @option("-h", "--help")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=_usage())

    @option("-V", "--version")
    def version(self, _: str) -> None:
        raise Exit(0, stdout="bridge-utils, 1.7\n")


@frozen
class _BrctlCommand:
    """`arguments` are how many it needs at least; `usage` follows its name."""

    arguments: int
    run: Callable[[Process, Sequence[str]], None]
    usage: str


@ends_by_exit
def main(process: Process) -> Program:
    operands = BrctlOptions.read(process).operands
    if not operands:
        raise Exit(1, stdout=_usage())
    name, *arguments = operands
    command = _COMMANDS.get(name)
    if command is None:
        raise Exit(1, stderr=f"never heard of command [{name}]\n", stdout=_usage())
    if len(arguments) < command.arguments:
        usage = f"Usage: brctl {name} {command.usage}\n"
        raise Exit(1, stdout=f"Incorrect number of arguments for command\n{usage}")
    command.run(process, arguments)
    return 0


def _usage() -> str:
    lines = [f"\t{name:<10}\t{command.usage}\n" for name, command in _COMMANDS.items()]
    return f"Usage: brctl [commands]\ncommands:\n{''.join(lines)}"


def _failed(problem: str) -> Exit:
    return Exit(1, stderr=f"{problem}\n")


def _find(network: Network, name: str) -> Link | None:
    return next((link for link in network.links() if link.name == name), None)


# --- bridges and their ports ------------------------------------------------------------------------------------------


def _add_bridge(process: Process, arguments: Sequence[str]) -> None:
    for arg in arguments:
        name = arg[:_NAME_LENGTH]
        try:
            process.network.execute(AddLink(kind="bridge", name=name))
        except KernelError as error:
            if error.errno is Errno.EEXIST:
                raise _failed(f"device {arg} already exists; can't create bridge with the same name") from None
            raise _failed(f"add bridge failed: {error.errno.strerror}") from None


def _delete_bridge(process: Process, arguments: Sequence[str]) -> None:
    for name in arguments:
        link = _find(process.network, name)
        if link is None:
            raise _failed(f"bridge {name} doesn't exist; can't delete it")
        if link.kind != "bridge":
            raise _failed(f"can't delete bridge {name}: {Errno.EPERM.strerror}")
        if "UP" in link.flags:
            raise _failed(f"bridge {name} is still up; can't delete it")
        try:
            process.network.execute(DeleteLink(device=name))
        except KernelError as error:
            raise _failed(f"can't delete bridge {name}: {error.errno.strerror}") from None


def _both(network: Network, bridge: str, device: str) -> tuple[Link, Link]:
    port, master = _find(network, device), _find(network, bridge)
    if port is None:
        raise _failed(f"interface {device} does not exist!")
    if master is None:
        raise _failed(f"bridge {bridge} does not exist!")
    return master, port


def _add_interface(process: Process, arguments: Sequence[str]) -> None:
    name, *devices = arguments
    for device in devices:
        bridge, port = _both(process.network, name, device)
        if port.kind == "bridge":
            raise _failed(f"device {device} is a bridge device itself; can't add a bridge device to a bridge device.")
        if port.master is not None:
            raise _failed(f"device {device} is already a member of a bridge; can't add it to bridge {name}.")
        try:
            if bridge.kind != "bridge":
                raise KernelError(Errno.EOPNOTSUPP)
            process.network.execute(SetLink(device=device, master=name))
        except KernelError as error:
            raise _failed(f"can't add {device} to bridge {name}: {error.errno.strerror}") from None


def _delete_interface(process: Process, arguments: Sequence[str]) -> None:
    name, *devices = arguments
    for device in devices:
        bridge, port = _both(process.network, name, device)
        if bridge.kind != "bridge":
            raise _failed(f"can't delete {device} from {name}: {Errno.EOPNOTSUPP.strerror}")
        if port.master != name:
            raise _failed(f"device {device} is not a port of {name}")
        process.network.execute(SetLink(device=device, master=""))


# --- settings ---------------------------------------------------------------------------------------------------------


def _switch(arg: str) -> int:
    if arg not in _SWITCH:
        raise _failed("expect on/off for argument")
    return _SWITCH[arg]


def _number(arg: str, what: str) -> float:
    found = _NUMBER.match(arg)
    if found is None:
        raise _failed(f"bad {what}")
    return float(found[0])


def _set_bridge(process: Process, name: str, options: Mapping[str, int], what: str) -> None:
    link = _find(process.network, name)
    try:
        if link is None:
            raise KernelError(Errno.ENODEV)
        if link.kind != "bridge":
            raise KernelError(Errno.EOPNOTSUPP)
        process.network.execute(SetLink(device=name, kind="bridge", options=dict(options)))
    except KernelError as error:
        raise _failed(f"set {what} failed: {error.errno.strerror}") from None


def _set_time(option: str, bad: str, what: str) -> Callable[[Process, Sequence[str]], None]:
    """A time in seconds, with fractions."""

    def run(process: Process, arguments: Sequence[str]) -> None:
        seconds = _number(arguments[1], f"{bad} value")
        _set_bridge(process, arguments[0], {option: int(seconds * 100)}, what)

    return run


def _set_priority(process: Process, arguments: Sequence[str]) -> None:
    """Sixteen bits of it count."""
    _set_bridge(process, arguments[0], {"priority": int(_number(arguments[1], "priority")) & 0xFFFF}, "bridge priority")


def _set_stp(process: Process, arguments: Sequence[str]) -> None:
    _set_bridge(process, arguments[0], {"stp_state": _switch(arguments[1])}, "stp status")


def _set_port(option: str, bad: str, what: str) -> Callable[[Process, Sequence[str]], None]:
    """Of a port; the bridge that is named is ignored."""

    def run(process: Process, arguments: Sequence[str]) -> None:
        value = int(_number(arguments[2], f"{bad} value"))
        link = _find(process.network, arguments[1])
        try:
            if link is None:
                raise KernelError(Errno.ENODEV)
            if link.port is None:
                raise KernelError(Errno.ENOENT)
            process.network.execute(SetBridgePort(device=link.name, options={option: value}))
        except KernelError as error:
            raise _failed(f"set {what} failed: {error.errno.strerror}") from None

    return run


def _hairpin(process: Process, arguments: Sequence[str]) -> None:
    value = _switch(arguments[2])
    _, port = _both(process.network, arguments[0], arguments[1])
    try:
        process.network.execute(SetBridgePort(device=port.name, options={"hairpin": value}))
    except KernelError as error:
        raise _failed(f"can't set {arguments[1]} to hairpin on bridge {arguments[0]}: {error.errno.strerror}") from None


# --- showing ----------------------------------------------------------------------------------------------------------


def _bridges(links: Sequence[Link], names: Sequence[str]) -> list[Link | str]:
    """All bridges in the order of their names, or those that were named."""
    if names:
        known = {link.name: link for link in links}
        return [known.get(name, name) for name in names]
    found = {link.name: link for link in links if link.kind == "bridge"}
    return [found[name] for name in sorted(found)]


def _checked(bridge: Link | str) -> Link:
    if isinstance(bridge, str):
        raise _failed(f"bridge {bridge} does not exist!")
    if bridge.kind != "bridge":
        raise _failed(f"device {bridge.name} is not a bridge!")
    return bridge


def _ports(links: Sequence[Link], bridge: Link) -> list[Link]:
    return sorted((link for link in links if link.master == bridge.name), key=lambda link: link.name)


def _show(process: Process, arguments: Sequence[str]) -> None:
    links = process.network.links()
    for index, found in enumerate(_bridges(links, arguments)):
        bridge = _checked(found)
        known = {**DEFAULTS["bridge"], **bridge.details}
        if not index:
            process.write(_HEAD)
        stp = "yes" if known["stp_state"] else "no"
        ports = "\n\t\t\t\t\t\t\t".join(port.name for port in _ports(links, bridge))
        process.write(f"{bridge.name}\t\t{_identity(known['bridge_id'])}\t{stp}\t\t{ports}\n")


def _identity(text: str | int) -> str:
    """`8000.2:0:0:0:0:b0` with all its digits and no colons."""
    priority, _, address = str(text).partition(".")
    return f"{priority}.{''.join(octet.zfill(2) for octet in address.split(':'))}"


def _show_macs(process: Process, arguments: Sequence[str]) -> None:
    name = arguments[0]
    link = _find(process.network, name)
    if link is None or link.kind != "bridge":
        errno = Errno.ENODEV if link is None else Errno.EOPNOTSUPP
        raise _failed(f"read of forward table failed: {errno.strerror}")
    numbers = {port.name: _port_number(port) for port in process.network.links() if port.master == name}
    entries = [entry for entry in process.network.fdb() if entry.master == name and entry.device in numbers]
    process.write("port no\tmac addr\t\tis local?\tageing timer\n")
    for entry in sorted(entries, key=lambda entry: entry.mac):
        process.write(_mac_line(entry, numbers[entry.device]))


def _mac_line(entry: FdbEntry, number: int) -> str:
    local = entry.state == "permanent"
    age = 0 if local else entry.updated_seconds * 100
    return f"{number:3}\t{entry.mac}\t{'yes' if local else 'no'}\t\t{_time(age)}\n"


def _port_number(port: Link) -> int:
    return int((port.port or {}).get("no", 0))


def _time(hundredths: str | int) -> str:
    seconds, rest = divmod(int(hundredths), 100)
    return f"{seconds:4}.{rest:02}"


def _show_stp(process: Process, arguments: Sequence[str]) -> None:
    links = process.network.links()
    bridge = _checked(_bridges(links, arguments[:1])[0])
    process.write(_bridge_text(bridge))
    for port in _ports(links, bridge):
        process.write(_port_text(port))


def _bridge_text(bridge: Link) -> str:
    known = {**DEFAULTS["bridge"], **bridge.details}
    known = {**{f"bridge_{key}": known[key] for key in ("max_age", "hello_time", "forward_delay")}, **known}
    flags = "".join(f"{key.upper()} " for key in ("topology_change", "topology_change_detected") if known[key])
    root = _identity(known.get("root_id", known["bridge_id"]))
    times = {key: _time(value) for key, value in known.items() if key.endswith(("_timer", "_age", "_time", "_delay"))}
    return (
        f"{bridge.name}\n"
        f" bridge id\t\t{_identity(known['bridge_id'])}\n"
        f" designated root\t{root}\n"
        f" root port\t\t{known['root_port']:4}\t\t\tpath cost\t\t{known['root_path_cost']:4}\n"
        f" max age\t\t{times['max_age']}\t\t\tbridge max age\t\t{times['bridge_max_age']}\n"
        f" hello time\t\t{times['hello_time']}\t\t\tbridge hello time\t{times['bridge_hello_time']}\n"
        f" forward delay\t\t{times['forward_delay']}\t\t\tbridge forward delay\t{times['bridge_forward_delay']}\n"
        f" ageing time\t\t{times['ageing_time']}\n"
        f" hello timer\t\t{times['hello_timer']}\t\t\ttcn timer\t\t{times['tcn_timer']}\n"
        f" topology change timer\t{times['topology_change_timer']}\t\t\tgc timer\t\t{times['gc_timer']}\n"
        f" flags\t\t\t{flags}\n\n\n"
    )


def _port_text(port: Link) -> str:
    known = {**DEFAULTS["bridge_slave"], **(port.port or {})}
    state = known["state"] if isinstance(known["state"], str) else _STATES[known["state"]]
    flags = "CONFIG_PENDING " if known["config_pending"] else ""
    flags += "TOPOLOGY_CHANGE_ACK " if known["topology_change_ack"] else ""
    hairpin = f"\n hairpin mode\t\t{1:4}" if known["hairpin"] else ""
    return (
        f"{port.name} ({_port_number(port)})\n"
        f" port id\t\t{known.get('id', 0):04x}\t\t\tstate\t\t{state:>15}\n"
        f" designated root\t{_identity(known['root_id'])}\tpath cost\t\t{known['cost']:4}\n"
        f" designated bridge\t{_identity(known['bridge_id'])}\tmessage age timer\t{_time(known['message_age_timer'])}\n"
        f" designated port\t{known.get('designated_port', 0):04x}"
        f"\t\t\tforward delay timer\t{_time(known['forward_delay_timer'])}\n"
        f" designated cost\t{known['designated_cost']:4}\t\t\thold timer\t\t{_time(known['hold_timer'])}\n"
        f" flags\t\t\t{flags}{hairpin}\n\n"
    )


_COMMANDS: Final[dict[str, _BrctlCommand]] = {
    "addbr": _BrctlCommand(1, _add_bridge, "<bridge>\t\tadd bridge"),
    "delbr": _BrctlCommand(1, _delete_bridge, "<bridge>\t\tdelete bridge"),
    "addif": _BrctlCommand(2, _add_interface, "<bridge> <device>\tadd interface to bridge"),
    "delif": _BrctlCommand(2, _delete_interface, "<bridge> <device>\tdelete interface from bridge"),
    "hairpin": _BrctlCommand(3, _hairpin, "<bridge> <port> {on|off}\tturn hairpin on/off"),
    "setageing": _BrctlCommand(
        2, _set_time("ageing_time", "ageing time", "ageing time"), "<bridge> <time>\t\tset ageing time"
    ),
    "setbridgeprio": _BrctlCommand(2, _set_priority, "<bridge> <prio>\t\tset bridge priority"),
    "setfd": _BrctlCommand(
        2, _set_time("forward_delay", "forward delay", "forward delay"), "<bridge> <time>\t\tset bridge forward delay"
    ),
    "sethello": _BrctlCommand(
        2, _set_time("hello_time", "hello timer", "hello timer"), "<bridge> <time>\t\tset hello time"
    ),
    "setmaxage": _BrctlCommand(2, _set_time("max_age", "max age", "max age"), "<bridge> <time>\t\tset max message age"),
    "setpathcost": _BrctlCommand(
        3, _set_port("cost", "path cost", "path cost"), "<bridge> <port> <cost>\tset path cost"
    ),
    "setportprio": _BrctlCommand(
        3, _set_port("priority", "path priority", "port priority"), "<bridge> <port> <prio>\tset port priority"
    ),
    "show": _BrctlCommand(0, _show, "[ <bridge> ]\t\tshow a list of bridges"),
    "showmacs": _BrctlCommand(1, _show_macs, "<bridge>\t\tshow a list of mac addrs"),
    "showstp": _BrctlCommand(1, _show_stp, "<bridge>\t\tshow bridge stp info"),
    "stp": _BrctlCommand(2, _set_stp, "<bridge> {on|off}\tturn stp on/off"),
}
