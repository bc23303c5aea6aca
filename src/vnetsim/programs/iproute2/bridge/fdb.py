"""`bridge fdb`: which address is behind which port (iproute2 6.1: bridge/fdb.c).

Not modelled: `src_vni`, nexthop groups, `use`, `router`, `extern_learn` and `sticky` entries, `get ... self`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import FdbEntry, Link
from vnetsim.operations import AddFdb, DeleteFdb, Verb
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Iproute2Error,
    Request,
    duparg2,
    help_command,
    lookup,
    matches,
    number,
    run_command,
    usage,
    valid,
)
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import by_name
from vnetsim.programs.iproute2.lib.prefixes import get_addr
from vnetsim.values import define
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

_MAC: Final = re.compile(":".join([r"\s*([0-9a-fA-F]{1,2})"] * 6))
#: How many bits each state of an entry is in netlink.
_STATES: Final = {"permanent": 0x80, "static": 0x40, "": 0x02}
_NOT_FOUND: Final = 254
#: Keywords in the order of lookup().
_UNMODELLED: Final = dict.fromkeys(("nhid.", "src_vni.", "router", "use", "extern_learn", "sticky"))


def main(request: Request) -> Program:
    """Lists everything without arguments."""
    if not request.args:
        return _show(request)
    return run_command(request, _COMMANDS.items(), "bridge fdb help")


def _device(links: Sequence[Link], name: str, kind: str = "device") -> Link:
    link = by_name(links, name)
    if link is None:
        raise Iproute2Error(255, f'Cannot find {kind} "{name}"')
    return link


def _mac(text: str) -> Mac:
    found = _MAC.match(text)
    if found is None:
        raise Iproute2Error(255, f"Invalid mac address {text}")
    return Mac.from_bytes(bytes(int(octet, 16) for octet in found.groups()), "big")


# --- showing ----------------------------------------------------------------------------------------------------------


@define
class _FdbFilter:
    """All that are not named are wanted."""

    device: str | None = None
    bridge: str | None = None
    states: int = 0
    dynamic: bool = False
    vlan: int = 0

    def wants(self, entry: FdbEntry, members: frozenset[str] | None) -> bool:
        if self.vlan not in (0, entry.vlan) or self.device not in (None, entry.device):
            return False
        if members is not None and entry.device not in members:
            return False
        if self.states and not self.states & _STATES[entry.state]:
            return False
        return not (self.dynamic and entry.state == "permanent")


def _show(request: Request) -> Program:
    chosen, links = _parse_filter(request), request.network.links()
    members = None
    if chosen.bridge is not None:
        bridge = _device(links, chosen.bridge, "bridge device")
        members = frozenset(link.name for link in links if link.master == bridge.name or link is bridge)
        members = members if bridge.kind == "bridge" else frozenset()
    if chosen.device is not None:
        chosen.device = _device(links, chosen.device).name
    out = request.printer()
    for entry in request.network.fdb():
        if chosen.wants(entry, members):
            print_entry(out, entry, with_device=chosen.device is None, with_stats=bool(request.options.stats))
    request.process.write(out.result())
    return 0


def _parse_filter(request: Request) -> _FdbFilter:
    """Unknown arguments are ignored, as in iproute2."""
    chosen, args = _FdbFilter(), request.args
    for arg in args:
        if arg in ("brport", "dev"):
            chosen.device = args.next_arg()
        elif arg == "br":
            chosen.bridge = args.next_arg()
        elif arg == "vlan":
            chosen.vlan = number(args.next_arg(), 16) or 0
        elif arg == "state":
            chosen.states |= _state_number(args.next_arg())
        elif arg == "dynamic":
            chosen.dynamic = True
        elif matches(arg, "help"):
            raise usage("bridge-fdb")
    return chosen


def _state_number(arg: str) -> int:
    """state_a2n()"""
    for keyword, bits in (
        ("permanent", 0x80), ("static", 0x40), ("temp", 0x40), ("stale", 0x04), ("reachable", 0x02), ("dynamic", 0x02),
    ):  # fmt: skip
        if matches(arg, keyword):
            return bits
    return valid(0xFFFF if arg == "all" else number(arg), "invalid state", arg)


def print_entry(out: Iproute2Output, entry: FdbEntry, *, with_device: bool, with_stats: bool) -> None:
    """print_fdb()"""
    out.open_object()
    out.both("mac", f"{entry.mac} ", str(entry.mac), Color.MAC)
    if with_device:
        out.text("dev ")
        out.both("ifname", f"{entry.device} ", entry.device, Color.IFNAME)
    if entry.vlan is not None:
        out.both("vlan", f"vlan {entry.vlan} ", entry.vlan)
    if entry.remote is not None:
        color = Color.INET if entry.remote.version == 4 else Color.INET6
        out.text("dst ")
        out.both("dst", f"{entry.remote} ", str(entry.remote), color)
    for key, name, value in (("port", "port", entry.port), ("vni", "vni", entry.vni), ("viaIf", "via", entry.via)):
        if value is not None:
            out.both(key, f"{name} {value} ", value)
    if with_stats and (entry.master is not None or entry.remote is not None):
        out.both("used", f"used {entry.used_seconds}", entry.used_seconds)
        out.both("updated", f"/{entry.updated_seconds} ", entry.updated_seconds)
    flags = [flag for flag, is_set in (("self", entry.itself), ("offload", entry.offloaded)) if is_set]
    out.data("flags", flags)
    out.text("".join(f"{flag} " for flag in flags))
    if entry.master is not None:
        out.both("master", f"master {entry.master} ", entry.master)
    out.both("state", f"{entry.state}\n", entry.state)
    out.close_object()


def _get(request: Request) -> Program:
    """fdb_get()"""
    device, bridge, text, itself, vlan = None, None, None, False, 0
    args = request.args
    for arg in args:
        if arg in ("brport", "dev"):
            device = args.next_arg()
        elif arg == "br":
            bridge = args.next_arg()
        elif arg in ("vlan", "vni"):
            vlan = _vlan_to_get(arg, args.next_arg())
        elif arg == "self":
            itself = True
        elif not matches(arg, "master") and arg != "dynamic":
            if text is not None:
                raise duparg2("to", arg)
            text = args.next_arg() if arg == "to" else arg
    if text is None or (device is None and bridge is None):
        raise Iproute2Error(255, "Device or master and address are required arguments.")
    if itself:
        raise NotModelled("bridge fdb get self")
    _print_found(request, _mac(text), device, bridge, vlan)
    return 0


def _vlan_to_get(keyword: str, arg: str) -> int:
    if keyword == "vni":
        raise NotModelled("bridge fdb get vni")
    return number(arg, 16) or 0


def _print_found(request: Request, mac: Mac, device: str | None, bridge: str | None, vlan: int) -> None:
    links = request.network.links()
    master = _device(links, device).master if device is not None else None
    if bridge is not None:
        master = _device(links, bridge, "bridge device").name
    for entry in request.network.fdb():
        if (entry.mac, entry.vlan or 0) == (mac, vlan) and entry.master is not None and entry.master == master:
            out = request.printer()
            print_entry(out, entry, with_device=True, with_stats=bool(request.options.stats))
            request.process.write(out.result())
            return
    raise Iproute2Error(_NOT_FOUND, "Error: Fdb entry not found.")


# --- changing ---------------------------------------------------------------------------------------------------------


@define
class _FdbArgs:
    text: str | None = None
    device: str | None = None
    master: bool = False
    itself: bool = False
    state: str = "permanent"
    remote: Address | None = None
    port: int | None = None
    vni: int | None = None
    via: str | None = None
    vlan: int | None = None


def _parse(request: Request) -> _FdbArgs:
    """fdb_modify()"""
    parsed, args = _FdbArgs(), request.args
    for arg in args:
        if arg == "dev":
            parsed.device = args.next_arg()
        elif arg in ("dst", "port", "vni", "via") or matches(arg, "vlan"):
            _value(request, parsed, arg, args.next_arg())
        elif arg == "self":
            parsed.itself = True
        elif matches(arg, "master"):
            parsed.master = True
        elif (state := _state(arg)) is not None:
            parsed.state = state
        elif unmodelled := lookup(arg, _UNMODELLED.items()):
            raise NotModelled(f"bridge fdb ... {unmodelled[0]}")
        else:
            _address(parsed, args.next_arg() if arg == "to" else arg)
    if parsed.device is None or parsed.text is None:
        raise Iproute2Error(255, "Device and address are required arguments.")
    if not parsed.master:
        parsed.itself = True
    return parsed


def _value(request: Request, parsed: _FdbArgs, keyword: str, arg: str) -> None:
    """The far end of a tunnel, and what it has of its own; a VLAN."""
    if keyword == "dst":
        if parsed.remote is not None:
            raise duparg2("dst", arg)
        parsed.remote = get_addr(arg, request.options.family)
    elif keyword == "via":
        parsed.via = _device(request.network.links(), arg).name
    elif keyword == "port":
        parsed.port = valid(number(arg, 16), "invalid port\n", arg)
    elif keyword == "vni":
        parsed.vni = valid(number(arg, 24), "invalid VNI\n", arg)
    else:
        parsed.vlan = number(arg, 16) or 0


def _address(parsed: _FdbArgs, arg: str) -> None:
    if matches(arg, "help"):
        raise usage("bridge-fdb")
    if parsed.text is not None:
        raise duparg2("to", arg)
    parsed.text = arg


def _state(arg: str) -> str | None:
    for keyword, state in (
        ("local", "permanent"),
        ("permanent", "permanent"),
        ("temp", "static"),
        ("static", "static"),
        ("dynamic", "dynamic"),
    ):
        if matches(arg, keyword):
            return state
    return None


def _add(verb: Verb) -> Callable[[Request], Program]:
    def command(request: Request) -> Program:
        parsed = _parse(request)
        mac = _mac(parsed.text or "")
        device = _device(request.network.links(), parsed.device or "").name
        request.execute(
            AddFdb(
                mac=mac, device=device, master=parsed.master, itself=parsed.itself, state=parsed.state,
                remote=parsed.remote,
                port=parsed.port, vni=parsed.vni, via=parsed.via, vlan=parsed.vlan, verb=verb,
            )
        )  # fmt: skip
        return 0

    return command


def _delete(request: Request) -> Program:
    parsed = _parse(request)
    mac = _mac(parsed.text or "")
    device = _device(request.network.links(), parsed.device or "").name
    request.execute(
        DeleteFdb(
            mac=mac, device=device, master=parsed.master, itself=parsed.itself, remote=parsed.remote, port=parsed.port,
            vni=parsed.vni, via=parsed.via, vlan=parsed.vlan,
        )
    )  # fmt: skip
    return 0


@define
class _Flush:
    """`wanted` is whether entries of a state are meant."""

    device: str | None = None
    master: bool = False
    wanted: dict[str, bool] = attrs.field(factory=dict)


def _parse_flush(request: Request) -> _Flush:
    parsed, args = _Flush(), request.args
    for arg in args:
        state = arg.removeprefix("no")
        if arg == "dev":
            parsed.device = args.next_arg()
        elif arg == "master":
            parsed.master = True
        elif state in ("permanent", "static", "dynamic"):
            parsed.wanted["" if state == "dynamic" else state] = state == arg
        elif matches(arg, "help"):
            raise usage("bridge-fdb")
        elif arg != "self":
            raise NotModelled(f"bridge fdb flush {arg}")
    return parsed


def _flush(request: Request) -> Program:
    """fdb_flush(): of a whole bridge, or of one port with `master`; without a state, every entry."""
    parsed = _parse_flush(request)
    if parsed.device is None:
        raise Iproute2Error(255, "Device is a required argument.")
    link = _device(request.network.links(), parsed.device, "bridge device")
    if link.kind == "vxlan" and not parsed.master:
        return _flush_tunnel(request, link, parsed)
    bridge = link.master if parsed.master else link.name if link.kind == "bridge" else None
    if bridge is None:
        raise KernelError(Errno.EOPNOTSUPP)
    for entry in request.network.fdb():
        meant = entry.device == link.name if parsed.master else True
        if meant and entry.master == bridge and _is_flushed(entry.state, parsed.wanted):
            _delete_entry(request, entry)
    return 0


def _flush_tunnel(request: Request, link: Link, parsed: _Flush) -> Program:
    """vxlan_fdb_delete_bulk: the default entries as well."""
    for entry in request.network.fdb():
        if entry.device == link.name and entry.master is None and _is_flushed(entry.state, parsed.wanted):
            request.execute(
                DeleteFdb(
                    mac=entry.mac, device=link.name, itself=True, remote=entry.remote, port=entry.port, vni=entry.vni,
                    via=entry.via,
                )
            )  # fmt: skip
    return 0


def _is_flushed(state: str, wanted: dict[str, bool]) -> bool:
    return wanted[state] if state in wanted else not any(wanted.values())


def _delete_entry(request: Request, entry: FdbEntry) -> None:
    """An entry without a port belongs to the bridge itself."""
    own = entry.device == entry.master
    request.execute(DeleteFdb(mac=entry.mac, device=entry.device, master=not own, itself=own, vlan=entry.vlan or 0))


#: In the order of lookup().
_COMMANDS: Final[dict[str, Command]] = {
    "add": _add(Verb.ADD), "append": _add(Verb.APPEND), "replace": _add(Verb.REPLACE), "delete": _delete, "get": _get,
    "show": _show, "lst": _show, "list": _show, "flush": _flush, "help": help_command("bridge-fdb"),
}  # fmt: skip
