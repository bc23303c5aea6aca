"""Routes as netlink adds, deletes and dumps them (net/ipv4/fib_frontend.c, fib_semantics.c, net/ipv6/route.c).

    add_route(fib, devices, AddRoute) / delete_route(fib, devices, DeleteRoute)    # KernelError as the kernel refuses
    routes(fib, devices, table) -> list[observations.Route]
    select_source(devices, index, towards, scope) / source_of(match, select)       # which address a packet is sent with

`Devices` is what routing needs of the devices of its namespace; kernel.fib.family implements it.

Not modelled: encapsulation.  kernel.fib.nexthop has nexthop objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from vnetsim import observations
from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import (
    ECN_MASK,
    ERRORS,
    HOST,
    LINK,
    LOCAL,
    LOOPBACK_INDEX,
    MAIN,
    NOWHERE,
    UNIVERSE,
    FibConfig,
    FibEntry,
    FibNexthop,
    FibResult,
    Flowi,
    HopPattern,
)
from vnetsim.kernel.fib.tables import Fib
from vnetsim.operations.route import NO_METRICS, AddRoute, DeleteRoute, RouteMetrics
from vnetsim.operations.route import Hop as HopRequest
from vnetsim.wire.inet import Address, IPv4, IPv6, Prefix

if TYPE_CHECKING:
    from vnetsim.kernel.fib.nexthop import Nexthops

#: Kinds of routes that lead somewhere, and the nearest scope they may have (fib_props).
_NEAREST: Final = {
    "unicast": UNIVERSE, "local": HOST, "broadcast": LINK, "anycast": LINK, "multicast": UNIVERSE, "nat": NOWHERE,
    "xresolve": NOWHERE,
}  # fmt: skip
#: The scope that `ip route` gives to kinds that have one of their own.
_SCOPE_OF_KIND: Final = {"local": HOST, "nat": HOST, "broadcast": LINK, "multicast": LINK, "anycast": LINK}

_BOOT: Final = 3  # RTPROT_BOOT: added by a user
_METRIC6: Final = 1024  # IP6_RT_PRIO_USER
_LONGEST_MTU: Final = 65535 - 15
_LARGEST_MSS: Final = 65535 - 40


class Devices(Protocol):
    """The devices of a namespace, by index, as far as the routing of one address family is concerned with them."""

    def index_of(self, name: str) -> int | None: ...
    def name_of(self, index: int) -> str: ...
    def indexes(self) -> Sequence[int]:
        """In ascending order."""

    def is_up(self, index: int) -> bool:
        """Administratively; False for an unknown index."""

    def has_carrier(self, index: int) -> bool: ...
    def is_disabled(self, index: int) -> bool:
        """Whether it does without this family."""

    def is_loopback(self, index: int) -> bool: ...
    def l3_table(self, index: int) -> int | None:
        """The table of its VRF."""

    def is_l3_master(self, index: int) -> bool:
        """Whether it is a VRF itself."""

    def addresses_of(self, index: int) -> Sequence[observations.AddressEntry]:
        """Of this family, in the kernel's order."""

    def ignores_linkdown(self, index: int) -> bool:
        """ignore_routes_with_linkdown."""

    def routes_localnet(self, index: int) -> bool:
        """route_localnet (IPv4)."""

    def forwards(self, index: int) -> bool:
        """forwarding."""


def _refused(errno: Errno, message: str | None = None) -> KernelError:
    return KernelError(errno, message)


# --- requests for routes ---------------------------------------------------------------------------------------------


def add_route(
    fib: Fib, devices: Devices, operation: AddRoute, now: int = 0, ipv6: tuple[Fib, Devices] | None = None,
    nexthops: Nexthops | None = None,
) -> FibEntry:  # fmt: skip
    """`ip route add|change|replace|append|prepend`: KernelError as the kernel refuses.

    `ipv6`: where IPv4 routes look for gateways that are IPv6 addresses (RFC 5549).
    """
    _check_tos(fib.version, operation.tos)
    fib.new_table(operation.table)
    entry = (
        _entry6(fib, devices, operation, now, nexthops)
        if fib.version == 6
        else _entry4(fib, devices, operation, ipv6, nexthops)
    )
    fib.insert(entry, operation.verb)
    return entry


def delete_route(fib: Fib, devices: Devices, operation: DeleteRoute) -> FibEntry:
    """`ip route del`: the first route that matches; KernelError(ESRCH) if there is none.

    IPv6 looks at destination, device, gateway, protocol and metric only (ip6_route_del).
    """
    _check_tos(fib.version, operation.tos)
    hops = tuple(_hop_pattern(devices, hop, alone=len(operation.hops) == 1) for hop in operation.hops)
    if fib.version == 6:
        return fib.delete(
            FibConfig(
                destination=_destination(operation.destination),
                table=operation.table,
                hops=hops,
                protocol=operation.protocol,
                metric=operation.metric,
                nhid=operation.nhid,
            )
        )
    scope = operation.scope if operation.scope is not None else _SCOPE_OF_KIND.get(operation.kind)
    return fib.delete(
        FibConfig(
            destination=_destination(operation.destination), table=operation.table, tos=operation.tos, hops=hops,
            kind=None if operation.kind == "unicast" else operation.kind, scope=scope,
            source=operation.source, protocol=operation.protocol, metric=operation.metric, mtu=operation.mtu,
            mtu_locked=operation.mtu_locked, advmss=operation.advmss, metrics=operation.metrics, nhid=operation.nhid,
        )
    )  # fmt: skip


def _check_tos(version: int, tos: int) -> None:
    """rtm_to_fib_config and rtm_to_fib6_config."""
    if tos and version == 6:
        raise _refused(Errno.EINVAL, "Invalid dsfield (tos): option not available for IPv6")
    if tos & ECN_MASK:
        raise _refused(Errno.EINVAL, "Invalid dsfield (tos): ECN bits must be 0")


def _hop_pattern(devices: Devices, request: HopRequest, *, alone: bool) -> HopPattern:
    """Weights are compared only if several hops are given, and then not that of a hop with the least."""
    return HopPattern(
        index=_index(devices, request.device) or None,
        via=request.via,
        weight=None if alone or request.weight == 1 else request.weight,
    )


def _destination(prefix: Prefix) -> Prefix:
    """IPv6 cuts off what is behind the length, IPv4 refuses it."""
    network = Prefix.of(prefix.address, prefix.length)
    if network != prefix and prefix.version == 4:
        raise _refused(Errno.EINVAL, "Invalid prefix for given prefix length")
    return network


def _index(devices: Devices, name: str | None) -> int:
    """0 without a device; KernelError(ENODEV) for an unknown one."""
    index = 0 if name is None else devices.index_of(name)
    if index is None:
        raise _refused(Errno.ENODEV)
    return index


def _entry4(
    fib: Fib, devices: Devices, operation: AddRoute, ipv6: tuple[Fib, Devices] | None, nexthops: Nexthops | None
) -> FibEntry:
    """fib_create_info."""
    entry = FibEntry(
        destination=_destination(operation.destination), kind=operation.kind, asked_kind=operation.kind,
        source=operation.source,
        metric=operation.metric or 0, tos=operation.tos, table=operation.table, scope=_scope(operation),
        protocol=_BOOT if operation.protocol is None else operation.protocol,
        mtu=_at_most(operation.mtu or None, _LONGEST_MTU), mtu_locked=operation.mtu_locked,
        advmss=_at_most(operation.advmss or None, _LARGEST_MSS), metrics=_metrics(operation.metrics),
    )  # fmt: skip
    if _NEAREST.get(entry.kind, UNIVERSE) > entry.scope:
        raise _refused(Errno.EINVAL, "Invalid scope")
    if operation.nhid:
        _by_nexthop(entry, operation, nexthops)
        return _checked_source(fib, entry)
    if entry.kind in ERRORS:
        if operation.hops:
            raise _refused(Errno.EINVAL, "Gateway, device and multipath can not be specified for this route type")
        return entry
    if entry.kind not in _NEAREST:
        raise _refused(Errno.EINVAL, "Invalid route type")
    if entry.scope > HOST:
        raise _refused(Errno.EINVAL, "Invalid scope")
    request = operation.hops or (HopRequest(),)
    if entry.scope == HOST:
        entry.hops = (_host_hop(devices, request),)
    else:
        entry.hops = tuple(checked_hop(fib, devices, hop, entry, ipv6) for hop in request)
    return _checked_source(fib, entry)


def _checked_source(fib: Fib, entry: FibEntry) -> FibEntry:
    if entry.source is not None and not _may_send_with(fib, entry):
        raise _refused(Errno.EINVAL, "Invalid prefsrc address")
    return entry


def _by_nexthop(entry: FibEntry, operation: AddRoute, nexthops: Nexthops | None) -> None:
    """The hops of a nexthop object."""
    from vnetsim.kernel.fib.nexthop import check_nexthop, lead  # noqa: PLC0415 -- most networks have none

    assert operation.nhid is not None
    if operation.hops:
        raise _refused(Errno.EINVAL, "Nexthop specification and nexthop id are mutually exclusive")
    found = None if nexthops is None else nexthops.find(operation.nhid)
    lead(entry, check_nexthop(found, entry.destination.version, entry.scope))


def _metrics(metrics: RouteMetrics) -> RouteMetrics:
    if metrics is NO_METRICS or metrics == NO_METRICS:
        return NO_METRICS
    from vnetsim.kernel.fib.metrics import checked_metrics  # noqa: PLC0415 -- few routes have metrics

    return checked_metrics(metrics)


def _scope(operation: AddRoute) -> int:
    """As given, or the default of `ip route`: link without a gateway."""
    if operation.scope is not None:
        return operation.scope
    if operation.kind in ERRORS or operation.nhid:
        return UNIVERSE
    nearby = not any(hop.via for hop in operation.hops) and len(operation.hops) < 2
    return _SCOPE_OF_KIND.get(operation.kind, LINK if nearby else UNIVERSE)


def _at_most(value: int | None, limit: int) -> int | None:
    return None if value is None else min(value, limit)


def _host_hop(devices: Devices, request: tuple[HopRequest, ...]) -> FibNexthop:
    """The only hop of a route whose destination is this host."""
    if len(request) > 1:
        raise _refused(Errno.EINVAL, "Route with host scope can not have multiple nexthops")
    if request[0].via is not None:
        raise _refused(Errno.EINVAL, "Route with host scope can not have a gateway")
    index = _index(devices, request[0].device)
    if not index:
        raise _refused(Errno.ENODEV)
    return FibNexthop(index=index, weight=request[0].weight, scope=NOWHERE)


def checked_hop(
    fib: Fib, devices: Devices, request: HopRequest, entry: FibEntry, ipv6: tuple[Fib, Devices] | None
) -> FibNexthop:
    """fib_check_nh."""
    if isinstance(request.via, IPv6):
        assert ipv6 is not None
        return _checked_gateway6(*ipv6, request, entry.table)
    hop = FibNexthop(
        index=_index(devices, request.device), via=request.via, weight=request.weight, onlink=request.onlink
    )
    if request.via is None:
        _check_device(devices, hop)
    elif request.onlink:
        _check_onlink(fib, devices, hop, request.via, entry.scope)
    else:
        _check_gateway(fib, devices, hop, request.via, entry)
    hop.linkdown = not devices.has_carrier(hop.index)
    return hop


def _check_device(devices: Devices, hop: FibNexthop) -> None:
    if hop.onlink:
        raise _refused(Errno.EINVAL, "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set")
    if not hop.index:
        raise _refused(Errno.ENODEV)
    if not devices.is_up(hop.index):
        raise _refused(Errno.ENETDOWN, "Device for nexthop is not up")
    hop.scope = HOST


def _check_onlink(fib: Fib, devices: Devices, hop: FibNexthop, via: Address, scope: int) -> None:
    if scope >= LINK:
        raise _refused(Errno.EINVAL, "Nexthop has invalid scope")
    if not hop.index:
        raise _refused(Errno.ENODEV, "Nexthop device required for onlink")
    if not devices.is_up(hop.index):
        raise _refused(Errno.ENETDOWN, "Nexthop device is not up")
    if fib.address_type(via, table=devices.l3_table(hop.index) or LOCAL) != "unicast":
        raise _refused(Errno.EINVAL, "Nexthop has invalid gateway")
    hop.scope = LINK


def _check_gateway(fib: Fib, devices: Devices, hop: FibNexthop, via: Address, entry: FibEntry) -> None:
    """A gateway must itself be reached by a route of nearer scope."""
    flow = Flowi(via, oif=hop.index, scope=max(entry.scope + 1, LINK), without_carrier=True)
    found = fib.lookup_table(entry.table, flow) if entry.table != MAIN else None
    if found is None or found.error is not None:
        found = fib.lookup(flow)
    if found.entry is None or found.hop is None:
        raise _refused(found.error or Errno.ENETUNREACH, "Nexthop has invalid gateway")
    if found.entry.kind not in ("unicast", "local"):
        raise _refused(Errno.EINVAL, "Nexthop has invalid gateway")
    hop.index, hop.scope = found.hop.index, found.entry.scope
    if not devices.is_up(hop.index):
        raise _refused(Errno.ENETDOWN)


def _may_send_with(fib: Fib, entry: FibEntry) -> bool:
    """fib_valid_prefsrc: a source must be an address of this host, or just be becoming one."""
    source = entry.source
    assert source is not None
    if entry.kind == "local" and entry.destination.address == source:
        return True
    tables = [LOCAL] if entry.table == MAIN else [entry.table, LOCAL]
    return any(fib.has_table(table) and fib.address_type(source, table=table) == "local" for table in tables)


# --- IPv6 ------------------------------------------------------------------------------------------------------------


def _entry6(fib: Fib, devices: Devices, operation: AddRoute, now: int, nexthops: Nexthops | None) -> FibEntry:
    """ip6_route_info_create."""
    entry = FibEntry(
        destination=_destination(operation.destination), kind=operation.kind, asked_kind=operation.kind,
        source=operation.source,
        metric=operation.metric or _METRIC6, table=operation.table, mtu=operation.mtu,
        mtu_locked=operation.mtu_locked, advmss=operation.advmss, metrics=_metrics(operation.metrics),
        protocol=_BOOT if operation.protocol is None else operation.protocol,
        preference=operation.preference or "medium",
        expires=None if operation.expires_seconds is None else now + operation.expires_seconds * SECOND,
    )  # fmt: skip
    if operation.nhid:
        _by_nexthop(entry, operation, nexthops)
        return entry
    if entry.kind in ERRORS:
        entry.hops = (FibNexthop(index=LOOPBACK_INDEX),)
        return entry
    entry.hops = tuple(checked_hop6(fib, devices, hop, operation.table) for hop in operation.hops or (HopRequest(),))
    owned = {address.address for index in devices.indexes() for address in devices.addresses_of(index)}
    if entry.source is not None and entry.source not in owned:
        raise _refused(Errno.EINVAL, "Invalid source address")
    return entry


def checked_hop6(fib: Fib, devices: Devices, request: HopRequest, table: int = MAIN) -> FibNexthop:
    """fib6_nh_init."""
    hop = FibNexthop(
        index=_index(devices, request.device), via=request.via, weight=request.weight, onlink=request.onlink
    )
    if isinstance(request.via, IPv4):
        raise _refused(Errno.EINVAL, "IPv6 does not support RTA_VIA attribute")
    if hop.index and not devices.is_up(hop.index):
        raise _refused(Errno.ENETDOWN, "Nexthop device is not up")
    if isinstance(request.via, IPv6):
        hop.index = _gateway6(fib, devices, hop, request.via, table)
        if devices.is_loopback(hop.index):
            raise _refused(Errno.EINVAL, "Egress device can not be loopback device for this route")
    if not hop.index:
        raise _refused(Errno.ENODEV)
    if devices.is_disabled(hop.index):
        raise _refused(Errno.EACCES, "IPv6 is disabled on nexthop device")
    hop.linkdown = not devices.has_carrier(hop.index)
    return hop


def _checked_gateway6(fib: Fib, devices: Devices, request: HopRequest, table: int) -> FibNexthop:
    """fib_check_nh_v6_gw: by lo nothing is checked, as a route of IPv6 by it would reject."""
    index = _index(devices, request.device)
    if index and devices.is_loopback(index):
        return FibNexthop(index=index, via=request.via, weight=request.weight, onlink=request.onlink)
    return checked_hop6(fib, devices, request, table)


def _gateway6(fib: Fib, devices: Devices, hop: FibNexthop, via: IPv6, table: int) -> int:
    """ip6_validate_gw: the device by which the gateway is reached."""
    if any(address.address == via for index in devices.indexes() for address in devices.addresses_of(index)):
        raise _refused(Errno.EINVAL, "Gateway can not be a local address")
    if via.is_link_local or hop.onlink:
        if not hop.index:
            raise _refused(Errno.EINVAL, "Egress device not specified")
        return hop.index
    if via.is_multicast or not via:
        raise _refused(Errno.EINVAL, "Invalid gateway address")
    flow = Flowi(via, oif=hop.index, without_carrier=True)
    found = fib.lookup_table(table, flow)
    if found is None or found.hop is None or found.hop.via is not None:
        found = fib.lookup(flow)
    if found.hop is None or found.hop.via is not None:
        raise _refused(Errno.EHOSTUNREACH)
    return found.hop.index


# --- telling ---------------------------------------------------------------------------------------------------------


def routes(fib: Fib, devices: Devices, table: int | None = MAIN, now: int = 0) -> list[observations.Route]:
    """One table as the kernel dumps it, or all of them: KernelError(ENOENT) if there is none of that number."""
    return [observe(entry, devices, now) for entry in fib.dump(table)]


def observe(entry: FibEntry, devices: Devices, now: int = 0) -> observations.Route:
    """A route as `ip route` shows it."""
    version = entry.destination.version
    return observations.Route(
        destination=entry.destination, kind=entry.kind,
        hops=tuple(_observe_hop(hop, devices) for hop in entry.hops),
        source=entry.source, metric=entry.metric if version == 6 else entry.metric or None, table=entry.table,
        protocol=entry.protocol, scope=entry.scope, tos=entry.tos, mtu=entry.mtu, mtu_locked=entry.mtu_locked,
        advmss=entry.advmss, metrics=entry.metrics, nhid=entry.nhid,
        preference=(entry.preference or "medium") if version == 6 else None,
        expires_seconds=None if entry.expires is None else int((entry.expires - now) / SECOND),
    )  # fmt: skip


def _observe_hop(hop: FibNexthop, devices: Devices) -> observations.NextHop:
    dead = hop.dead or (hop.linkdown and devices.ignores_linkdown(hop.index))
    flags = {"dead": dead, "onlink": hop.onlink, "linkdown": hop.linkdown}
    return observations.NextHop(
        via=hop.via,
        device=devices.name_of(hop.index),
        weight=hop.weight,
        flags=tuple(name for name, is_set in flags.items() if is_set),
    )


# --- which address to send with --------------------------------------------------------------------------------------


def select_source(devices: Devices, index: int, towards: Address | None, scope: int) -> IPv4:
    """The IPv4 address that this host uses on a device (inet_select_addr): 0.0.0.0 if it has none.

    A primary one not of narrower `scope`, best in the subnet of `towards`; if the device has none, another device's.
    """
    widest = LINK if devices.routes_localnet(index) else HOST
    chosen: Address | None = None
    for known in devices.addresses_of(index):
        if "secondary" in known.flags or min(known.scope, widest) > scope:
            continue
        if towards is None or towards in Prefix.of(known.peer or known.address, known.length):
            return IPv4(known.address)
        chosen = chosen if chosen is not None else known.address
    return IPv4(chosen if chosen is not None else _any_source(devices, scope, devices.l3_table(index)))


def _any_source(devices: Devices, scope: int, table: int | None) -> Address:
    """lo comes first, so that its global addresses are preferred; in a VRF, that has the `table`, its device."""
    indexes = devices.indexes()
    if table is not None:
        indexes = sorted(
            (i for i in indexes if devices.l3_table(i) == table), key=lambda i: not devices.is_l3_master(i)
        )
    for index in indexes:
        for known in devices.addresses_of(index):
            if "secondary" not in known.flags and known.scope != LINK and known.scope <= scope:
                return known.address
    return IPv4(0)


def source_of(match: FibResult, select: Callable[[int, Address | None, int], Address]) -> Address:
    """fib_result_prefsrc: the source of a route, or the best one of its device.

    `select` is `select_source`, of the devices there are.
    """
    assert match.entry is not None
    if match.entry.source is not None:
        return match.entry.source
    if match.hop is None:
        return IPv4(0)
    return select(match.hop.index, match.hop.via, match.entry.scope)
