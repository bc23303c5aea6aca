"""Which routes `ip route show` and `ip route flush` are about (ip/iproute.c: iproute_list_flush_or_save, filter_nlmsg).

Not modelled: realms and marks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.observations import Route
from vnetsim.programs.iproute2.lib.arguments import Request, invarg, matches, number, usage
from vnetsim.programs.iproute2.lib.ll_map import find
from vnetsim.programs.iproute2.lib.prefixes import Word, get_prefix
from vnetsim.programs.iproute2.lib.rt_names import scope_number
from vnetsim.programs.iproute2.lib.rt_tables import TABLE_MAIN, RouteNames, kind_named, protocol_number, service_number
from vnetsim.wire.inet import Address, Prefix


@attrs.define
class RouteFilter:
    """What was asked for; None: not asked.  What is asked for exactly is not printed, as it is the same everywhere.

    `root` is the shortest prefix wanted and `match` the longest; `exact` sets both.
    """

    table: int | None = TABLE_MAIN
    cached: bool = False
    tos: int | None = None
    protocol: int | None = None
    scope: int | None = None
    kind: str | None = None
    device: str | None = None
    metric: int | None = None
    via: Word | None = None
    prefsrc: Word | None = None
    source: Word | None = None
    root: Word | None = None
    match: Word | None = None

    def wants(self, route: Route) -> bool:
        return self._wants_numbers(route) and self._wants_hop(route) and self._wants_prefix(route)

    def _wants_numbers(self, route: Route) -> bool:
        asked = (
            (self.table, route.table), (self.tos, route.tos), (self.protocol, route.protocol),
            (self.scope, route.scope), (self.kind, route.kind), (self.metric, route.metric or 0),
        )  # fmt: skip
        return all(wanted is None or wanted == value for wanted, value in asked)

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


def _version(word: Word) -> int | None:
    """`default` is IPv4's unless IPv6 was asked for; `all` is of no family and so no condition."""
    return word.version if word.version is not None or not word.said else 4


def _covers(word: Word, prefix: Prefix) -> bool:
    version = _version(word)
    if version is None:
        return True
    wide = Prefix.of(word.address, word.length)
    return version == prefix.version and word.length <= prefix.length and prefix.address in wide


def _in(word: Word | None, address: Address | None) -> bool:
    """An address that is not there counts as zero."""
    version = _version(word) if word is not None else None
    if word is None or version is None:
        return True
    if address is None:
        return word.length == 0
    return address.version == version and address in Prefix.of(word.address, word.length)


def parse(request: Request, names: RouteNames) -> RouteFilter:
    """The words behind `show` and `flush`."""
    chosen = RouteFilter()
    for word in request.words:
        for keyword, (abbreviated, handle) in _KEYWORDS.items():
            if matches(word, keyword) if abbreviated else word == keyword:
                handle(request, chosen, names)
                break
        else:
            request.words.back()
            _prefix(request, chosen)
    if chosen.device is not None:
        chosen.device = find(request.network, chosen.device).name
    return chosen


def _table(request: Request, chosen: RouteFilter, names: RouteNames) -> None:
    word = request.words.next_arg()
    table = names.table_number(word)
    if table is not None:
        chosen.table = table or None
    elif word == "all":
        chosen.table = None
    elif word == "cache":
        chosen.cached = True
    elif word == "help":
        raise usage("ip-route")
    else:
        raise invarg("table id value is invalid\n", word)


def _vrf(request: Request, _: RouteFilter, __: RouteNames) -> None:
    raise invarg("Invalid VRF\n", request.words.next_arg())


def _cached(_: Request, chosen: RouteFilter, __: RouteNames) -> None:
    chosen.cached = True


def _tos(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.tos = service_number(word := request.words.next_arg())
    if chosen.tos is None:
        raise invarg("TOS value is invalid\n", word)


def _protocol(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.protocol = protocol_number(word := request.words.next_arg())
    if chosen.protocol is None and word != "all":
        raise invarg('invalid "protocol"\n', word)


def _scope(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.scope = scope_number(word := request.words.next_arg())
    if chosen.scope is None and word != "all":
        raise invarg('invalid "scope"\n', word)


def _kind(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.kind = kind_named(word := request.words.next_arg())
    if chosen.kind is None:
        raise invarg("node type value is invalid\n", word)


def _device(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.device = request.words.next_arg()


def _iif(_: Request, __: RouteFilter, ___: RouteNames) -> None:
    raise NotModelled("ip route show iif")


def _metric(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.metric = number(word := request.words.next_arg())
    if chosen.metric is None:
        raise invarg('"metric" value is invalid\n', word)


def _via(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    family = read_family(request) or request.options.family
    chosen.via = get_prefix(request.words.next_arg(), family)


def _prefsrc(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    chosen.prefsrc = get_prefix(request.words.next_arg(), request.options.family)


def _realms(_: Request, __: RouteFilter, ___: RouteNames) -> None:
    raise NotModelled("ip route realms")


def _from(request: Request, chosen: RouteFilter, _: RouteNames) -> None:
    words = request.words
    for keyword in ("root", "match", "exact"):
        if words.peek and words.take_matching(keyword):
            break
    chosen.source = get_prefix(words.next_arg(), request.options.family)


def _prefix(request: Request, chosen: RouteFilter) -> None:
    words, family = request.words, request.options.family
    words.take_matching("to")
    if words.take_matching("root"):
        chosen.root = get_prefix(words.next_arg(), family)
    elif words.take_matching("match"):
        chosen.match = get_prefix(words.next_arg(), family)
    else:
        words.take_matching("exact")
        chosen.root = chosen.match = get_prefix(words.next_arg(), family)


def read_family(request: Request) -> int | None:
    """`inet` or `inet6` before an address, if it is there."""
    for word, family in (("inet", 4), ("inet6", 6)):
        if request.words.take_if(word):
            return family
    if request.words.peek in ("mpls", "bridge", "link"):
        raise NotModelled(f"ip route via {request.words.peek}")
    return None


#: Keywords in the order of asking, and whether they may be abbreviated.
_KEYWORDS: Final[dict[str, tuple[bool, Callable[[Request, RouteFilter, RouteNames], None]]]] = {
    "table": (True, _table), "vrf": (True, _vrf), "cached": (True, _cached), "cloned": (True, _cached),
    "tos": (False, _tos), "dsfield": (True, _tos), "protocol": (True, _protocol), "scope": (True, _scope),
    "type": (True, _kind), "dev": (False, _device), "oif": (False, _device), "iif": (False, _iif),
    "metric": (True, _metric), "priority": (True, _metric), "preference": (False, _metric), "via": (False, _via),
    "src": (False, _prefsrc), "realms": (True, _realms), "from": (True, _from),
}  # fmt: skip
