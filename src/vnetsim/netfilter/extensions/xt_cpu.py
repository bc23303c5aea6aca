"""The processor that handles a packet: cpu (xt_cpu.c).  The machine has one, number 0."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen


@frozen
class CpuMatch(XtMatch):
    name = "cpu"
    cacheable = True
    cpu: int
    negated: bool = False

    def matches(self, _packet: PktInfo) -> bool:
        return (self.cpu == 0) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"cpu {negation(self.negated)}{self.cpu}"

    def __str__(self) -> str:
        return f"-m cpu {negation(self.negated)}--cpu {self.cpu}"


def _build(parsed: ParsedOptions) -> CpuMatch:
    return CpuMatch(parsed.get("cpu"), parsed.negated("cpu"))


MATCHES: Final = (
    Extension("cpu", (XtOption("cpu", options.integer(0, UINT32_MAX), inverts=True, mandatory=True),), _build),
)
