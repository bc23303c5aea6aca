"""`ip route get`: the route of a packet, without sending one (net/ipv4/route.c: inet_rtm_getroute).

    route_get(namespace, destination, source=..., iif=..., oif=..., mark=..., tos=..., fibmatch=...) -> RouteAnswer

kernel.ipv4.route decides, as for real packets.  Not modelled: multicast routing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

import attrs

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import LOCAL, LOOPBACK_INDEX, MAIN, NO_TRANSPORT, FibResult, Flowi, Transport
from vnetsim.kernel.fib.semantics import observe
from vnetsim.observations import RouteAnswer
from vnetsim.operations.route import NO_METRICS, RouteMetrics
from vnetsim.wire.inet import ANY4, BROADCAST4, LOOPBACK4, Address, IPv4
from vnetsim.wire.ipv4 import UDP, Packet

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.rtable import Rtable
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

_ALL_SYSTEMS: Final = IPv4.parse("224.0.0.1")

#: The error for a packet that would be dropped for this reason.
_REFUSALS: Final = {
    DropReason.IP_INADDRERRORS: Errno.EHOSTUNREACH,
    DropReason.IP_INNOROUTES: Errno.ENETUNREACH,
    DropReason.ROUTE_UNREACHABLE: Errno.EHOSTUNREACH,
    DropReason.ROUTE_PROHIBIT: Errno.EACCES,
}


class _Metrics(TypedDict):
    tos: int
    mtu: int | None
    mtu_locked: bool
    advmss: int | None
    metrics: RouteMetrics


def route_get(
    namespace: NetworkNamespace, destination: Address, *, source: Address | None = None, iif: str | None = None,
    oif: str | None = None, mark: int = 0, tos: int = 0, fibmatch: bool = False,
    transport: Transport = NO_TRANSPORT,
) -> RouteAnswer:  # fmt: skip
    """KernelError as the kernel's: no route (ENETUNREACH, ...), no such device, an invalid source."""
    assert isinstance(destination, IPv4)
    assert source is None or isinstance(source, IPv4)
    out = None if oif is None else namespace.device(oif)
    came_by = None if iif is None else namespace.device(iif)
    if fibmatch:
        flow = Flowi(
            destination,
            source,
            oif=0 if out is None else out.index,
            iif=LOOPBACK_INDEX if came_by is None else came_by.index,
            mark=mark,
            tos=tos,
        )._replace(**transport._asdict())
        return _matched(namespace, flow)
    if came_by is not None:
        return _input(namespace, destination, source or ANY4, came_by, mark, tos, transport)
    return _output(namespace, destination, source or None, out, mark, tos, transport)


def _matched(namespace: NetworkNamespace, flow: Flowi) -> RouteAnswer:
    """The route itself, as its table has it."""
    match = namespace.inet.fib.lookup(flow)
    if match.error is not None or match.entry is None:
        raise KernelError(match.error or Errno.EHOSTUNREACH)
    shown = attrs.evolve(observe(match.entry, namespace.inet.devices), table=match.table)
    return RouteAnswer(destination=flow.destination, matched=shown)


# --- what this host would send ---------------------------------------------------------------------------------------


def _output(
    namespace: NetworkNamespace, destination: IPv4, source: IPv4 | None, out: Device | None, mark: int, tos: int,
    transport: Transport,
) -> RouteAnswer:  # fmt: skip
    if source is not None and not source.is_multicast and not namespace.inet.has_address(source):
        raise KernelError(Errno.ENETUNREACH)
    if not destination:
        return _to_oneself(source, mark)
    route = namespace.ip.routes.output(destination, source, out, mark, tos, transport)
    assert route.device is not None
    answer = RouteAnswer(
        destination=destination, kind=_kind(destination, route), from_=source, via=route.gateway,
        device=route.device.name, source=None if source else route.source or None,
        table=_table(route.match), mark=mark or None, cache=_cache(destination, route),
        offload_failed=destination.is_multicast, **_metrics(route),
    )  # fmt: skip
    return _with_exception(namespace, route, answer)


def _metrics(route: Rtable) -> _Metrics:
    """The tos and the metrics of the route; what is for this host by no route of the tables has none."""
    entry = None if route.match is None else route.match.entry
    return {
        "mtu": route.mtu, "mtu_locked": route.mtu_locked, "advmss": None if entry is None else entry.advmss,
        "tos": 0 if entry is None else entry.tos,
        "metrics": NO_METRICS if entry is None else entry.metrics,
    }  # fmt: skip


def _to_oneself(source: IPv4 | None, mark: int) -> RouteAnswer:
    """0.0.0.0 is this host."""
    return RouteAnswer(
        destination=ANY4, kind="local", from_=source, device="lo", source=None if source else LOOPBACK4,
        mark=mark or None, cache=("local",),
    )  # fmt: skip


def _kind(destination: IPv4, route: Rtable) -> str:
    if destination == BROADCAST4 or route.is_broadcast:
        return "broadcast"
    if destination.is_multicast:
        return "multicast"
    return "local" if _is_kind(route.match, "local") else "unicast"


def _cache(destination: IPv4, route: Rtable) -> tuple[str, ...]:
    """The flags of the route, in iproute2's order."""
    if destination.is_multicast:
        return ("local", "mc") if destination == _ALL_SYSTEMS else ("mc",)
    if _kind(destination, route) == "broadcast":
        return ("local", "brd")
    out = route.device
    loops = out is not None and (out.link_type == "loopback" or (out.l3mdev is out and _is_kind(route.match, "local")))
    return ("local",) if loops else ()


def _is_kind(match: FibResult | None, kind: str) -> bool:
    return match is not None and match.entry is not None and match.entry.kind == kind


def _table(match: FibResult | None) -> int:
    return MAIN if match is None else match.table


def _with_exception(namespace: NetworkNamespace, route: Rtable, answer: RouteAnswer) -> RouteAnswer:
    """The exception of the destination that has not expired."""
    known = namespace.ip.routes.exception(IPv4(answer.destination), route.match)
    if known is None:
        return answer
    now = namespace.host.engine.now()
    if known.mtu is not None and now < known.mtu_until:
        seconds = (known.mtu_until - now) // SECOND
        answer = attrs.evolve(answer, mtu=known.mtu, mtu_locked=known.mtu_locked, expires_seconds=seconds)
    if known.gateway is not None and now < known.gateway_until:
        seconds = (known.gateway_until - now) // SECOND
        answer = attrs.evolve(answer, cache=(*answer.cache, "redirected"), expires_seconds=seconds)
    return answer


# --- what would come in ----------------------------------------------------------------------------------------------


def _input(
    namespace: NetworkNamespace, destination: IPv4, source: IPv4, device: Device, mark: int, tos: int,
    transport: Transport,
) -> RouteAnswer:  # fmt: skip
    packet = Packet.build(source, destination, UDP, b"", tos=tos)
    route = namespace.ip.routes.input(packet, device, mark, transport)
    if route.device is None:
        raise KernelError(
            _REFUSALS.get(route.reason or DropReason.IP_INNOROUTES, Errno.EINVAL) if destination else Errno.EINVAL
        )
    kind = _kind_of_input(namespace, destination, route)
    redirect = ("redirect",) if route.redirect_to is not None else ()
    return RouteAnswer(
        destination=destination, kind=kind, from_=source, via=route.gateway,
        device=_out_of(namespace, route), iif=device.name, table=_table(route.match),
        mark=mark or None, uid=None, cache=_INPUT_CACHE.get(kind, redirect), offload_failed=kind == "multicast",
        **_metrics(route),
    )  # fmt: skip


def _out_of(namespace: NetworkNamespace, route: Rtable) -> str | None:
    """What is for this host is by lo, or by its VRF (ip_rt_get_dev)."""
    if not route.is_local:
        return None if route.device is None else route.device.name
    return "lo" if route.match is None else namespace.ip.routes.loopback_of(route.match).name


#: The flags of what is for this host.
_INPUT_CACHE: Final = {"local": ("local",), "broadcast": ("local", "brd"), "multicast": ("local", "mc")}


def _kind_of_input(namespace: NetworkNamespace, destination: IPv4, route: Rtable) -> str:
    if not route.is_local:
        return "unicast"
    table = None if route.device is None else route.device.l3_table
    return namespace.inet.fib.address_type(destination, table=table or LOCAL)
