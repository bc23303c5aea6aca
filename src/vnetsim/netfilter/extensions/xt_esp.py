"""Numbers of security associations: esp, ipcomp, and ah of IPv4 (xt_esp.c, xt_ipcomp.c, ipt_ah.c).

The payloads are read as bytes: no program here encrypts any.  Not modelled: `--compres`.
"""

from __future__ import annotations

from typing import ClassVar, Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter import options
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.values import frozen


@frozen
class SpiMatch(XtMatch):
    """`place` is where the number is in the header, `size` its bytes, `shortest` the length of the header."""

    first: int = 0
    last: int = UINT32_MAX
    negated: bool = False
    protocol: ClassVar[int]
    option: ClassVar[str]
    listed: ClassVar[str]
    place: ClassVar[int]
    size: ClassVar[int]
    shortest: ClassVar[int]

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == self.protocol and not rule.protocol.negated

    def matches(self, packet: PktInfo) -> bool:
        data = packet.ip.payload
        if packet.fragment_offset > 0 or not isinstance(data, bytes) or len(data) < self.shortest:
            return False
        number = int.from_bytes(data[self.place : self.place + self.size], "big")
        return (self.first <= number <= self.last) != self.negated

    @property
    def _everything(self) -> bool:
        return (self.first, self.last) == (0, UINT32_MAX)

    @property
    def _range(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"

    def listing(self, _numeric: bool) -> str:
        if self._everything and not self.negated:
            return self.listed
        plural = "s" if self.first != self.last else ""
        return f"{self.listed} spi{plural}:{'!' * self.negated}{self._range}"

    def __str__(self) -> str:
        given = "" if self._everything else f" {negation(self.negated)}--{self.option} {self._range}"
        return f"-m {self.name}{given}"


@frozen(str=False)
class Esp(SpiMatch):
    name = "esp"
    protocol, option, listed, place, size, shortest = 50, "espspi", "esp", 0, 4, 8


@frozen(str=False)
class Ah(SpiMatch):
    name = "ah"
    protocol, option, listed, place, size, shortest = 51, "ahspi", "ah", 4, 4, 12


@frozen(str=False)
class IpComp(SpiMatch):
    name = "ipcomp"
    protocol, option, listed, place, size, shortest = 108, "ipcompspi", "comp", 2, 2, 4


def _extension(kind: type[SpiMatch], versions: tuple[int, ...] = (4, 6)) -> Extension:
    def build(parsed: ParsedOptions) -> SpiMatch:
        first, last = parsed.get(kind.option, (0, UINT32_MAX))
        return kind(first, last, parsed.negated(kind.option))

    option = XtOption(kind.option, options.integers(UINT32_MAX), inverts=True)
    return Extension(kind.name, (option,), build, versions=versions)


def _ipcomp(parsed: ParsedOptions) -> SpiMatch:
    if "compres" in parsed:
        raise NotModelled("iptables -m ipcomp --compres")
    first, last = parsed.get("ipcompspi", (0, UINT32_MAX))
    return IpComp(first, last, parsed.negated("ipcompspi"))


MATCHES: Final = (
    _extension(Esp),
    _extension(Ah, (4,)),
    Extension(
        "ipcomp",
        (XtOption("ipcompspi", options.integers(UINT32_MAX), inverts=True), XtOption("compres")),
        _ipcomp,
    ),
)
