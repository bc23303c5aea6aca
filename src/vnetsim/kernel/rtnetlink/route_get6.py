"""`ip -6 route get`: the route of an IPv6 packet, without sending one (net/ipv6/route.c: inet6_rtm_getroute).

    route_get(namespace, destination, source=..., iif=..., oif=..., mark=..., tos=..., fibmatch=...) -> RouteAnswer

It uses the tables that kernel.ipv6.route uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import LOOPBACK_INDEX, NO_TRANSPORT, FibResult, Flowi, Transport
from vnetsim.kernel.fib.semantics import observe
from vnetsim.observations import RouteAnswer
from vnetsim.wire.inet import ANY6, Address, IPv6

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace


def route_get(
    namespace: NetworkNamespace, destination: Address, *, source: Address | None = None, iif: str | None = None,
    oif: str | None = None, mark: int = 0, tos: int = 0, fibmatch: bool = False,
    transport: Transport = NO_TRANSPORT,
) -> RouteAnswer:  # fmt: skip
    """KernelError as the kernel's: no route (ENETUNREACH, ...), no such device."""
    assert isinstance(destination, IPv6)
    out = None if oif is None else namespace.device(oif)
    came_by = None if iif is None else namespace.device(iif)
    flow = Flowi(
        destination,
        source,
        oif=0 if out is None else out.index,
        iif=LOOPBACK_INDEX if came_by is None else came_by.index,
        mark=mark,
        tos=tos,
    )._replace(**transport._asdict())
    match = namespace.inet.fib6.lookup(flow)
    if match.error is not None or match.entry is None or match.hop is None:
        raise KernelError(match.error or Errno.ENETUNREACH)
    if fibmatch:
        shown = attrs.evolve(observe(match.entry, namespace.inet.devices6), table=match.table)
        return RouteAnswer(destination=destination, matched=shown)
    answer = _answer(namespace, destination, match)
    answer = attrs.evolve(answer, from_=source or ANY6, iif=iif)
    if came_by is None:
        answer = attrs.evolve(answer, source=namespace.ip6.routes.source_for(match, destination))
    return _with_exception(namespace, match, answer)


def _answer(namespace: NetworkNamespace, destination: IPv6, match: FibResult) -> RouteAnswer:
    assert match.entry is not None
    assert match.hop is not None
    entry, device = match.entry, namespace.by_index[match.hop.index]
    own = entry.kind in ("local", "anycast")
    return RouteAnswer(
        destination=destination, kind=entry.kind, via=None if destination.is_multicast else match.hop.via,
        device="lo" if own else device.name, table=entry.table, metric=entry.metric, protocol=entry.protocol, uid=None,
        mtu=entry.mtu, mtu_locked=entry.mtu_locked, advmss=entry.advmss, metrics=entry.metrics,
        preference=entry.preference or "medium",
    )  # fmt: skip


def _with_exception(namespace: NetworkNamespace, match: FibResult, answer: RouteAnswer) -> RouteAnswer:
    """The exception of the destination that has not expired."""
    known = match.exceptions.get(answer.destination)
    if known is None:
        return answer
    now = namespace.host.engine.now()
    if known.mtu is not None and now < known.mtu_until:
        answer = attrs.evolve(answer, mtu=known.mtu, expires_seconds=(known.mtu_until - now) // SECOND)
    if known.gateway is not None and now < known.gateway_until:
        seconds = (known.gateway_until - now) // SECOND
        answer = attrs.evolve(answer, via=known.gateway, expires_seconds=seconds)
    return answer
