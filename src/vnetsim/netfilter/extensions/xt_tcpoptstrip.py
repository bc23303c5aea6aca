"""Options of TCP that are removed: TCPOPTSTRIP (xt_TCPOPTSTRIP.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtTarget
from vnetsim.values import frozen
from vnetsim.wire.tcp import NOP, Option, Tcp, option_length

_TCP: Final = 6
_NAMES: Final = {"wscale": 3, "mss": 2, "sack-permitted": 4, "sack": 5, "timestamp": 8, "md5": 19}
_END_NOP: Final = (0, 1)


@frozen(str=False)
class TcpOptStrip(XtTarget):
    """Each octet of these options becomes one that means nothing."""

    name = "TCPOPTSTRIP"
    tables = frozenset({"mangle"})
    kinds: tuple[int, ...] = ()

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == _TCP and not rule.protocol.negated

    def act(self, packet: PktInfo) -> None:
        segment = packet.transport
        if not isinstance(segment, Tcp) or isinstance(packet.ip.payload, bytes):
            return
        if any(kind in self.kinds for kind, _ in segment.options):
            kept: list[Option] = []
            for option in segment.options:
                kept += [(NOP, None)] * option_length(option) if option[0] in self.kinds else [option]
            packet.ip = attrs.evolve(packet.ip, payload=attrs.evolve(segment, options=tuple(kept)))

    def listing(self, numeric: bool) -> str:
        names = {} if numeric else {kind: name for name, kind in _NAMES.items()}
        return f"TCPOPTSTRIP options {','.join(names.get(kind, str(kind)) for kind in self.kinds)}" * bool(self.kinds)

    def __str__(self) -> str:
        return f"TCPOPTSTRIP --strip-options {','.join(map(str, self.kinds))}" if self.kinds else "TCPOPTSTRIP"


def _kinds(text: str, _context: ParseContext) -> tuple[int, ...]:
    found: list[int] = []
    for word in text.split(","):
        kind = _NAMES.get(word)
        if kind is None:
            kind = options.number(word)
            if kind is None or kind > 0xFF:
                raise ArgumentError(f'Bad TCP option value "{word}"')
        if kind in _END_NOP:
            raise ArgumentError("Option value may not be 0 or 1")
        if kind in found:
            raise ArgumentError(f'Option "{word}" already specified')
        found.append(kind)
    return tuple(sorted(found))


def _build(parsed: ParsedOptions) -> TcpOptStrip:
    return TcpOptStrip(parsed.get("strip-options", ()))


TARGETS: Final = (Extension("TCPOPTSTRIP", (XtOption("strip-options", _kinds),), _build),)
