"""Requests about IPv6 addresses (net/ipv6/addrconf.c: inet6_rtm_newaddr, inet6_rtm_deladdr)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.ipv6.netns import inet_net
from vnetsim.kernel.ipv6.source import INTERFACE_LOCAL, LINK_LOCAL, SITE_LOCAL, scope_of
from vnetsim.kernel.netdev.inetdevice import Ifa6
from vnetsim.operations import AddAddress, DeleteAddress, Verb
from vnetsim.wire.inet import IPv6
from vnetsim.wire.ipv6 import MINIMUM_MTU

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

_SCOPE_HOST: Final = 254
#: Scopes in rtnetlink's numbers.
_SCOPES: Final = {INTERFACE_LOCAL: _SCOPE_HOST, LINK_LOCAL: 253, SITE_LOCAL: 200}


#: Flags that a request may have and that are not modelled: temporary addresses (RFC 8981), optimistic DAD (RFC 4429).
_REFUSED: Final = ("mngtmpaddr", "optimistic")


def add_address(device: Device, request: AddAddress, address: IPv6) -> None:
    for flag in _REFUSED:
        if flag in request.flags:
            raise NotModelled(f"{flag} addresses")
    _check(device, address)
    known = _find(device, address)
    if known is None:
        _insert(device, request, address)
    elif request.verb is Verb.ADD:
        raise KernelError(Errno.EEXIST, "ipv6: address already assigned")
    else:
        _change(device, known, request)


def _check(device: Device, address: IPv6) -> None:
    if device.mtu < MINIMUM_MTU:
        raise KernelError(Errno.EINVAL)
    if device.ip6.conf["disable_ipv6"]:
        raise KernelError(Errno.EACCES, "ipv6: IPv6 is disabled on this device")
    if not address:
        raise KernelError(Errno.EADDRNOTAVAIL, "ipv6: Invalid address")
    if address.is_loopback and device.link_type != "loopback" and device.l3mdev is not device:
        raise KernelError(Errno.EADDRNOTAVAIL, "ipv6: Cannot assign loopback address on this device")


def _find(device: Device, address: IPv6) -> Ifa6 | None:
    return next((ifa for ifa in device.ip6.addresses if ifa.address == address), None)


def _insert(device: Device, request: AddAddress, address: IPv6) -> None:
    peer = request.peer
    assert peer is None or isinstance(peer, IPv6)
    device.check_address(address)
    ifa = Ifa6(
        address, request.interface.length, _scope(address), nodad="nodad" in request.flags,
        home="home" in request.flags, peer=peer, noprefixroute="noprefixroute" in request.flags,
        autojoin="autojoin" in request.flags, metric=request.metric, valid_seconds=request.valid_seconds,
        preferred_seconds=request.preferred_seconds,
    )  # fmt: skip
    if address.is_multicast and not ifa.autojoin:
        raise KernelError(Errno.EINVAL, 'ipv6: Cannot assign multicast address without "IFA_F_MCAUTOJOIN" flag')
    if ifa.autojoin:
        inet_net(device).mld.autojoin(device, address)
    inet_net(device).addrconf.add_address(device, ifa)


def _scope(address: IPv6) -> int:
    """rt_scope(ipv6_addr_scope()): node-local and loopback addresses are of the host."""
    return _SCOPE_HOST if address.is_loopback else _SCOPES.get(scope_of(address), 0)


def _change(device: Device, ifa: Ifa6, request: AddAddress) -> None:
    """`ip addr change`: set lifetimes, metric and flags, the missing ones to their defaults; the peer only if given."""
    assert request.peer is None or isinstance(request.peer, IPv6)
    ifa.nodad, ifa.home = "nodad" in request.flags, "home" in request.flags
    ifa.valid_seconds, ifa.preferred_seconds = request.valid_seconds, request.preferred_seconds
    inet_net(device).addrconf.change_address(
        device, ifa, noprefixroute="noprefixroute" in request.flags, metric=request.metric, peer=request.peer
    )


def delete_address(device: Device, request: DeleteAddress, address: IPv6) -> None:
    ifa = _find(device, address)
    if ifa is None or ifa.length != request.interface.length:
        raise KernelError(Errno.EADDRNOTAVAIL, "ipv6: address not found")
    inet_net(device).addrconf.delete_address(device, ifa)
    if address.is_multicast:
        inet_net(device).mld.autoleave(device, address)
