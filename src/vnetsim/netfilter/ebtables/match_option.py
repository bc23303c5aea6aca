"""An option of a match of ebtables, and what the readers of several share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from vnetsim.netfilter.ebtables.rules import EbCondition, FrameTest
from vnetsim.netfilter.header import contiguous_length
from vnetsim.values import frozen
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac

_ALL_MAC: Final = 0xFFFF_FFFF_FFFF
#: Addresses that have a name, with their masks.
MAC_NAMES: Final = {
    "Unicast": (0, 1 << 40),
    "Multicast": (1 << 40, 1 << 40),
    "Broadcast": (_ALL_MAC, _ALL_MAC),
    "BGA": (0x0180_C200_0000, _ALL_MAC),
}
Build: TypeAlias = "Callable[[str, bool], EbCondition]"


@frozen
class EbMatchOption:
    """`--NAME` of an extension: `place` is its index there, and `build` makes a condition of its argument;
    `repeats`: given again, it replaces the first."""

    extension: str
    place: int
    build: Build
    takes: bool = True
    repeats: bool = False


def plain(option: str, text: str, test: FrameTest, negated: bool) -> EbCondition:
    """A condition whose test keeps nothing."""
    return EbCondition(option, text, lambda: test, negated)


def network_text(address: IPv4 | IPv6, mask: int) -> str:
    length = contiguous_length(mask, address.bits)
    if length == address.bits:
        return str(address)
    return f"{address}/{type(address)(mask) if length is None else length}"


def hexadecimal(text: str) -> int | None:
    """strtol(3) with base 16; None if it is no number."""
    try:
        return int(text, 16)
    except ValueError:
        return None


def masked_mac(text: str) -> tuple[int, int] | None:
    """Address and mask of a name, `MAC` or `MAC/MASK`; None if it is none of them."""
    named = next((found for name, found in MAC_NAMES.items() if name.lower() == text.lower()), None)
    if named is not None:
        return named
    address, slash, mask = text.partition("/")
    try:
        bits = int(Mac.parse(mask)) if slash else _ALL_MAC
        return int(Mac.parse(address)) & bits, bits
    except ValueError:
        return None


def mac_text(address: int, mask: int) -> str:
    named = next((name for name, found in MAC_NAMES.items() if found == (address, mask)), None)
    return named or plain_mac_text(address, mask)


def plain_mac_text(address: int, mask: int) -> str:
    return f"{Mac(address)}" if mask == _ALL_MAC else f"{Mac(address)}/{Mac(mask)}"
