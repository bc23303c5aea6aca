"""Traffic classes: CLASSIFY (xt_CLASSIFY.c) sets the priority of a packet, for qdiscs and VLANs."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen

_SHORT: Final = 0xFFFF


@frozen(str=False)
class Classify(XtTarget):
    name = "CLASSIFY"
    major: int
    minor: int

    @property
    def hooks(self) -> frozenset[str]:
        return frozenset({"FORWARD", "OUTPUT", "POSTROUTING"})

    def act(self, packet: PktInfo) -> None:
        packet.priority = self.major << 16 | self.minor

    def listing(self, _numeric: bool) -> str:
        return f"CLASSIFY set {self.major:x}:{self.minor:x}"

    def __str__(self) -> str:
        return f"CLASSIFY --set-class {self.major:04x}:{self.minor:04x}"


def _class(text: str, _context: ParseContext) -> tuple[int, int]:
    found = re.match(r"\s*(?:0x)?([0-9a-f]{1,8}):(?:0x)?([0-9a-f]{1,8})", text, re.IGNORECASE)
    if found is None:
        raise ArgumentError(f'Bad class value "{text}"')
    return int(found[1], 16) & _SHORT, int(found[2], 16) & _SHORT


TARGETS: Final = (
    Extension(
        "CLASSIFY",
        (XtOption("set-class", _class, mandatory=True),),
        lambda parsed: Classify(*parsed.get("set-class")),
    ),
)
