"""Which IPv6 address a host sends with (RFC 6724, net/ipv6/addrconf.c: ipv6_dev_get_saddr, net/ipv6/addrlabel.c).

    select_source(namespace, device, destination) -> IPv6 | None       # `device` is the route's, None if there is none

Not modelled: temporary and home addresses as preferences, use_oif_addrs_only, labels other than the default ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.wire.inet import IPv6, Prefix

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.inetdevice import Ifa6
    from vnetsim.kernel.netdev.net_namespace import Netns

#: Scopes of addresses, as multicast addresses have them in their second byte (RFC 4291, 2.7).
INTERFACE_LOCAL: Final = 1
LINK_LOCAL: Final = 2
SITE_LOCAL: Final = 5
GLOBAL: Final = 14
_SITE_LOCAL_BITS: Final = 0xFEC0 >> 6

#: The default policy table, longest prefixes first (ip6addrlbl_init_table).
_LABELS: Final = tuple(
    (Prefix(IPv6.parse(address), length), label)
    for address, length, label in (
        ("::1", 128, 0), ("::ffff:0:0", 96, 4), ("::", 96, 3), ("2001:10::", 28, 7), ("2001::", 32, 6),
        ("2002::", 16, 2), ("fc00::", 7, 5), ("::", 0, 1),
    )
)  # fmt: skip


def scope_of(address: IPv6) -> int:
    """How far an address reaches (ipv6_addr_scope); loopback counts as link-local, :: as nothing."""
    if address.is_multicast:
        return address >> 112 & 0xF
    if address.is_link_local or address.is_loopback:
        return LINK_LOCAL
    if address >> 118 == _SITE_LOCAL_BITS:
        return SITE_LOCAL
    return GLOBAL if address else 0


def label_of(address: IPv6) -> int:
    return next(label for prefix, label in _LABELS if address in prefix)


def common_bits(one: IPv6, other: IPv6) -> int:
    """How many leading bits two addresses share (ipv6_addr_diff)."""
    return 128 - (one ^ other).bit_length()


def select_source(namespace: Netns, device: Device | None, destination: IPv6) -> IPv6 | None:
    """The best of this host's addresses for a destination; the first of equally good ones."""
    best: tuple[int, ...] = ()
    chosen: IPv6 | None = None
    label = label_of(destination)
    for owner in _candidates(namespace, device, destination):
        for ifa in owner.ip6.addresses:
            if ifa.tentative or ifa.address.is_multicast:
                continue
            score = _score(ifa, owner, device, destination, label)
            if score > best:
                best, chosen = score, ifa.address
    return chosen


def _candidates(namespace: Netns, device: Device | None, destination: IPv6) -> list[Device]:
    """What stays on the link is sent with an address of the link; else any device's address may do."""
    nearby = destination.is_multicast or scope_of(destination) <= LINK_LOCAL
    return [device] if device is not None and nearby else namespace.devices()


def _score(ifa: Ifa6, owner: Device, device: Device | None, destination: IPv6, label: int) -> tuple[int, ...]:
    """The rules of RFC 6724, 5, in order; more is better (ipv6_get_saddr_eval)."""
    address, wanted = ifa.address, scope_of(destination)
    scope = scope_of(address)
    return (
        int(address == destination),
        -scope if scope >= wanted else scope - 128,
        int(not ifa.deprecated),
        int(device is None or owner is device),
        int(label_of(address) == label),
        min(common_bits(address, destination), ifa.length),
    )
