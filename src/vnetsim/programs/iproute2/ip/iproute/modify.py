"""The arguments of `ip route add`, `change`, `replace`, `append`, `prepend` and `del` (ip/iproute.c: iproute_modify).

Not modelled: encapsulation, realms, VRFs, routes by source.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.operations import AddRoute, DeleteRoute, Hop, Verb
from vnetsim.operations.route import NO_METRICS, RouteMetrics
from vnetsim.programs.iproute2.ip.iproute.filter import read_family
from vnetsim.programs.iproute2.ip.iproute.metrics import READERS, locked
from vnetsim.programs.iproute2.lib.arguments import (
    Iproute2Error,
    Request,
    duparg2,
    invarg,
    lookup,
    matches,
    not_modelled,
    number,
    usage,
    valid,
)
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
from vnetsim.programs.iproute2.lib.vrf import vrf_table
from vnetsim.values import define
from vnetsim.wire.inet import DEFAULT4, DEFAULT6, Address, Prefix


@define
class _RouteArgs:
    """What is read so far; None: not given."""

    names: RouteNames
    family: int | None
    destination: Prefix | None = None
    kind: str | None = None
    source: Address | None = None
    #: The destination is `default`, whose family the other arguments decide.
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
    metrics: RouteMetrics = NO_METRICS
    nhid: int | None = None
    preference: str | None = None
    expires_seconds: int | None = None
    nexthops: list[Hop] = attrs.field(factory=list)

    def hops(self) -> tuple[Hop, ...]:
        if self.nexthops:
            if self.via is not None:
                raise KernelError(Errno.EINVAL, "Nexthop gateway does not match RTA_GATEWAY or RTA_VIA")
            if self.onlink and self.family == 6:  # ip6_route_multipath_add: to the hops that say nothing of it too
                return tuple(attrs.evolve(hop, onlink=True) for hop in self.nexthops)
            return tuple(self.nexthops)
        unset = self.via is None or (self.via.version == 4 and not self.via)
        plain = Hop(via=None if unset else self.via, device=self.device, onlink=self.onlink)
        return () if plain == Hop() else (plain,)

    def table_number(self) -> int:
        if self.table is not None:
            return self.table or TABLE_MAIN
        return TABLE_LOCAL if self.kind in ("local", "broadcast", "nat", "anycast") else TABLE_MAIN

    def default_scope(self, *, deleting: bool) -> int | None:
        """The scope of a route without that argument; None: any."""
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
        nearby = self.via is None and not self.nexthops and self.nhid is None
        return SCOPE_LINK if nearby else SCOPE_GLOBAL


def add_route(request: Request, verb: Verb) -> AddRoute:
    parsed = _parse(request)
    assert parsed.destination is not None
    return AddRoute(
        destination=parsed.destination, hops=parsed.hops(), kind=parsed.kind or "unicast", source=parsed.source,
        metric=parsed.metric, table=parsed.table_number(),
        protocol=PROTOCOL_BOOT if parsed.protocol is None else parsed.protocol,
        scope=parsed.default_scope(deleting=False) if parsed.scope is None else parsed.scope, tos=parsed.tos,
        mtu=parsed.mtu,
        mtu_locked=parsed.mtu_locked, advmss=parsed.advmss, metrics=parsed.metrics, nhid=parsed.nhid or None,
        preference=parsed.preference,
        expires_seconds=parsed.expires_seconds, verb=verb,
    )  # fmt: skip


def delete_route(request: Request) -> DeleteRoute:
    parsed = _parse(request)
    assert parsed.destination is not None
    return DeleteRoute(
        destination=parsed.destination, hops=parsed.hops(), kind=parsed.kind or "unicast", source=parsed.source,
        metric=parsed.metric,
        table=parsed.table_number(),
        protocol=parsed.protocol or None,
        scope=parsed.default_scope(deleting=True) if parsed.scope is None else parsed.scope, tos=parsed.tos,
        mtu=parsed.mtu,
        mtu_locked=parsed.mtu_locked, advmss=parsed.advmss, metrics=parsed.metrics, nhid=parsed.nhid or None,
        preference=parsed.preference,
    )  # fmt: skip


def _parse(request: Request) -> _RouteArgs:
    parsed = _RouteArgs(RouteNames(request.process.files), request.options.family)
    for arg in request.args:
        if arg == "nexthop":
            request.args.back()
            break
        if found := lookup(arg, _KEYWORDS.items()):
            found[1](request, parsed)
        else:
            _destination(request, parsed, arg)
    if parsed.destination is None:
        raise usage("ip-route")
    parsed.family = parsed.family or 4
    if parsed.everything:
        parsed.destination = DEFAULT6 if parsed.family == 6 else DEFAULT4
    if parsed.device is not None:
        parsed.device = find(request.network, parsed.device).name
    _nexthops(request, parsed)
    return parsed


def _destination(request: Request, parsed: _RouteArgs, arg: str) -> None:
    """A kind of route, perhaps, and the prefix."""
    args = request.args
    if arg == "to":
        arg = args.next_arg()
    kind = kind_named(arg) if not is_digits(arg[:1]) else None
    if kind is not None:
        parsed.kind = kind
        arg = args.next_arg()
    if matches(arg, "help"):
        raise usage("ip-route")
    if parsed.destination is not None:
        raise duparg2("to", arg)
    prefix = get_prefix(arg, parsed.family)
    parsed.family = parsed.family or prefix.version
    parsed.everything = prefix.everything
    parsed.destination = Prefix(prefix.address, prefix.length)


# --- one function a keyword -------------------------------------------------------------------------------------------


def _source(request: Request, parsed: _RouteArgs) -> None:
    parsed.source = get_addr(request.args.next_arg(), parsed.family)
    parsed.family = parsed.family or parsed.source.version


def _via(request: Request, parsed: _RouteArgs) -> None:
    if parsed.via is not None:
        raise invarg("use nexthop syntax to specify multiple via\n", "via")
    parsed.via = _gateway(request, parsed)


def _gateway(request: Request, parsed: _RouteArgs) -> Address:
    family = read_family(request) or parsed.family
    via = get_addr(request.args.next_arg(), family)
    parsed.family = parsed.family or via.version
    return via


def _tos(request: Request, parsed: _RouteArgs) -> None:
    parsed.tos = valid(service_number(arg := request.args.next_arg()), '"tos" value is invalid\n', arg)


def _metric(request: Request, parsed: _RouteArgs) -> None:
    parsed.metric = valid(number(arg := request.args.next_arg()), '"metric" value is invalid\n', arg)


def _scope(request: Request, parsed: _RouteArgs) -> None:
    parsed.scope = valid(scope_number(arg := request.args.next_arg()), 'invalid "scope" value\n', arg)


def _mtu(request: Request, parsed: _RouteArgs) -> None:
    arg = request.args.next_arg()
    if arg == "lock":
        parsed.mtu_locked = True
        arg = request.args.next_arg()
    parsed.mtu = valid(number(arg), '"mtu" value is invalid\n', arg)


def _advmss(request: Request, parsed: _RouteArgs) -> None:
    arg, parsed.metrics = locked(request, parsed.metrics, "advmss")
    parsed.advmss = valid(number(arg), '"mss" value is invalid\n', arg)


def _metric_named(name: str) -> Callable[[Request, _RouteArgs], None]:
    def read(request: Request, parsed: _RouteArgs) -> None:
        parsed.metrics = READERS[name](request, parsed.metrics)

    return read


def _nhid(request: Request, parsed: _RouteArgs) -> None:
    parsed.nhid = valid(number(arg := request.args.next_arg()), '"id" value is invalid\n', arg)


def _onlink(_: Request, parsed: _RouteArgs) -> None:
    parsed.onlink = True


def _protocol(request: Request, parsed: _RouteArgs) -> None:
    parsed.protocol = valid(protocol_number(arg := request.args.next_arg()), '"protocol" value is invalid\n', arg)


def _table(request: Request, parsed: _RouteArgs) -> None:
    parsed.table = valid(parsed.names.table_number(arg := request.args.next_arg()), '"table" value is invalid\n', arg)


def _vrf(request: Request, parsed: _RouteArgs) -> None:
    parsed.table = valid(vrf_table(request.network, arg := request.args.next_arg()), "Invalid VRF\n", arg)


def _device(request: Request, parsed: _RouteArgs) -> None:
    parsed.device = request.args.next_arg()


def _pref(request: Request, parsed: _RouteArgs) -> None:
    arg = request.args.next_arg()
    if arg not in ("low", "medium", "high"):
        raise invarg('"pref" value is invalid\n', arg)
    parsed.preference = arg


def _expires(request: Request, parsed: _RouteArgs) -> None:
    parsed.expires_seconds = valid(number(arg := request.args.next_arg()), '"expires" value is invalid\n', arg)


#: Keywords in the order of lookup().
_KEYWORDS: Final[dict[str, Callable[[Request, _RouteArgs], None]]] = {
    "src.": _source, "as.": not_modelled("ip route as"), "via.": _via, "from.": not_modelled("ip route from"),
    "tos.": _tos, "dsfield": _tos, "expires.": _expires, "metric": _metric, "priority": _metric, "preference.": _metric,
    "scope.": _scope, "mtu.": _mtu, "hoplimit.": _metric_named("hoplimit"), "advmss.": _advmss,
    "reordering": _metric_named("reordering"), "rtt.": _metric_named("rtt"),
    "rto_min.": _metric_named("rto_min"), "window": _metric_named("window"),
    "cwnd": _metric_named("cwnd"), "initcwnd": _metric_named("initcwnd"),
    "initrwnd": _metric_named("initrwnd"), "features": _metric_named("features"),
    "quickack": _metric_named("quickack"), "congctl": _metric_named("congctl"),
    "rttvar": _metric_named("rttvar"), "ssthresh": _metric_named("ssthresh"),
    "realms": not_modelled("ip route realms"), "onlink.": _onlink, "nhid.": _nhid,
    "protocol": _protocol, "table": _table, "vrf": _vrf, "dev.": _device, "oif.": _device,
    "pref": _pref, "encap.": not_modelled("ip route encap"), "ttl-propagate.": not_modelled("ip route ttl-propagate"),
    "fastopen_no_cookie": _metric_named("fastopen_no_cookie"),
}  # fmt: skip


# --- multipath --------------------------------------------------------------------------------------------------------


def _nexthops(request: Request, parsed: _RouteArgs) -> None:
    """parse_nexthops()"""
    for arg in request.args:
        if arg != "nexthop":
            raise Iproute2Error(255, f'Error: "nexthop" or end of line is expected instead of "{arg}"')
        if not request.args:
            raise Iproute2Error(255, 'Error: unexpected end of line after "nexthop"')
        parsed.nexthops.append(_nexthop(request, parsed))


def _nexthop(request: Request, parsed: _RouteArgs) -> Hop:
    """parse_one_nh(): up to the first argument that it does not know."""
    hop = Hop()
    for arg in request.args:
        if arg == "via":
            hop = attrs.evolve(hop, via=_gateway(request, parsed))
        elif arg == "dev":
            hop = attrs.evolve(hop, device=_nexthop_device(request))
        elif arg == "weight":
            hop = attrs.evolve(hop, weight=_weight(request))
        elif arg == "onlink":
            hop = attrs.evolve(hop, onlink=True)
        elif arg in ("encap", "as") or matches(arg, "realms"):
            raise NotModelled(f"ip route nexthop {arg}")
        else:
            request.args.back()
            break
    return hop


def _nexthop_device(request: Request) -> str:
    try:
        return find(request.network, request.args.next_arg()).name
    except Iproute2Error as error:
        if error.status == 1:
            raise Iproute2Error(255, f"{error}\nError: cannot parse nexthop") from None
        raise


def _weight(request: Request) -> int:
    arg = request.args.next_arg()
    weight = number(arg)
    if weight is None or not 1 <= weight <= 256:
        raise invarg('"weight" is invalid\n', arg)
    return weight
