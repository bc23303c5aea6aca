"""Realms of routes: realm (xt_realm.c).  Routes have realm 0: others are not modelled."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen


@frozen
class Realm(XtMatch):
    name = "realm"
    value: int
    mask: int
    negated: bool = False

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"INPUT", "FORWARD", "OUTPUT", "POSTROUTING"})

    def matches(self, _packet: PktInfo) -> bool:
        return (self.value == 0) != self.negated

    @property
    def _text(self) -> str:
        return f"0x{self.value:x}" + ("" if self.mask == UINT32_MAX else f"/0x{self.mask:x}")

    def listing(self, _numeric: bool) -> str:
        return f"{negation(self.negated)}realm {self._text}"

    def __str__(self) -> str:
        return f"-m realm {negation(self.negated)}--realm {self._text}"


def _build(parsed: ParsedOptions) -> Realm:
    value, mask = parsed.get("realm")
    return Realm(value, UINT32_MAX if mask is None else mask, parsed.negated("realm"))


MATCHES: Final = (
    Extension("realm", (XtOption("realm", options.marks, inverts=True, mandatory=True),), _build, versions=(4,)),
)
