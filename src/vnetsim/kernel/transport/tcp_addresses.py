"""Addresses of IPv4 connections as sockets of IPv6 know them (RFC 4291, 2.5.5.2)."""

from __future__ import annotations

from typing import Final

from vnetsim.wire.inet import ANY6, Address, IPv4, IPv6

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
