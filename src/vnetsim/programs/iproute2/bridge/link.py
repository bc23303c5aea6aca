"""`bridge link`: the ports of bridges (iproute2 6.1: bridge/link.c).

Not modelled: `backup_port`, `hwmode`, what a device itself would bridge (`self`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import Link
from vnetsim.operations import SetBridgePort
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.iplink import details
from vnetsim.programs.iproute2.ip.iplink.fields import Details
from vnetsim.programs.iproute2.lib.arguments import (
    Args,
    Iproute2Error,
    Request,
    duparg,
    matches,
    unknown_command,
    usage,
)
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import by_index, by_name, index_of, name_of
from vnetsim.values import define

_STATES: Final = ("disabled", "listening", "learning", "forwarding", "blocking")
_SWITCHES: Final = (
    "guard", "hairpin", "fastleave", "root_block", "learning", "flood", "mcast_flood", "bcast_flood",
    "mcast_to_unicast", "neigh_suppress", "vlan_tunnel", "isolated", "locked",
)  # fmt: skip
_ON_OFF_ERROR: Final = 234
_INTEGER: Final = re.compile(r"\s*[+-]?\d+")


def main(request: Request) -> Program:
    """Lists the ports without arguments."""
    arg = request.args.take()
    if arg is None or any(matches(arg, command) for command in ("show", "lst", "list")):
        return _show(request)
    if matches(arg, "set") or matches(arg, "change"):
        return _set(request)
    if matches(arg, "help"):
        raise usage("bridge-link")
    raise unknown_command(arg, "bridge link help")


# --- showing ----------------------------------------------------------------------------------------------------------


def _show(request: Request) -> Program:
    """Arguments other than `dev` are ignored, as in iproute2."""
    wanted, args, links = None, request.args, request.network.links()
    for arg in args:
        if arg == "dev":
            name = args.next_arg()
            if wanted is not None:
                raise duparg("dev", name)
            wanted = name
    index = index_of(links, wanted) if wanted is not None else None
    if index == 0:
        raise Iproute2Error(255, f'Cannot find device "{wanted}"')
    out = request.printer()
    for link in links:
        if link.port is not None and index in (None, link.index):
            _print_port(out, link, links, link.port, with_details=request.options.details)
    request.process.write(out.result())
    return 0


def print_message(out: Iproute2Output, link: Link, links: Sequence[Link], *, is_port: bool, with_details: bool) -> None:
    """A message that `bridge monitor` hears: of a port as such, of one that left, or of any device."""
    if is_port and link.port is not None:
        _print_port(out, link, links, link.port, with_details=with_details)
    else:
        if not is_port and link.peer_netnsid is not None:
            link, links = attrs.evolve(link, name=f"{link.name}@if{link.peer_index}", peer_index=None), ()
        _print_device(out, link, links)
        out.text("\n")


def _print_port(out: Iproute2Output, link: Link, links: Sequence[Link], port: Details, *, with_details: bool) -> None:
    out.open_object()
    _print_device(out, link, links)
    known = {**details.DEFAULTS["bridge_slave"], **port}
    out.both("state", f"state {known['state']} ", known["state"])
    for key in ("priority", "cost"):
        out.both(key, f"{key} {known[key]} ", known[key])
    if with_details:
        _print_details(out, known)
    out.text("\n")
    out.close_object()


def _print_device(out: Iproute2Output, link: Link, links: Sequence[Link]) -> None:
    out.both("ifindex", f"{link.index}: ", link.index)
    other_down = _print_name(out, link, links)
    flags = [*link.flags, "M-DOWN"] if other_down else list(link.flags)
    if "UP" in flags and link.state not in ("UP", "UNKNOWN"):
        flags.insert(0, "NO-CARRIER")
    out.both("flags", f"<{','.join(flags)}> ", flags)
    out.both("mtu", f"mtu {link.mtu} ", link.mtu)
    if link.master is not None:
        out.both("master", f"master {link.master} ", link.master)


def _print_name(out: Iproute2Output, link: Link, links: Sequence[Link]) -> bool:
    """The name, and that of the device of the peer's number *here*, whatever namespace the peer is in (AF_BRIDGE dumps
    do not tell); whether that device is down."""
    if not link.peer_index or link.peer_index == link.index:  # br_fill_ifinfo
        out.both("ifname", f"{link.name}: ", link.name, Color.IFNAME)
        return False
    other, name = by_index(links, link.peer_index), name_of(links, link.peer_index)
    out.data("link", name)
    out.both("ifname", f"{link.name}@{name}: ", link.name, Color.IFNAME)
    return other is not None and "UP" not in other.flags


def _print_details(out: Iproute2Output, known: Mapping[str, str | int]) -> None:
    def switches(*keys: str) -> None:
        for key in keys:
            out.both(key, f"{key} {'on' if known[key] else 'off'} ", bool(known[key]))

    out.line()
    out.text("    ")
    switches("hairpin", "guard", "root_block", "fastleave", "learning", "flood", "mcast_flood", "bcast_flood")
    out.both("mcast_router", f"mcast_router {known['multicast_router']} ", known["multicast_router"])
    switches("mcast_to_unicast", "neigh_suppress", "vlan_tunnel", "isolated", "locked")


# --- setting ----------------------------------------------------------------------------------------------------------


@define
class _PortArgs:
    device: str | None = None
    options: dict[str, int] = attrs.field(factory=dict)
    itself: bool = False


def _set(request: Request) -> Program:
    """brlink_modify()"""
    parsed = _PortArgs()
    for arg in request.args:
        _set_arg(request.args, parsed, arg)
    if parsed.device is None:
        raise Iproute2Error(255, "Device is a required argument.")
    link = by_name(request.network.links(), parsed.device)
    if link is None:
        raise Iproute2Error(255, f'Cannot find bridge device "{parsed.device}"')
    if parsed.itself:
        raise KernelError(Errno.EOPNOTSUPP)
    request.execute(SetBridgePort(device=link.name, options=parsed.options))
    return 0


def _set_arg(args: Args, parsed: _PortArgs, arg: str) -> None:
    if arg == "dev":
        parsed.device = args.next_arg()
    elif arg in _SWITCHES:
        parsed.options[arg] = _on_off(arg, args.next_arg())
    elif arg in _NUMBERS:
        _NUMBERS[arg](args, parsed.options)
    elif arg == "self":
        parsed.itself = True
    elif arg == "learning_sync":
        _on_off(arg, args.next_arg())
    elif arg == "hwmode":
        parsed.itself = _hardware_mode(args.next_arg())
    elif arg in ("backup_port", "nobackup_port"):
        raise NotModelled(f"bridge link set {arg}")
    elif arg != "master":
        raise usage("bridge-link")


def _on_off(key: str, arg: str) -> int:
    if arg not in ("on", "off"):
        raise Iproute2Error(_ON_OFF_ERROR, f'Error: argument of "{key}" must be one of "off", "on", not "{arg}"')
    return int(arg == "on")


def _hardware_mode(arg: str) -> bool:
    """No device here has a mode."""
    if arg not in ("vepa", "veb"):
        raise Iproute2Error(255, 'Mode argument must be "vepa" or "veb".')
    return True


def _atoi(text: str) -> int:
    """atoi(3): 0 where there is no number."""
    found = _INTEGER.match(text)
    return int(found[0]) if found else 0


def _cost(args: Args, options: dict[str, int]) -> None:
    """A cost of 0 is not passed on."""
    cost = _atoi(args.next_arg())
    if cost > 0:
        options["cost"] = cost


def _unsigned(name: str, mask: int) -> Callable[[Args, dict[str, int]], None]:
    """A negative number is not passed on."""

    def read(args: Args, options: dict[str, int]) -> None:
        number = _atoi(args.next_arg())
        if number >= 0:
            options[name] = number & mask

    return read


def _state(args: Args, options: dict[str, int]) -> None:
    arg = args.next_arg()
    if _INTEGER.fullmatch(arg):
        state = int(arg)
    elif arg in _STATES:
        state = _STATES.index(arg)
    else:
        raise Iproute2Error(255, "Error: invalid STP port state")
    if state >= 0:
        options["state"] = state & 0xFF


_NUMBERS: Final[dict[str, Callable[[Args, dict[str, int]], None]]] = {
    "cost": _cost,
    "priority": _unsigned("priority", 0xFFFF),
    "mcast_router": _unsigned("mcast_router", 0xFF),
    "state": _state,
}
