"""Addresses of IPv6 sockets and the links that they belong to (net/ipv6/af_inet6.c, datagram.c).

Addresses of IPv4 connections as these sockets know them: RFC 4291, 2.5.5.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.ipv6.source import LINK_LOCAL, scope_of
from vnetsim.wire.inet import ANY6, Address, IPv4, IPv6

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.ipv6.route import Routes6
    from vnetsim.kernel.netdev.device import Device


def needs_link(address: IPv6) -> bool:
    """Whether an address means something on one link only (__ipv6_addr_needs_scope_id)."""
    return scope_of(address) <= LINK_LOCAL and not address.is_loopback and bool(address)


def link_of(namespace: InetNetns, address: IPv6, zone: str | None, bound: Device | None) -> Device | None:
    """The device of a socket that names an address: KernelError(EINVAL) if a scope id is required and missing."""
    if not needs_link(address):
        return bound
    device = bound if zone is None else namespace.device(zone)
    if device is None or bound not in (None, device):
        raise KernelError(Errno.EINVAL)
    return device


def check_own(namespace: InetNetns, address: IPv6, device: Device | None) -> None:
    """KernelError(EADDRNOTAVAIL) unless it is this host's, on that device if it has to be, or any will do."""
    routes = namespace.ip6.routes
    if not address or address.is_multicast or namespace.sysctls.number("net/ipv6/ip_nonlocal_bind"):
        return
    if not (routes.is_local(address) if device is None else routes.has_on(device, address)):
        raise KernelError(Errno.EADDRNOTAVAIL)


def zone_of(routes: Routes6, address: IPv6, device: Device) -> str | None:
    """Link-local addresses have a meaning only together with their link; this host's own come by lo."""
    if not address.is_link_local:
        return None
    owner = routes.owner(address) if device.link_type == "loopback" else device
    return None if owner is None else owner.name


_MAPPED: Final = 0xFFFF_0000_0000


def mapped(address: Address, version: int) -> Address:
    """`::ffff:10.0.0.1` for a socket of version 6; 0.0.0.0 is ::, and what is of IPv6 stays."""
    if version == 4 or isinstance(address, IPv6):
        return address
    return IPv6(_MAPPED | address) if address else ANY6


def unmapped(address: Address) -> IPv4 | None:
    """The IPv4 address that an address means, None where it is one of IPv6."""
    if isinstance(address, IPv4):
        return address
    return IPv4(address & 0xFFFF_FFFF) if address >> 32 == 0xFFFF else None
