"""Addresses as strategies: IPv4 and IPv6, prefixes, interfaces (an address with its length), MAC addresses.

They shrink towards the lowest address of the network they are drawn from (RFC 1918, RFC 4193, RFC 5737).
"""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from vnetsim.wire.inet import Address, InterfaceAddress, IPv4, IPv6, Prefix
from vnetsim.wire.mac import Mac

#: The default range of addresses.
PRIVATE4: Final = Prefix.parse("10.0.0.0/8")
PRIVATE6: Final = Prefix.parse("fd00::/8")
_BITS: Final = {4: 32, 6: 128}
#: Prefixes longer than this have no broadcast address and no network address (RFC 3021).
_POINT_TO_POINT: Final = 31


def _prefix(within: Prefix | str) -> Prefix:
    return Prefix.parse(within) if isinstance(within, str) else within


def ipv4_addresses(within: Prefix | str = PRIVATE4) -> st.SearchStrategy[IPv4]:
    """Any address of the prefix, its network and broadcast addresses among them."""
    network = _prefix(within)
    return st.integers(int(network.first), int(network.last)).map(IPv4)


def ipv6_addresses(within: Prefix | str = PRIVATE6) -> st.SearchStrategy[IPv6]:
    """Any address of the prefix."""
    network = _prefix(within)
    return st.integers(int(network.first), int(network.last)).map(IPv6)


def host_addresses(within: Prefix | str) -> st.SearchStrategy[Address]:
    """Addresses that a host may have: neither the network's own nor its broadcast address, where there are such."""
    network = _prefix(within)
    first, last = int(network.first), int(network.last)
    kind = type(network.address)
    if network.version == 6:
        return st.integers(min(first + 1, last), last).map(kind)
    if network.length < _POINT_TO_POINT:
        first, last = first + 1, last - 1
    return st.integers(first, last).map(kind)


def prefixes(
    within: Prefix | str = PRIVATE4, min_length: int | None = None, max_length: int | None = None
) -> st.SearchStrategy[Prefix]:
    """Networks inside `within`; lengths from `min_length` (its own) to `max_length` (that of a host), inclusive."""
    network = _prefix(within)
    shortest = network.length if min_length is None else min_length
    longest = _BITS[network.version] if max_length is None else max_length
    addresses: st.SearchStrategy[Address]
    addresses = ipv4_addresses(network) if network.version == 4 else ipv6_addresses(network)
    return st.builds(Prefix.of, addresses, st.integers(shortest, longest))


def interfaces(within: Prefix | str) -> st.SearchStrategy[InterfaceAddress]:
    """A host's address with the length of the network, as `ip addr add` takes it."""
    network = _prefix(within)
    return host_addresses(network).map(lambda address: InterfaceAddress(address, network.length))


def macs() -> st.SearchStrategy[Mac]:
    """Locally administered addresses of one station (IEEE 802: bit 1 of the first octet set, bit 0 clear)."""
    return st.integers(1, 2**40 - 1).map(lambda low: Mac(0x02 << 40 | low))
