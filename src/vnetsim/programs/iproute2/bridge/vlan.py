"""`bridge vlan`: the VLANs of ports (iproute2 6.1: bridge/vlan.c).

Not modelled: `tunnelshow` and `tunnel_info`, `set` (states of VLANs), `global`; frames of single VLANs are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.observations import BridgeVlanEntry
from vnetsim.operations import AddBridgeVlan, DeleteBridgeVlan
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Iproute2Error,
    Request,
    help_command,
    matches,
    number,
    run_command,
    usage,
)
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import by_name
from vnetsim.values import define

#: The widths of the columns, and VLAN_VID_MASK.
_NAME, _VLAN_INDENT, _MOST = 18, 18, 4095
#: As brief as in iproute2, where they are no prefixes.
_UNMODELLED: Final = ("tunnel_info", "state", "mcast_router")


@define
class _VlanArgs:
    device: str | None = None
    first: int = -1
    last: int = -1
    pvid: bool = False
    untagged: bool = False
    itself: bool = False


def main(request: Request) -> Program:
    """Lists everything without arguments."""
    if not request.args:
        return _show(request)
    return run_command(request, _COMMANDS.items(), "bridge vlan help")


# --- changing ---------------------------------------------------------------------------------------------------------


def _parse(request: Request) -> _VlanArgs:
    """vlan_modify()"""
    parsed, args = _VlanArgs(), request.args
    for arg in args:
        if arg == "dev":
            parsed.device = args.next_arg()
        elif arg == "vid":
            parsed.first, parsed.last = _range(args.next_arg())
        elif arg == "self":
            parsed.itself = True
        elif arg in ("pvid", "untagged"):
            setattr(parsed, arg, True)
        elif arg in _UNMODELLED:
            raise NotModelled(f"bridge vlan ... {arg}")
        elif matches(arg, "help"):
            raise usage("bridge-vlan")
    _check(request, parsed)
    return parsed


def _check(request: Request, parsed: _VlanArgs) -> None:
    if parsed.device is None or parsed.first == -1:
        raise Iproute2Error(255, "Device and VLAN ID are required arguments.")
    if by_name(request.network.links(), parsed.device) is None:
        raise Iproute2Error(255, f'Cannot find bridge device "{parsed.device}"')
    if parsed.pvid and parsed.last != parsed.first:
        raise Iproute2Error(255, "pvid cannot be configured for a vlan range")


def _range(text: str) -> tuple[int, int]:
    """What is no number is 0, as for atoi(3)."""
    start, dash, end = text.partition("-")
    first = number(start, 16) or 0
    last = (number(end, 16) or 0) if dash else first
    if dash and (first >= _MOST or last >= _MOST or first >= last):
        raise Iproute2Error(255, f'Invalid VLAN range "{text}"')
    if first > _MOST:
        raise Iproute2Error(255, f'Invalid VLAN ID "{text}"')
    return first, last


def _add(request: Request) -> Program:
    parsed = _parse(request)
    request.execute(
        AddBridgeVlan(
            device=parsed.device or "", first=parsed.first, last=parsed.last, pvid=parsed.pvid,
            untagged=parsed.untagged, itself=parsed.itself,
        )
    )  # fmt: skip
    return 0


def _delete(request: Request) -> Program:
    parsed = _parse(request)
    request.execute(
        DeleteBridgeVlan(device=parsed.device or "", first=parsed.first, last=parsed.last, itself=parsed.itself)
    )
    return 0


# --- showing ----------------------------------------------------------------------------------------------------------


def _show(request: Request) -> Program:
    device, vlan = _filter(request)
    shown = [
        entry
        for entry in request.network.bridge_vlans()
        if device in (None, entry.device) and vlan in (None, entry.vlan)
    ]
    out, stats = request.printer(), bool(request.options.stats)
    out.colored(Color.NONE, f"{'port':<{_NAME}}vlan-id{'' if stats else '  '}\n")
    for name, entries in groupby(shown, lambda entry: entry.device):
        _print_device(out, name, list(entries), stats=stats, details=_details(request, name))
    request.process.write(out.result())
    return 0


def _filter(request: Request) -> tuple[str | None, int | None]:
    device, vlan, args = None, None, request.args
    for arg in args:
        if arg == "dev":
            device = args.next_arg()
        elif arg == "vid":
            vlan = number(args.next_arg(), 16) or 0
        elif matches(arg, "help"):
            raise usage("bridge-vlan")
    if device is not None and by_name(request.network.links(), device) is None:
        raise Iproute2Error(255, f'Cannot find device "{device}"')
    return device, vlan


def _details(request: Request, name: str) -> dict[str, str | int]:
    """What `-d` adds about a port."""
    link = by_name(request.network.links(), name)
    if not request.options.details or link is None or link.port is None:
        return {}
    return {"state": link.port["state"], "mcast_router": link.port["multicast_router"]}


def _print_device(
    out: Iproute2Output, name: str, entries: Sequence[BridgeVlanEntry], *, stats: bool, details: dict[str, str | int]
) -> None:
    """print_vlan(), print_vlan_stats()"""
    out.open_object()
    out.both("ifname", f"{name:<{_NAME}}", name, Color.IFNAME)
    out.open_array("vlans")
    for position, entry in enumerate(entries):
        out.text(" " * _VLAN_INDENT * bool(position))
        _print_vlan(out, entry, stats=stats, details=details)
    out.close_array()
    out.close_object()


def _print_vlan(out: Iproute2Output, entry: BridgeVlanEntry, *, stats: bool, details: dict[str, str | int]) -> None:
    out.open_object()
    out.both("vlan", str(entry.vlan), entry.vlan)
    flags = [name for name, is_set in (("PVID", entry.pvid), ("Egress Untagged", entry.untagged)) if is_set]
    if flags:
        out.data("flags", list(flags))
    out.text("".join(f" {flag}" for flag in flags) + "\n")
    if stats:
        _print_stats(out)
    if details:
        out.text(" " * (_VLAN_INDENT + 2))
        for key, value in details.items():
            out.both(key, f"{key} {value} ", value)
        out.text("\n")
    out.close_object()


def _print_stats(out: Iproute2Output) -> None:
    """They are counted only with vlan_stats_enabled and vlan_stats_per_port, which is not modelled."""
    for direction in ("RX", "TX"):
        low = direction.lower()
        out.text(f"{' ' * (_VLAN_INDENT + 2)}{direction}: 0 bytes 0 packets\n")
        out.data(f"{low}_bytes", 0)
        out.data(f"{low}_packets", 0)


def _not_modelled(name: str) -> Callable[[Request], Program]:
    def command(_: Request) -> Program:
        raise NotModelled(f"bridge vlan {name}")

    return command


#: In the order of lookup().
_COMMANDS: Final[dict[str, Command]] = {
    "add": _add, "delete": _delete, "show": _show, "lst": _show, "list": _show,
    "tunnelshow": _not_modelled("tunnelshow"), "set": _not_modelled("set"), "global": _not_modelled("global"),
    "help": help_command("bridge-vlan"),
}  # fmt: skip
