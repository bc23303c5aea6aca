"""The length of a packet: length (xt_length.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen


@frozen
class Length(XtMatch):
    """Bytes of the packet from its IP header on."""

    name = "length"
    first: int
    last: int
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        return (self.first <= packet.ip.length <= self.last) != self.negated

    @property
    def _parts(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"

    def listing(self, _numeric: bool) -> str:
        return f"length {'!' if self.negated else ''}{self._parts}"

    def __str__(self) -> str:
        return f"-m length {negation(self.negated)}--length {self._parts}"


def _length(parsed: ParsedOptions) -> Length:
    first, last = parsed.get("length")
    return Length(first, last, parsed.negated("length"))


MATCHES: Final = (
    Extension("length", (XtOption("length", options.integers(0xFFFF), inverts=True, mandatory=True),), _length),
)
