"""Packets that are not tracked: CT, NOTRACK (xt_CT.c).

Not modelled: `CT` with anything but `--notrack`.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen


@frozen(str=False)
class NoTrack(XtTarget):
    """The packet is not tracked.  `old`: given as `-j NOTRACK` rather than `-j CT --notrack`."""

    name = "CT"
    tables = frozenset({"raw"})
    old: bool = False

    def act(self, packet: PktInfo) -> None:
        packet.untracked, packet.ctstate = True, "UNTRACKED"

    def listing(self, _numeric: bool) -> str:
        return "NOTRACK" if self.old else "CT notrack"

    def __str__(self) -> str:
        return "NOTRACK" if self.old else "CT --notrack"


def _not_modelled(text: str, context: ParseContext) -> str:
    del text
    raise NotModelled(f"iptables -j CT --{context.option}")


def _ct(parsed: ParsedOptions) -> NoTrack:
    if "notrack" not in parsed:
        raise NotModelled("iptables -j CT without --notrack")
    return NoTrack()


TARGETS: Final = (
    Extension("NOTRACK", (), lambda _parsed: NoTrack(old=True)),
    Extension(
        "CT",
        (
            XtOption("notrack"),
            *(XtOption(name, _not_modelled) for name in ("helper", "timeout", "ctevents", "expevents", "zone")),
        ),
        _ct,
    ),
)
