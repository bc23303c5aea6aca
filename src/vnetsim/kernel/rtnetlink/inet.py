"""Requests about addresses, routes and rules (net/ipv4/devinet.c, fib_frontend.c; net/ipv6/addrconf.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib import semantics as routing
from vnetsim.kernel.fib.info import NO_TRANSPORT, Transport
from vnetsim.kernel.netdev.inetdevice import Ifa4
from vnetsim.kernel.rtnetlink import inet6 as inet6_netlink
from vnetsim.kernel.rtnetlink import route_get as route_query
from vnetsim.kernel.rtnetlink import route_get6 as route_query6
from vnetsim.observations import AddressEntry, Route, RouteAnswer, RoutingRule
from vnetsim.operations import AddAddress, AddPolicyRule, AddRoute, DeleteAddress, DeletePolicyRule, DeleteRoute, Verb
from vnetsim.wire.inet import Address, IPv4, IPv6, Prefix

if TYPE_CHECKING:
    from vnetsim.kernel.fib.family import FamilyDevices
    from vnetsim.kernel.fib.tables import Fib
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

_SCOPES: Final = frozenset({0, 253, 254})
_IFNAMSIZ: Final = 16


# --- addresses ------------------------------------------------------------------------------------------------------


def add_address(namespace: NetworkNamespace, request: AddAddress) -> None:
    device = namespace.device(request.device)
    if isinstance(request.interface.address, IPv6):
        inet6_netlink.add_address(device, request, request.interface.address)
        return
    _check_address4(request)
    namespace.sysctls.keep4(device.name)
    known = next((ifa for ifa in device.ip.addresses if _is_same(ifa, request)), None)
    if known is None:
        _insert4(namespace, device, request)
    elif request.verb is Verb.ADD:
        raise KernelError(Errno.EEXIST, "ipv4: Address already assigned")
    else:
        _update4(namespace, device, known, request)


def _check_address4(request: AddAddress) -> None:
    if request.scope is not None and request.scope not in _SCOPES:
        raise KernelError(Errno.EINVAL, "ipv4: Invalid scope value")
    if request.label is not None and len(request.label) >= _IFNAMSIZ:
        raise KernelError(Errno.ERANGE, "Attribute failed policy validation")


def _is_same(ifa: Ifa4, request: AddAddress) -> bool:
    peer = request.peer or request.interface.address
    return ifa.local == request.interface.address and ifa.length == request.interface.length and peer in ifa.network


def _insert4(namespace: NetworkNamespace, device: Device, request: AddAddress) -> None:
    address = request.interface.address
    assert isinstance(address, IPv4)
    if not address:
        return
    peer = request.peer
    assert peer is None or isinstance(peer, IPv4)
    broadcast = request.broadcast
    assert broadcast is None or isinstance(broadcast, IPv4)
    ifa = Ifa4(
        address, request.interface.length, peer=None if peer == address else peer, broadcast=broadcast,
        scope=request.scope or 0, label=request.label or device.name, noprefixroute="noprefixroute" in request.flags,
        autojoin="autojoin" in request.flags,
        metric=request.metric, valid_seconds=request.valid_seconds, preferred_seconds=request.preferred_seconds,
    )  # fmt: skip
    if ifa.autojoin:
        namespace.igmp.autojoin(device, ifa.destination)
    namespace.inet.insert(device, ifa)


def _update4(namespace: NetworkNamespace, device: Device, ifa: Ifa4, request: AddAddress) -> None:
    """`ip addr change`: set lifetimes, metric and flags, the missing ones to their defaults."""
    metric = request.metric
    if ifa.metric != metric or ifa.noprefixroute != ("noprefixroute" in request.flags):
        namespace.inet.remove(device, ifa)
        ifa.secondary = False
        ifa.metric, ifa.noprefixroute = metric, "noprefixroute" in request.flags
        namespace.inet.insert(device, ifa)
    ifa.valid_seconds, ifa.preferred_seconds = request.valid_seconds, request.preferred_seconds
    namespace.inet.modified(device, ifa)


def delete_address(namespace: NetworkNamespace, request: DeleteAddress) -> None:
    device = namespace.device(request.device)
    address = request.interface.address
    if isinstance(address, IPv6):
        inet6_netlink.delete_address(device, request, address)
        return
    found = next((ifa for ifa in device.ip.addresses if _is_meant(ifa, request)), None)
    if found is None:
        raise KernelError(Errno.EADDRNOTAVAIL, "ipv4: Address not found")
    if found.destination.is_multicast:
        namespace.igmp.autoleave(device, found.destination)
    namespace.inet.remove(device, found)


def _is_meant(ifa: Ifa4, request: DeleteAddress) -> bool:
    if ifa.local != request.interface.address or (request.label is not None and ifa.label != request.label):
        return False
    peer = request.peer or request.interface.address
    return request.wildcard or (ifa.length == request.interface.length and peer in ifa.network)


def dump_addresses(namespace: NetworkNamespace) -> list[AddressEntry]:
    """Device by device, IPv4 before IPv6."""
    entries: list[AddressEntry] = []
    for device in namespace.devices():
        entries += namespace.inet.devices.addresses_of(device.index)
        entries += namespace.inet.devices6.addresses_of(device.index)
    return entries


# --- routes and rules -----------------------------------------------------------------------------------------------


def _fib(namespace: NetworkNamespace, version: int) -> Fib:
    return namespace.inet.fib if version == 4 else namespace.inet.fib6


def _tables(namespace: NetworkNamespace, version: int) -> tuple[Fib, FamilyDevices]:
    return _fib(namespace, version), namespace.inet.devices if version == 4 else namespace.inet.devices6


def add_route(namespace: NetworkNamespace, request: AddRoute) -> None:
    now = namespace.host.engine.now()
    ipv6 = _tables(namespace, 6)
    entry = routing.add_route(*_tables(namespace, request.destination.version), request, now, ipv6, namespace.nexthops)
    if entry.expires is not None:
        namespace.addrconf.expect_routes_to_end()
    namespace.rt_cache_flush()


def delete_route(namespace: NetworkNamespace, request: DeleteRoute) -> None:
    routing.delete_route(*_tables(namespace, request.destination.version), request)
    namespace.rt_cache_flush()


def add_rule(namespace: NetworkNamespace, request: AddPolicyRule) -> None:
    fib = _fib(namespace, request.version)
    rule = fib.rules.add(request)
    fib.touch()
    namespace.rt_cache_flush()
    if namespace.rtnl is not None:
        namespace.rtnl.rule(rule)


def delete_rule(namespace: NetworkNamespace, request: DeletePolicyRule) -> None:
    fib = _fib(namespace, request.version)
    rule = fib.rules.delete(request)
    fib.touch()
    namespace.rt_cache_flush()
    if namespace.rtnl is not None:
        namespace.rtnl.rule(rule, deleted=True)


def dump_routes(namespace: NetworkNamespace, version: int, table: int | None) -> list[Route]:
    return routing.routes(*_tables(namespace, version), table, namespace.host.engine.now())


def dump_route_cache(namespace: NetworkNamespace, version: int) -> list[Route]:
    """The exceptions of IPv6, as routes, the newest first (fib6_nh_dump_exceptions); IPv4's are not dumped."""
    if version == 4:
        return []
    fib, devices = _tables(namespace, version)
    now = namespace.host.engine.now()
    found: list[Route] = []
    for entry, hop, destination, known in reversed(fib.exceptions()):
        left = max(known.mtu_until, known.gateway_until) - now
        if left > 0:
            route = routing.observe(attrs.evolve(entry, hops=(hop,)), devices)
            to = Prefix(destination, destination.bits)
            found.append(attrs.evolve(route, destination=to, mtu=known.mtu, expires_seconds=left // SECOND))
    return found


def flush_route_cache(namespace: NetworkNamespace, version: int) -> None:
    _fib(namespace, version).flush_exceptions()
    namespace.rt_cache_flush()


def dump_rules(namespace: NetworkNamespace, version: int) -> list[RoutingRule]:
    return _fib(namespace, version).rules.dump()


def route_get(
    namespace: NetworkNamespace, destination: Address, source: Address | None, iif: str | None, oif: str | None,
    mark: int, tos: int, fibmatch: bool, transport: tuple[int, int | None, int | None] | None,
) -> RouteAnswer:  # fmt: skip
    route_get = route_query.route_get if destination.version == 4 else route_query6.route_get
    return route_get(
        namespace, destination, source=source, iif=iif, oif=oif, mark=mark, tos=tos, fibmatch=fibmatch,
        transport=NO_TRANSPORT if transport is None else Transport(*transport),
    )  # fmt: skip
