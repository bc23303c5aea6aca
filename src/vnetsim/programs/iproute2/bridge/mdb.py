"""`bridge mdb`: who listens to which group (iproute2 6.1: bridge/mdb.c).

Not modelled: router ports in JSON documents and with statistics.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vnetsim.errors import NotModelled
from vnetsim.observations import Link, MdbEntry
from vnetsim.operations import AddMdb, DeleteMdb
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, Request, matches, number, unknown_command, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import by_name
from vnetsim.values import define
from vnetsim.wire.inet import Address, parse_address
from vnetsim.wire.mac import Mac

_REQUIRED = "Device, group address and port name are required arguments."
_ROUTER = 2


def main(request: Request) -> Program:
    """Lists everything without arguments."""
    arg = request.args.take()
    if arg is None or any(matches(arg, keyword) for keyword in ("show", "lst", "list")):
        return _show(request)
    if matches(arg, "add"):
        parsed = _parse(request)
        request.execute(
            AddMdb(
                device=parsed.device, port=parsed.port, group=parsed.group, source=parsed.source,
                permanent=parsed.permanent, vlan=parsed.vlan,
            )
        )  # fmt: skip
    elif matches(arg, "delete"):
        parsed = _parse(request)
        request.execute(
            DeleteMdb(
                device=parsed.device, port=parsed.port, group=parsed.group, source=parsed.source, vlan=parsed.vlan
            )
        )
    elif matches(arg, "help"):
        raise usage("bridge-mdb")
    else:
        raise unknown_command(arg, "bridge mdb help")
    return 0


# --- changing ---------------------------------------------------------------------------------------------------------


@define
class _MdbArgs:
    device: str
    port: str
    group: Address | Mac
    source: Address | None
    permanent: bool
    vlan: int


def _parse(request: Request) -> _MdbArgs:
    """mdb_modify(): unknown arguments are ignored."""
    args, given, permanent = request.args, dict[str, str](), False
    for arg in args:
        if arg in ("dev", "grp", "port", "vid", "src"):
            given[arg] = args.next_arg()
        elif arg in ("permanent", "temp"):
            permanent = arg == "permanent"
        elif matches(arg, "help"):
            raise usage("bridge-mdb")
    if not {"dev", "grp", "port"} <= given.keys():
        raise Iproute2Error(255, _REQUIRED)
    links = request.network.links()
    return _MdbArgs(
        _device(links, given["dev"]), _device(links, given["port"]), _group(given["grp"]),
        _source(given["src"]) if "src" in given else None, permanent, number(given.get("vid", "0"), 16) or 0,
    )  # fmt: skip


def _device(links: Sequence[Link], name: str) -> str:
    link = by_name(links, name)
    if link is None:
        raise Iproute2Error(255, f'Cannot find device "{name}"')
    return link.name


def _source(text: str) -> Address:
    try:
        return parse_address(text)
    except ValueError:
        raise Iproute2Error(255, f'Invalid source address "{text}"') from None


def _group(text: str) -> Address | Mac:
    try:
        return parse_address(text)
    except ValueError:
        pass
    try:
        octets = ll_addr.parse(text)
    except Iproute2Error:
        octets = b""
    if len(octets) != 6:
        raise Iproute2Error(255, f'Invalid address "{text}"')
    return Mac.from_bytes(octets, "big")


# --- showing ----------------------------------------------------------------------------------------------------------


def _show(request: Request) -> Program:
    device, vlan, args = None, 0, request.args
    for arg in args:
        if arg == "dev":
            device = args.next_arg()
        elif arg == "vid":
            vlan = number(args.next_arg(), 16) or 0
    links = request.network.links()
    if device is not None:
        device = _device(links, device)
    entries = [
        entry for entry in request.network.bridge_groups() if device in (None, entry.device) and vlan in (0, entry.vlan)
    ]
    routers = [link for link in links if link.port is not None and link.port.get("multicast_router") == _ROUTER]
    routers = [link for link in routers if device in (None, link.master)]
    _print(request, entries, routers if request.options.details else [])
    return 0


def _print(request: Request, entries: Iterable[MdbEntry], routers: list[Link]) -> None:
    out = request.printer()
    if routers and (request.options.json or request.options.stats):
        raise NotModelled("router ports of bridges in JSON documents or with statistics (bridge mdb)")
    out.open_object()
    out.open_array("mdb")
    for entry in entries:
        _print_entry(out, request, entry)
    out.close_array()
    out.open_object("router")
    out.close_object()
    out.close_object()
    for bridge in dict.fromkeys(link.master for link in routers):
        names = "".join(f"{link.name} " for link in routers if link.master == bridge)
        out.text(f"router ports on {bridge}: {names}\n")
    request.process.write(out.result())


def _print_entry(out: Iproute2Output, request: Request, entry: MdbEntry) -> None:
    """print_mdb_entry()"""
    out.open_object()
    out.data("index", entry.index)
    for key, value in (("dev", entry.device), ("port", entry.port), ("grp", str(entry.group))):
        out.both(key, f"{'' if key == 'dev' else ' '}{key} {value}", value)
    if entry.source is not None:
        out.both("src", f" src {entry.source}", str(entry.source))
    state = "permanent" if entry.permanent else "temp"
    out.both("state", f" {state}", state)
    if request.options.details and entry.port != entry.device:
        protocol = "static" if entry.static else "kernel"
        out.both("protocol", f" proto {protocol} ", protocol)
    out.data("flags", [])
    if entry.vlan:
        out.both("vid", f" vid {entry.vlan}", entry.vlan)
    if request.options.stats:
        timer = f" {entry.expires // 100:4d}.{entry.expires % 100:02d}"
        out.both("timer", timer, timer)
    out.text("\n")
    out.close_object()
