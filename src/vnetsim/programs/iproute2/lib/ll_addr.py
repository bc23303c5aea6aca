"""Link-layer addresses as iproute2 reads them (lib/ll_addr.c: ll_addr_a2n)."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.programs.iproute2.lib.arguments import Iproute2Error
from vnetsim.programs.iproute2.lib.prefixes import get_addr
from vnetsim.wire.mac import Mac

#: What scanf(3)'s %x takes from the beginning of a text: `bogus` is 0xb.
_OCTET: Final = re.compile(r"\s*([+-]?)(?:0[xX])?([0-9a-fA-F]+)")
_LONGEST: Final = 32
_ETHERNET: Final = 6


def parse(text: str) -> bytes:
    """Octets of any number, or the four of an IPv4 address; Iproute2Error (status 1) otherwise."""
    if "." in text:
        return _inet(text)
    return bytes(_octet(part) for part in text.split(":")[:_LONGEST])


def to_mac(octets: bytes) -> Mac | None:
    """An Ethernet address, if there are as many octets as one has."""
    return Mac.from_bytes(octets, "big") if len(octets) == _ETHERNET else None


def _inet(text: str) -> bytes:
    try:
        return get_addr(text, 4).to_bytes(4, "big")
    except Iproute2Error:
        raise _invalid(text) from None


def _octet(text: str) -> int:
    found = _OCTET.match(text)
    value = int(found[2], 16) if found else -1
    if found is None or value > 0xFF or (found[1] == "-" and value):
        raise _invalid(text)
    return value


def _invalid(text: str) -> Iproute2Error:
    return Iproute2Error(1, f'"{text}" is invalid lladdr.')
