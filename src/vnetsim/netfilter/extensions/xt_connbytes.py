"""How much a connection has carried: connbytes (xt_connbytes.c).

Not modelled: that connections from before the first such rule are not counted (nf_conntrack_acct).
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen

_U64: Final = 2**64 - 1
_DIRECTIONS: Final = {"original": (0,), "reply": (1,), "both": (0, 1)}
_MODES: Final = ("packets", "bytes", "avgpkt")


@frozen(kw_only=True)
class ConnBytes(XtMatch):
    """`mode` is packets, bytes or avgpkt (bytes by packets), of the `direction` original, reply or both."""

    name = "connbytes"
    tracks = True
    first: int
    last: int
    mode: str
    direction: str
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        connection = packet.connection
        if connection is None:
            return False
        which = _DIRECTIONS[self.direction]
        packets, size = (sum(counted[each] for each in which) for counted in (connection.packets, connection.bytes))
        value = {"packets": packets, "bytes": size, "avgpkt": size // packets if packets else 0}[self.mode]
        return (self.first <= value <= self.last) != self.negated

    @property
    def _range(self) -> str:
        return f"{self.first}:{self.last}" if 0 < self.last < _U64 else str(self.first)

    def listing(self, _numeric: bool) -> str:
        sign = negation(self.negated)
        return f"{sign}connbytes {self._range} connbytes mode {self.mode} connbytes direction {self.direction}"

    def __str__(self) -> str:
        sign = negation(self.negated)
        how = f"--connbytes-mode {self.mode} --connbytes-dir {self.direction}"
        return f"-m connbytes {sign}--connbytes {self._range} {how}"


def _build(parsed: ParsedOptions) -> ConnBytes:
    first, last = parsed.get("connbytes")
    mode, direction = parsed.get("connbytes-mode"), parsed.get("connbytes-dir")
    return ConnBytes(first=first, last=last, mode=mode, direction=direction, negated=parsed.negated("connbytes"))


def _range(text: str, context: options.ParseContext) -> tuple[int, int]:
    """A number alone is the least one."""
    first, last = options.integers(_U64)(text, context)
    last = last if ":" in text else _U64
    if last < first:
        raise ArgumentError(f"{first} should be less than {last}")
    return first, last


def _one_of(names: tuple[str, ...], option: str) -> options.Reader:
    def read(text: str, _context: options.ParseContext) -> str:
        if text not in names:
            raise ArgumentError(f"Unknown --{option} `{text}'")
        return text

    return read


MATCHES: Final = (
    Extension(
        "connbytes",
        (
            XtOption("connbytes", _range, inverts=True, mandatory=True),
            XtOption("connbytes-dir", _one_of(tuple(_DIRECTIONS), "connbytes-dir"), mandatory=True),
            XtOption("connbytes-mode", _one_of(_MODES, "connbytes-mode"), mandatory=True),
        ),
        _build,
    ),
)
