"""Packets that are not tracked, or in a zone: CT, NOTRACK (xt_CT.c).

Not modelled: `--helper`, `--timeout`, `--ctevents`, `--expevents`.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, number
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen

_HIGHEST: Final = 0xFFFF
#: Of which directions a zone is, by its option.
_DIRECTIONS: Final = {"zone": 3, "zone-orig": 1, "zone-reply": 2}
_OPTIONS: Final = {directions: name for name, directions in _DIRECTIONS.items()}
#: In place of a number: the packet's mark.
_MARK: Final = -1


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


@frozen(str=False)
class ConntrackTemplate(XtTarget):
    """The zone in which a packet is tracked; `notrack`: it is not tracked at all.  The first such rule decides.

    `zone` is -1 for the packet's mark, and 0 for none; `directions` is 1 for the original one, 2 for replies, 3: both.
    """

    name = "CT"
    tables = frozenset({"raw"})
    zone: int = 0
    directions: int = 3
    notrack: bool = False

    def act(self, packet: PktInfo) -> None:
        if packet.connection is not None or packet.untracked or packet.zone is not None:
            return
        if self.notrack:
            packet.untracked, packet.ctstate = True, "UNTRACKED"
        else:
            packet.zone = packet.mark & _HIGHEST if self.zone == _MARK else self.zone, self.directions

    def _words(self, dashes: str) -> str:
        words = [f"{dashes}notrack"] if self.notrack else []
        if self.zone:
            words.append(f"{dashes}{_OPTIONS[self.directions]} {'mark' if self.zone == _MARK else self.zone}")
        return " ".join(["CT", *words])

    def listing(self, _numeric: bool) -> str:
        return self._words("")

    def __str__(self) -> str:
        return self._words("--")


def _not_modelled(text: str, context: ParseContext) -> str:
    del text
    raise NotModelled(f"iptables -j CT --{context.option}")


def _zone(text: str, _context: ParseContext) -> int:
    if text == "mark":
        return _MARK
    value = number(text)
    if value is None or value > _HIGHEST:
        raise ArgumentError(f"Cannot parse {text} as a zone ID")
    return value


def _ct(parsed: ParsedOptions) -> NoTrack | ConntrackTemplate:
    given = [name for name in _DIRECTIONS if name in parsed]
    notrack = "notrack" in parsed
    if not given:
        return NoTrack() if notrack else ConntrackTemplate()
    last = parsed.last(*given)
    return ConntrackTemplate(parsed.get(last), _DIRECTIONS[last], notrack)


TARGETS: Final = (
    Extension("NOTRACK", (), lambda _parsed: NoTrack(old=True)),
    Extension(
        "CT",
        (
            XtOption("notrack"),
            *(XtOption(name, _zone) for name in _DIRECTIONS),
            *(XtOption(name, _not_modelled) for name in ("helper", "timeout", "ctevents", "expevents")),
        ),
        _ct,
    ),
)
