"""Connections of a helper: helper (xt_helper.c).  No connection has one: `CT --helper` is not modelled."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import Extension, ParsedOptions, XtOption, negation, quoted
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen

_LONGEST: Final = 29


@frozen
class HelperMatch(XtMatch):
    name = "helper"
    tracks = True
    helper: str
    negated: bool = False

    def matches(self, _packet: PktInfo) -> bool:
        """helper_mt: only connections with the helper fit, and with `!` all others."""
        return self.negated

    def listing(self, _numeric: bool) -> str:
        return f'helper match {negation(self.negated)}"{self.helper}"'

    def __str__(self) -> str:
        return f"-m helper {negation(self.negated)}--helper {quoted(self.helper)}"


def _build(parsed: ParsedOptions) -> HelperMatch:
    return HelperMatch(parsed.get("helper"), parsed.negated("helper"))


MATCHES: Final = (
    Extension("helper", (XtOption("helper", options.string(_LONGEST), inverts=True, mandatory=True),), _build),
)
