"""`ip nexthop`: nexthop objects and groups of them (iproute2 6.1: ip/ipnexthop.c).

Not modelled: resilient groups and their buckets, nexthops of forwarding databases, encapsulation, listing by master.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations.nexthop import NexthopEntry
from vnetsim.operations.nexthop import AddNexthop, DeleteNexthop, GroupMember
from vnetsim.operations.verb import Verb
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.iproute.filter import read_family
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Request,
    help_command,
    invarg,
    lookup,
    matches,
    not_modelled,
    number,
    run_command,
    usage,
    valid,
)
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.options import Iproute2Options
from vnetsim.programs.iproute2.lib.prefixes import get_addr
from vnetsim.programs.iproute2.lib.rt_tables import SCOPE_GLOBAL, RouteNames, protocol_number
from vnetsim.values import define, frozen

_MOST_WEIGHT: Final = 256


def main(request: Request) -> Program:
    """Lists all without arguments."""
    if not request.args:
        return _show(request)
    return run_command(request, _COMMANDS.items(), "ip nexthop help")


# --- changing ---------------------------------------------------------------------------------------------------------


def _change(verb: Verb) -> Command:
    def command(request: Request) -> Program:
        request.execute(attrs.evolve(_parse(request), verb=verb))
        return 0

    return command


def _delete(request: Request) -> Program:
    parsed = _parse(request)
    if attrs.evolve(parsed, id=0) != AddNexthop(version=request.options.family):
        raise KernelError(Errno.EINVAL, "Unknown attribute type")
    if not parsed.id:
        raise KernelError(Errno.EINVAL, "Nexthop id is missing")
    request.execute(DeleteNexthop(id=parsed.id))
    return 0


def _parse(request: Request) -> AddNexthop:
    """ipnh_modify()"""
    parsed = AddNexthop(version=request.options.family)
    for arg in request.args:
        found = lookup(arg, _KEYWORDS.items())
        if found is None:
            raise invarg("", arg)
        parsed = found[1](request, parsed)
    return parsed


def _id(request: Request, parsed: AddNexthop) -> AddNexthop:
    return attrs.evolve(parsed, id=_read_id(request))


def _read_id(request: Request) -> int:
    return valid(number(arg := request.args.next_arg()), "invalid id value", arg)


def _blackhole(_: Request, parsed: AddNexthop) -> AddNexthop:
    return attrs.evolve(parsed, blackhole=True, version=parsed.version or 4)


def _device(request: Request, parsed: AddNexthop) -> AddNexthop:
    return attrs.evolve(parsed, device=_read_device(request), version=parsed.version or 4)


def _read_device(request: Request) -> str:
    arg = request.args.next_arg()
    link = request.network.link(arg)
    return valid(link, "Device does not exist\n", arg).name


def _onlink(_: Request, parsed: AddNexthop) -> AddNexthop:
    return attrs.evolve(parsed, onlink=True)


def _via(request: Request, parsed: AddNexthop) -> AddNexthop:
    family = read_family(request) or parsed.version
    via = get_addr(request.args.next_arg(), family)
    return attrs.evolve(parsed, via=via, version=parsed.version or via.version)


def _group(request: Request, parsed: AddNexthop) -> AddNexthop:
    """parse_nh_group_type: what follows is about the kind of group."""
    arg = request.args.next_arg()
    members = tuple(_member(text, arg) for text in arg.split("/"))
    if request.args.take_if("type"):
        kind = request.args.next_arg()
        if kind == "resilient":
            raise NotModelled("ip nexthop group type resilient")
        if kind != "mpath":
            raise invarg('"type" value is invalid\n', kind)
    return attrs.evolve(parsed, group=members)


def _member(text: str, whole: str) -> GroupMember:
    """A number, and perhaps its weight; of a wrong one the error names what is before the first slash."""
    first, comma, second = text.partition(",")
    member = valid(number(first), '"group" value is invalid\n', first or whole.split("/", maxsplit=1)[0])
    weight = number(second) if comma else 1
    if weight is None or not 1 <= weight <= _MOST_WEIGHT:
        raise invarg('"weight" is invalid\n', second)
    return GroupMember(id=member, weight=weight)


def _protocol(request: Request, parsed: AddNexthop) -> AddNexthop:
    arg = request.args.next_arg()
    return attrs.evolve(parsed, protocol=valid(protocol_number(arg), '"protocol" value is invalid\n', arg))


def _help(_: Request, __: AddNexthop) -> AddNexthop:
    raise usage("ip-nexthop")


_KEYWORDS: Final[dict[str, Callable[[Request, AddNexthop], AddNexthop]]] = {
    "id.": _id, "blackhole.": _blackhole, "dev.": _device, "onlink.": _onlink, "via.": _via, "group.": _group,
    "encap.": not_modelled("ip nexthop encap"), "fdb.": not_modelled("ip nexthop fdb"), "protocol": _protocol,
    "help.": _help,
}  # fmt: skip


# --- listing ----------------------------------------------------------------------------------------------------------


@define
class _Chosen:
    """What is listed; None: any."""

    id: int | None = None
    device: str | None = None
    protocol: int | None = None
    groups: bool = False

    def wants(self, entry: NexthopEntry, family: int | None) -> bool:
        if family is not None and entry.version != family:
            return False
        if self.groups and entry.group is None:
            return False
        return self.device in (None, entry.device) and self.protocol in (None, entry.protocol)


def _select(request: Request) -> _Chosen:
    chosen = _Chosen()
    for arg in request.args:
        if arg == "dev":
            chosen.device = _read_device(request)
        elif arg == "groups":
            chosen.groups = True
        elif arg == "id":
            chosen.id = _read_id(request)
        elif arg == "vrf":
            _vrf(request)
        elif matches(arg, "protocol"):
            chosen.protocol = valid(number(name := request.args.next_arg()), "invalid protocol value", name)
        elif matches(arg, "help"):
            raise usage("ip-nexthop")
        elif arg == "master":
            raise NotModelled("ip nexthop show master")
        elif arg != "fdb":  # which iproute2 takes, and which the kernel does not obey without a family
            raise invarg("", arg)
    return chosen


def _vrf(request: Request) -> None:
    arg = request.args.next_arg()
    valid(request.network.link(arg), "Invalid VRF\n", arg)
    raise NotModelled("ip nexthop show vrf")


def _dump(request: Request, chosen: _Chosen) -> list[NexthopEntry]:
    return [entry for entry in request.network.nexthops() if chosen.wants(entry, request.options.family)]


def _show(request: Request) -> Program:
    chosen = _select(request)
    return _print(request, [_find(request, chosen.id)] if chosen.id is not None else _dump(request, chosen))


def _get(request: Request) -> Program:
    wanted: int | None = None
    for arg in request.args:
        if arg != "id":
            raise usage("ip-nexthop")
        wanted = _read_id(request)
    if wanted is None:
        raise usage("ip-nexthop")
    return _print(request, [_find(request, wanted)])


def _find(request: Request, wanted: int) -> NexthopEntry:
    found = next((entry for entry in request.network.nexthops() if entry.id == wanted), None)
    if found is None:
        raise KernelError(Errno.ENOENT)
    return found


def _print(request: Request, entries: list[NexthopEntry]) -> Program:
    names = RouteNames(request.process.files, request.options.numeric)
    printer = NexthopPrinter(request.printer(), names, request.options)
    for entry in entries:
        printer.entry(entry)
        printer.out.text("\n")
    request.process.write(printer.out.result())
    return 0


def _flush(request: Request) -> Program:
    chosen = _select(request)
    found = _dump(request, chosen)
    for entry in found:
        try:
            request.execute(DeleteNexthop(id=entry.id))
        except KernelError:
            continue
    request.process.write(f"Flushed {len(found)} nexthops\n" if found else "Nothing to flush\n")
    return 0


@frozen
class NexthopPrinter:
    """print_nexthop(), but for the end of the line."""

    out: Iproute2Output
    names: RouteNames
    options: Iproute2Options

    def entry(self, entry: NexthopEntry, key: str | None = None) -> None:
        out = self.out
        out.open_object(key)
        out.both("id", f"id {entry.id} ", entry.id)
        if entry.group is not None:
            self._group(entry.group)
        if entry.via is not None:
            out.text("via ")
            color = Color.INET if entry.via.version == 4 else Color.INET6
            out.both("gateway", f"{entry.via} ", str(entry.via), color)
        if entry.device is not None:
            out.text("dev ")
            out.both("dev", f"{entry.device} ", entry.device, Color.IFNAME)
        if entry.scope != SCOPE_GLOBAL or self.options.details:
            self._named("scope", "scope", self.names.scope(entry.scope))
        if entry.blackhole:
            out.both("blackhole", "blackhole ", None)
        if entry.protocol or self.options.details:
            self._named("protocol", "proto", self.names.protocol(entry.protocol))
        out.data("flags", entry.flags)
        out.text("".join(f"{flag} " for flag in entry.flags))
        out.close_object()

    def _named(self, key: str, keyword: str, value: str) -> None:
        self.out.both(key, f"{keyword} {value} ", value)

    def _group(self, members: tuple[GroupMember, ...]) -> None:
        self.out.text(f"group {'/'.join(map(str, members))} ")
        values = [{"id": each.id, **({"weight": each.weight} if each.weight > 1 else {})} for each in members]
        self.out.data("group", values)


_COMMANDS: Final[dict[str, Command]] = {
    "add": _change(Verb.ADD), "replace": _change(Verb.REPLACE), "delete": _delete, "list": _show, "show": _show,
    "lst": _show, "get": _get, "flush": _flush, "bucket": not_modelled("ip nexthop bucket"),
    "help": help_command("ip-nexthop"),
}  # fmt: skip
