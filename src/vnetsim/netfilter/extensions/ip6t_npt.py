"""Prefixes that are translated without connections: DNPT, SNPT (ip6t_NPT.c, RFC 6296).

Not modelled: the ICMPv6 error about an address that cannot take the difference of the checksums.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter import options, verdicts
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtTarget
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, IPv6

_BITS: Final = 128
_LONGEST: Final = 64
#: With a prefix that is not longer, the fourth 16 bits take the difference; otherwise the first of the others that can.
_SHORT: Final = 48
_MOST: Final = 0xFFFF


@frozen
class NptPrefix:
    """The first `length` bits of `address`."""

    address: IPv6
    length: int

    @property
    def mask(self) -> int:
        return (1 << _BITS) - (1 << _BITS - self.length)

    def __str__(self) -> str:
        return f"{self.address}/{self.length}"


@frozen(str=False)
class Npt(XtTarget):
    """An address of prefix `inside` becomes one of `outside` with the same checksum."""

    tables = frozenset({"mangle"})
    inside: NptPrefix
    outside: NptPrefix

    def fits(self, _rule: Rule) -> bool:
        """ip6t_npt_checkentry."""
        return all(each.length <= _LONGEST and not each.address & ~each.mask for each in (self.inside, self.outside))

    def mapped(self, address: Address) -> IPv6 | None:
        """ip6t_npt_map_pfx; None if no part can take the difference."""
        length = max(self.inside.length, self.outside.length)
        below = (1 << _BITS - length) - 1
        parts = _sixteens(int(address) & below | int(self.outside.address) & ~below)
        if length <= _SHORT:
            place = 3
        else:
            found = [number for number in range(4, 8) if parts[number] != _MOST]
            if not found:
                return None
            place = found[0]
        difference = sum(_sixteens(int(self.inside.address))) + sum(
            _MOST ^ part for part in _sixteens(self.outside.address)
        )
        total = _folded(parts[place] + _folded(difference))
        parts[place] = 0 if total == _MOST else total
        return IPv6(sum(part << 16 * (7 - number) for number, part in enumerate(parts)))

    def listing(self, _numeric: bool) -> str:
        return f"{self.name} src-pfx {self.inside} dst-pfx {self.outside}"

    def __str__(self) -> str:
        return f"{self.name} --src-pfx {self.inside} --dst-pfx {self.outside}"


class Snpt(Npt):
    __slots__ = ()
    name = "SNPT"

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"INPUT", "POSTROUTING"})

    def act(self, packet: PktInfo) -> Verdict | None:
        address = self.mapped(packet.ip.source)
        if address is None:
            return verdicts.DROP
        packet.ip = attrs.evolve(packet.ip, source=address)  # type: ignore[arg-type]
        return None


class Dnpt(Npt):
    __slots__ = ()
    name = "DNPT"

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"PREROUTING", "OUTPUT"})

    def act(self, packet: PktInfo) -> Verdict | None:
        address = self.mapped(packet.ip.destination)
        if address is None:
            return verdicts.DROP
        packet.ip = attrs.evolve(packet.ip, destination=address)  # type: ignore[arg-type]
        return None


def _sixteens(address: int) -> list[int]:
    return [address >> 16 * number & _MOST for number in range(7, -1, -1)]


def _folded(total: int) -> int:
    """csum_fold, without the complement."""
    while total > _MOST:
        total = (total & _MOST) + (total >> 16)
    return total


def _prefix(text: str, context: ParseContext) -> NptPrefix:
    host, slash, length = text.partition("/")
    address = options.numeric_host(host, context)
    return NptPrefix(IPv6(address), options.prefix_length_or_all(length, context) if slash else _BITS)


def _extension(target: type[Npt]) -> Extension:
    def build(parsed: ParsedOptions) -> XtTarget:
        return target(parsed.get("src-pfx"), parsed.get("dst-pfx"))

    prefixes = tuple(XtOption(name, _prefix, mandatory=True) for name in ("src-pfx", "dst-pfx"))
    return Extension(target.name, prefixes, build, versions=(6,))


TARGETS: Final = (_extension(Snpt), _extension(Dnpt))
