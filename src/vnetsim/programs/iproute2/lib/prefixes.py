"""Addresses and prefixes as iproute2's commands read them (lib/utils.c: get_addr, get_prefix).

`10` is 10.0.0.0, `10.9/24` is 10.9.0.0/24, `10.0.0.1/255.255.255.0` a mask, `default`, `any` and `all` are everything.
Host names are not looked up.
"""

from __future__ import annotations

import attrs

from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, number
from vnetsim.programs.iproute2.lib.options import PACKET
from vnetsim.values import frozen
from vnetsim.wire.inet import ANY4, ANY6, Address, IPv4, parse_address

_FAMILY_NAMES = {None: "any valid", 4: "inet", 6: "inet6", PACKET: "link"}


@frozen
class PrefixArg:
    """An address with its length as it was written.

    `length` is all bits without one, `length_given` is PREFIXLEN_SPECIFIED.  `everything`: the argument was `default`,
    `any` or `all`; then `version` is the family given, or None.
    """

    address: Address
    length: int
    length_given: bool = False
    everything: bool = False
    version: int | None = None


def get_addr(text: str, family: int | None = None) -> Address:
    """An address; `default` is not one here.  Iproute2Error (status 1) otherwise."""
    arg = _address(text, family)
    if arg is None:
        raise Iproute2Error(1, f'Error: {family_name(family)} address is expected rather than "{text}".', exits=True)
    return arg.address


def get_prefix(text: str, family: int | None = None) -> PrefixArg:
    """An address, perhaps with a length or mask.  Iproute2Error (status 1) otherwise."""
    if family == PACKET:
        raise Iproute2Error(
            1, f'Error: "{text}" may be inet prefix, but it is not allowed in this context.', exits=True
        )
    arg = _prefix(text, family)
    if arg is None:
        raise Iproute2Error(1, f'Error: {family_name(family)} prefix is expected rather than "{text}".', exits=True)
    return arg


def family_name(family: int | None) -> str:
    """family_name_verbose()"""
    return _FAMILY_NAMES.get(family, "???")


def _address(text: str, family: int | None) -> PrefixArg | None:
    """get_addr_1()"""
    if text in ("default", "all", "any"):
        zero: Address = ANY6 if family == 6 else ANY4
        return PrefixArg(
            zero, 0, length_given=text == "default", everything=True, version=family if family in (4, 6) else None
        )
    if ":" in text:
        return _inet6(text) if family in (None, 6) else None
    value = _partial_quad(text)
    return PrefixArg(value, 32, version=4) if value is not None and family in (None, 4) else None


def _inet6(text: str) -> PrefixArg | None:
    try:
        return PrefixArg(parse_address(text), 128, version=6)
    except ValueError:
        return None


def _partial_quad(text: str) -> IPv4 | None:
    """get_addr_ipv4(): one to four numbers below 256 (strtoul's, so `010` is 8), the missing ones are 0."""
    octets = [number(part, 8) for part in text.split(".")]
    if len(octets) > 4:
        return None
    value = 0
    for octet in octets + [0] * (4 - len(octets)):
        if octet is None:
            return None
        value = value << 8 | octet
    return IPv4(value)


def _prefix(text: str, family: int | None) -> PrefixArg | None:
    """get_prefix_1()"""
    address_text, slash, length_text = text.partition("/")
    arg = _address(address_text, family)
    if arg is None or not slash:
        return arg
    length = None if arg.everything else _length(length_text, arg.address.bits)
    return None if length is None else attrs.evolve(arg, length=length, length_given=True)


def _length(text: str, bits: int) -> int | None:
    """get_netmask(): a number, or a dotted mask of leading ones."""
    length = number(text)
    if length is None:
        mask = _partial_quad(text)
        if mask is None:
            return None
        hosts = ~mask & 0xFFFF_FFFF
        if hosts & (hosts + 1):
            return None
        length = 32 - hosts.bit_length()
    return length if length <= bits else None
