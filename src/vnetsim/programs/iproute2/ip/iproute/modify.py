"""The words of `ip route add`, `change`, `replace`, `append`, `prepend` and `del` (ip/iproute.c: iproute_modify).

Not modelled: metrics other than MTU and MSS, encapsulation, nexthop objects, realms, VRFs, routes by source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.operations import AddRoute, DeleteRoute, Hop, Verb
from vnetsim.programs.iproute2.ip.iproute.filter import read_family
from vnetsim.programs.iproute2.lib.arguments import CommandError, Request, duparg2, invarg, matches, number, usage
from vnetsim.programs.iproute2.lib.ll_map import find
from vnetsim.programs.iproute2.lib.prefixes import get_addr, get_prefix
from vnetsim.programs.iproute2.lib.rt_names import scope_number
from vnetsim.programs.iproute2.lib.rt_tables import (
    PROTOCOL_BOOT,
    SCOPE_GLOBAL,
    SCOPE_HOST,
    SCOPE_LINK,
    TABLE_LOCAL,
    TABLE_MAIN,
    RouteNames,
    kind_named,
    protocol_number,
    service_number,
)
from vnetsim.wire.inet import DEFAULT4, DEFAULT6, Address, Prefix

_Value = TypeVar("_Value")


@attrs.define
class _Said:
    """What was said so far; None: nothing."""

    names: RouteNames
    family: int | None
    destination: Prefix | None = None
    kind: str | None = None
    source: Address | None = None
    #: The destination is `default`: of which family the other words tell.
    everything: bool = False
    via: Address | None = None
    device: str | None = None
    onlink: bool = False
    metric: int | None = None
    table: int | None = None
    protocol: int | None = None
    scope: int | None = None
    tos: int = 0
    mtu: int | None = None
    mtu_locked: bool = False
    advmss: int | None = None
    preference: str | None = None
    expires_seconds: int | None = None
    nexthops: list[Hop] = attrs.field(factory=list)

    def hops(self) -> tuple[Hop, ...]:
        if self.nexthops:
            if self.via is not None:
                raise KernelError(Errno.EINVAL, "Nexthop gateway does not match RTA_GATEWAY or RTA_VIA")
            return tuple(self.nexthops)
        plain = Hop(via=self.via or None, device=self.device, onlink=self.onlink)
        return () if plain == Hop() else (plain,)

    def table_number(self) -> int:
        if self.table is not None:
            return self.table or TABLE_MAIN
        return TABLE_LOCAL if self.kind in ("local", "broadcast", "nat", "anycast") else TABLE_MAIN

    def default_scope(self, *, deleting: bool) -> int | None:
        """The scope of a route that says none; None: any."""
        if self.family == 6:
            return SCOPE_GLOBAL
        if self.kind in ("local", "nat"):
            return SCOPE_HOST
        if self.kind in ("broadcast", "multicast", "anycast"):
            return SCOPE_LINK
        if self.kind not in ("unicast", None):
            return SCOPE_GLOBAL
        if deleting:
            return None
        return SCOPE_LINK if self.via is None and not self.nexthops else SCOPE_GLOBAL


def add_route(request: Request, verb: Verb) -> AddRoute:
    said = _parse(request)
    assert said.destination is not None
    return AddRoute(
        destination=said.destination, hops=said.hops(), kind=said.kind or "unicast", source=said.source,
        metric=said.metric, table=said.table_number(),
        protocol=PROTOCOL_BOOT if said.protocol is None else said.protocol,
        scope=said.default_scope(deleting=False) if said.scope is None else said.scope, tos=said.tos, mtu=said.mtu,
        mtu_locked=said.mtu_locked, advmss=said.advmss, preference=said.preference,
        expires_seconds=said.expires_seconds, verb=verb,
    )  # fmt: skip


def delete_route(request: Request) -> DeleteRoute:
    said = _parse(request)
    assert said.destination is not None
    return DeleteRoute(
        destination=said.destination, hops=said.hops(), kind=said.kind or "unicast", source=said.source,
        metric=said.metric,
        table=said.table_number(), protocol=said.protocol or None,
        scope=said.default_scope(deleting=True) if said.scope is None else said.scope, tos=said.tos, mtu=said.mtu,
        mtu_locked=said.mtu_locked, advmss=said.advmss, preference=said.preference,
    )  # fmt: skip


def _parse(request: Request) -> _Said:
    said = _Said(RouteNames(request.process.files), request.options.family)
    for word in request.words:
        if word == "nexthop":
            request.words.back()
            break
        for keyword, (abbreviated, handle) in _KEYWORDS.items():
            if matches(word, keyword) if abbreviated else word == keyword:
                handle(request, said)
                break
        else:
            _destination(request, said, word)
    if said.destination is None:
        raise usage("ip-route")
    said.family = said.family or 4
    if said.everything:
        said.destination = DEFAULT6 if said.family == 6 else DEFAULT4
    if said.device is not None:
        said.device = find(request.network, said.device).name
    _nexthops(request, said)
    return said


def _destination(request: Request, said: _Said, word: str) -> None:
    """A kind of route, perhaps, and the prefix."""
    words = request.words
    if word == "to":
        word = words.next_arg()
    kind = kind_named(word) if not is_digits(word[:1]) else None
    if kind is not None:
        said.kind = kind
        word = words.next_arg()
    if matches(word, "help"):
        raise usage("ip-route")
    if said.destination is not None:
        raise duparg2("to", word)
    prefix = get_prefix(word, said.family)
    said.family = said.family or prefix.version
    said.everything = prefix.everything
    said.destination = Prefix(prefix.address, prefix.length)


# --- one function a keyword -------------------------------------------------------------------------------------------


def _checked(value: _Value | None, message: str, word: str) -> _Value:
    if value is None:
        raise invarg(f"{message}\n", word)
    return value


def _source(request: Request, said: _Said) -> None:
    said.source = get_addr(request.words.next_arg(), said.family)
    said.family = said.family or said.source.version


def _via(request: Request, said: _Said) -> None:
    if said.via is not None:
        raise invarg("use nexthop syntax to specify multiple via\n", "via")
    said.via = _gateway(request, said)


def _gateway(request: Request, said: _Said) -> Address:
    family = read_family(request) or said.family
    via = get_addr(request.words.next_arg(), family)
    said.family = said.family or via.version
    if via.version != said.family:
        raise NotModelled("routes via a gateway of another family")
    return via


def _tos(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    said.tos = _checked(service_number(word), '"tos" value is invalid', word)


def _metric(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    said.metric = _checked(number(word), '"metric" value is invalid', word)


def _scope(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    said.scope = _checked(scope_number(word), 'invalid "scope" value', word)


def _mtu(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    if word == "lock":
        said.mtu_locked = True
        word = request.words.next_arg()
    said.mtu = _checked(number(word), '"mtu" value is invalid', word)


def _advmss(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    if word == "lock":
        raise NotModelled("ip route advmss lock")
    said.advmss = _checked(number(word), '"mss" value is invalid', word)


def _onlink(_: Request, said: _Said) -> None:
    said.onlink = True


def _protocol(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    said.protocol = _checked(protocol_number(word), '"protocol" value is invalid', word)


def _table(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    said.table = _checked(said.names.table_number(word), '"table" value is invalid', word)


def _device(request: Request, said: _Said) -> None:
    said.device = request.words.next_arg()


def _pref(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    if word not in ("low", "medium", "high"):
        raise invarg('"pref" value is invalid\n', word)
    said.preference = word


def _expires(request: Request, said: _Said) -> None:
    word = request.words.next_arg()
    said.expires_seconds = _checked(number(word), '"expires" value is invalid', word)


def _refuse(word: str) -> Callable[[Request, _Said], None]:
    def handle(_: Request, __: _Said) -> None:
        raise NotModelled(f"ip route {word}")

    return handle


#: Keywords in the order of asking, and whether they may be abbreviated.
_KEYWORDS: Final[dict[str, tuple[bool, Callable[[Request, _Said], None]]]] = {
    "src": (False, _source), "as": (False, _refuse("as")), "via": (False, _via), "from": (False, _refuse("from")),
    "tos": (False, _tos), "dsfield": (True, _tos), "expires": (False, _expires), "metric": (True, _metric),
    "priority": (True, _metric), "preference": (False, _metric), "scope": (False, _scope), "mtu": (False, _mtu),
    "hoplimit": (False, _refuse("hoplimit")), "advmss": (False, _advmss), "reordering": (True, _refuse("reordering")),
    "rtt": (False, _refuse("rtt")), "rto_min": (False, _refuse("rto_min")), "window": (True, _refuse("window")),
    "cwnd": (True, _refuse("cwnd")), "initcwnd": (True, _refuse("initcwnd")),
    "initrwnd": (True, _refuse("initrwnd")), "features": (True, _refuse("features")),
    "quickack": (True, _refuse("quickack")), "congctl": (True, _refuse("congctl")),
    "rttvar": (True, _refuse("rttvar")), "ssthresh": (True, _refuse("ssthresh")), "realms": (True, _refuse("realms")),
    "onlink": (False, _onlink), "nhid": (False, _refuse("nhid")), "protocol": (True, _protocol),
    "table": (True, _table), "vrf": (True, _refuse("vrf")), "dev": (False, _device), "oif": (False, _device),
    "pref": (True, _pref), "encap": (False, _refuse("encap")), "ttl-propagate": (False, _refuse("ttl-propagate")),
    "fastopen_no_cookie": (True, _refuse("fastopen_no_cookie")),
}  # fmt: skip


# --- several ways -----------------------------------------------------------------------------------------------------


def _nexthops(request: Request, said: _Said) -> None:
    """parse_nexthops()"""
    for word in request.words:
        if word != "nexthop":
            raise CommandError(255, f'Error: "nexthop" or end of line is expected instead of "{word}"')
        if not request.words:
            raise CommandError(255, 'Error: unexpected end of line after "nexthop"')
        said.nexthops.append(_nexthop(request, said))


def _nexthop(request: Request, said: _Said) -> Hop:
    """parse_one_nh(): up to the first word that it does not know."""
    hop = Hop()
    for word in request.words:
        if word == "via":
            hop = attrs.evolve(hop, via=_gateway(request, said))
        elif word == "dev":
            hop = attrs.evolve(hop, device=_nexthop_device(request))
        elif word == "weight":
            hop = attrs.evolve(hop, weight=_weight(request))
        elif word == "onlink":
            hop = attrs.evolve(hop, onlink=True)
        elif word in ("encap", "as") or matches(word, "realms"):
            raise NotModelled(f"ip route nexthop {word}")
        else:
            request.words.back()
            break
    return hop


def _nexthop_device(request: Request) -> str:
    try:
        return find(request.network, request.words.next_arg()).name
    except CommandError as error:
        if error.status == 1:
            raise CommandError(255, f"{error}\nError: cannot parse nexthop") from None
        raise


def _weight(request: Request) -> int:
    word = request.words.next_arg()
    weight = number(word)
    if weight is None or not 1 <= weight <= 256:
        raise invarg('"weight" is invalid\n', word)
    return weight
