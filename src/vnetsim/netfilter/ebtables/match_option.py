"""An option of a match of ebtables, and what the readers of several share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vnetsim.netfilter.ebtables.rules import EbCondition, FrameTest
from vnetsim.netfilter.header import contiguous_length
from vnetsim.values import frozen
from vnetsim.wire.inet import IPv4, IPv6

Build: TypeAlias = "Callable[[str, bool], EbCondition]"


@frozen
class EbMatchOption:
    """`--NAME` of an extension: `place` is its index there, and `build` makes a condition of its argument."""

    extension: str
    place: int
    build: Build
    takes: bool = True


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
