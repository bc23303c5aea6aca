"""Which routes `ip route show` and `ip route flush` are about (ip/iproute.c: iproute_list_flush_or_save, filter_nlmsg).

Not modelled: realms and marks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.observations import Route
from vnetsim.programs.iproute2.lib.arguments import Request, invarg, lookup, number, usage, valid
from vnetsim.programs.iproute2.lib.ll_map import find
from vnetsim.programs.iproute2.lib.prefixes import PrefixArg, get_prefix
from vnetsim.programs.iproute2.lib.rt_names import scope_number
from vnetsim.programs.iproute2.lib.rt_tables import TABLE_MAIN, RouteNames, kind_named, protocol_number, service_number
from vnetsim.programs.iproute2.lib.vrf import vrf_table
from vnetsim.values import define
from vnetsim.wire.inet import Address, Prefix


@define
class RouteFilter:
    """The conditions of a listing; None: any.  A value given exactly is not printed, as all routes have it.

    `root` is the shortest prefix wanted and `match` the longest; `exact` sets both.
    """

    table: int | None = TABLE_MAIN
    cached: bool = False
    tos: int | None = None
    protocol: int | None = None
    scope: int | None = None
    kind: str | None = None
    unwanted: tuple[str, ...] = ()
    device: str | None = None
    metric: int | None = None
    via: PrefixArg | None = None
    prefsrc: PrefixArg | None = None
    source: PrefixArg | None = None
    root: PrefixArg | None = None
    match: PrefixArg | None = None

    def wants(self, route: Route) -> bool:
        return self._wants_numbers(route) and self._wants_hop(route) and self._wants_prefix(route)

    def _wants_numbers(self, route: Route) -> bool:
        conditions = (
            (self.table, route.table),
            (self.tos, route.tos),
            (self.protocol, route.protocol),
            (self.scope, route.scope),
            (self.kind, route.kind),
            (self.metric, route.metric or 0),
        )
        return route.kind not in self.unwanted and all(wanted in (None, value) for wanted, value in conditions)

    def _wants_hop(self, route: Route) -> bool:
        """Only a plain route has a device and a gateway of its own; nexthops are not looked at."""
        hop = route.hops[0] if len(route.hops) == 1 else None
        if self.device is not None and (hop is None or hop.device != self.device):
            return False
        return _in(self.via, hop.via if hop is not None else None) and _in(self.prefsrc, route.source)

    def _wants_prefix(self, route: Route) -> bool:
        destination = route.destination
        if self.source is not None and self.source.length:
            return False
        if self.root is not None and not _covers(self.root, destination):
            return False
        match = self.match
        if match is None or (version := _version(match)) is None:
            return True
        return (
            version == destination.version
            and match.length >= destination.length
            and match.address in Prefix(destination.address, destination.length)
        )


def _version(arg: PrefixArg) -> int | None:
    """`default` is IPv4's unless -6 was given; `all` is of no family and so no condition."""
    return arg.version if arg.version is not None or not arg.length_given else 4


def _covers(arg: PrefixArg, prefix: Prefix) -> bool:
    version = _version(arg)
    if version is None:
        return True
    wide = Prefix.of(arg.address, arg.length)
    return version == prefix.version and arg.length <= prefix.length and prefix.address in wide


def _in(arg: PrefixArg | None, address: Address | None) -> bool:
    """An address that is not there counts as zero."""
    version = _version(arg) if arg is not None else None
    if arg is None or version is None:
        return True
    if address is None:
        return arg.length == 0
    return address.version == version and address in Prefix.of(arg.address, arg.length)


def parse(request: Request, names: RouteNames) -> RouteFilter:
    """Reads what follows `show` and `flush`."""
    chosen = RouteFilter()
    for arg in request.args:
        if found := lookup(arg, _KEYWORDS.items()):
            found[1](request, chosen, names)
        else:
            request.args.back()
            _prefix(request, chosen)
    if chosen.device is not None:
        chosen.device = find(request.network, chosen.device).name
    return chosen


def _table(request: Request, chosen: RouteFilter, names: RouteNames) -> None:
    arg = request.args.next_arg()
    table = names.table_number(arg)
    if table is not None:
        chosen.table = table or None
    elif arg == "all":
        chosen.table = None
    elif arg == "cache":
        chosen.cached = True
    elif arg == "help":
        raise usage("ip-route")
    else:
        raise invarg("table id value is invalid\n", arg)


def _vrf(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.table = valid(vrf_table(request.network, arg := request.args.next_arg()), "Invalid VRF\n", arg)
    chosen.unwanted = ("local", "broadcast")


def _cached(_: Request, chosen: RouteFilter, __: RouteNames) -> None:
    chosen.cached = True


def _tos(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.tos = valid(service_number(arg := request.args.next_arg()), "TOS value is invalid\n", arg)


def _protocol(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.protocol = protocol_number(arg := request.args.next_arg())
    if chosen.protocol is None and arg != "all":
        raise invarg('invalid "protocol"\n', arg)


def _scope(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.scope = scope_number(arg := request.args.next_arg())
    if chosen.scope is None and arg != "all":
        raise invarg('invalid "scope"\n', arg)


def _kind(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.kind = valid(kind_named(arg := request.args.next_arg()), "node type value is invalid\n", arg)


def _device(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.device = request.args.next_arg()


def _iif(_: Request, __: RouteFilter, ___: RouteNames) -> None:
    raise NotModelled("ip route show iif")


def _metric(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.metric = valid(number(arg := request.args.next_arg()), '"metric" value is invalid\n', arg)


def _via(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    family = read_family(request) or request.options.family
    chosen.via = get_prefix(request.args.next_arg(), family)


def _prefsrc(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.prefsrc = get_prefix(request.args.next_arg(), request.options.family)


def _realms(_: Request, __: RouteFilter, ___: RouteNames) -> None:
    raise NotModelled("ip route realms")


def _from(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    args = request.args
    for keyword in ("root", "match", "exact"):
        if args.peek and args.take_matching(keyword):
            break
    chosen.source = get_prefix(args.next_arg(), request.options.family)


def _prefix(request: Request, chosen: RouteFilter) -> None:
    args, family = request.args, request.options.family
    args.take_matching("to")
    if args.take_matching("root"):
        chosen.root = get_prefix(args.next_arg(), family)
    elif args.take_matching("match"):
        chosen.match = get_prefix(args.next_arg(), family)
    else:
        args.take_matching("exact")
        chosen.root = chosen.match = get_prefix(args.next_arg(), family)


def read_family(request: Request) -> int | None:
    """`inet` or `inet6` before an address, if it is there."""
    for arg, family in (("inet", 4), ("inet6", 6)):
        if request.args.take_if(arg):
            return family
    if request.args.peek in ("mpls", "bridge", "link"):
        raise NotModelled(f"ip route via {request.args.peek}")
    return None


#: Keywords in the order of lookup().
_KEYWORDS: Final[dict[str, Callable[[Request, RouteFilter, RouteNames], None]]] = {
    "table": _table, "vrf": _vrf, "cached": _cached, "cloned": _cached, "tos.": _tos, "dsfield": _tos,
    "protocol": _protocol, "scope": _scope, "type": _kind, "dev.": _device, "oif.": _device, "iif.": _iif,
    "metric": _metric, "priority": _metric, "preference.": _metric, "via.": _via, "src.": _prefsrc, "realms": _realms,
    "from": _from,
}  # fmt: skip
