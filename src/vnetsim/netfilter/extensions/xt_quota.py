"""A quota of bytes: quota (xt_quota.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.options import Extension, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Test, XtMatch
from vnetsim.values import frozen


@frozen
class Quota(XtMatch):
    """Fits until so many bytes have come by."""

    name = "quota"
    bytes: int
    negated: bool = False

    def test(self) -> Test:
        return _Rest(self).take

    def matches(self, packet: PktInfo) -> bool:
        """As if no packet had ever come before."""
        return self.test()(packet)

    def listing(self, _numeric: bool) -> str:
        return f"quota: {self.bytes} bytes"

    def __str__(self) -> str:
        return f"-m quota {negation(self.negated)}--quota {self.bytes}"


class _Rest:
    def __init__(self, match: Quota) -> None:
        self._rest = match.bytes
        self._negated = match.negated

    def take(self, packet: PktInfo) -> bool:
        """After the first packet that is too long, none is short enough."""
        enough = self._rest >= packet.ip.length
        self._rest = self._rest - packet.ip.length if enough else 0
        return enough != self._negated


MATCHES: Final = (
    Extension(
        "quota",
        (XtOption("quota", options.integer(0, 2**64 - 1), inverts=True, mandatory=True),),
        lambda parsed: Quota(parsed.get("quota"), parsed.negated("quota")),
    ),
)
