"""Headers of SCTP and DCCP: sctp, dccp (xt_sctp.c, xt_dccp.c).

The payloads are read as bytes: no program here speaks these protocols.  Not modelled: flags of chunks (`DATA:U`),
`--dccp-option`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.values import frozen

_CHUNKS: Final = {
    "DATA": 0, "INIT": 1, "INIT_ACK": 2, "SACK": 3, "HEARTBEAT": 4, "HEARTBEAT_ACK": 5, "ABORT": 6, "SHUTDOWN": 7,
    "SHUTDOWN_ACK": 8, "ERROR": 9, "COOKIE_ECHO": 10, "COOKIE_ACK": 11, "ECN_ECNE": 12, "ECN_CWR": 13,
    "SHUTDOWN_COMPLETE": 14, "I_DATA": 64, "ASCONF_ACK": 128, "RE_CONFIG": 130, "PAD": 132, "FORWARD_TSN": 192,
    "ASCONF": 193, "I_FORWARD_TSN": 194,
}  # fmt: skip
_EVERY_CHUNK: Final = frozenset(range(256))
_TYPES: Final = (
    "REQUEST", "RESPONSE", "DATA", "ACK", "DATAACK", "CLOSEREQ", "CLOSE", "RESET", "SYNC", "SYNCACK", "INVALID",
)  # fmt: skip
_SCTP_HEADER: Final = 12
_DCCP_HEADER: Final = 12


@frozen(kw_only=True)
class _PortsMatch(XtMatch):
    source: PortRange | None = None
    destination: PortRange | None = None
    protocol: ClassVar[int]
    shortest: ClassVar[int]

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == self.protocol and not rule.protocol.negated

    def matches(self, packet: PktInfo) -> bool:
        data = packet.ip.payload
        if packet.fragment_offset > 0 or not isinstance(data, bytes) or len(data) < self.shortest:
            return False
        ports = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
        ranges = (self.source, self.destination)
        if any(wanted is not None and port not in wanted for wanted, port in zip(ranges, ports, strict=True)):
            return False
        return self._types_fit(data)

    def _types_fit(self, data: bytes, /) -> bool:
        raise NotImplementedError

    def _port_words(self) -> Iterator[str]:
        for option, wanted in (("sport", self.source), ("dport", self.destination)):
            if wanted is not None:
                yield f"{negation(wanted.negated)}--{option} {wanted}"

    def _port_listing(self) -> Iterator[str]:
        for what, wanted in (("spt", self.source), ("dpt", self.destination)):
            if wanted is not None:
                yield wanted.listing(what, None)


@frozen(kw_only=True)
class Sctp(_PortsMatch):
    """`chunks` are the types that any, all or only (`wanted`) of the packet's are."""

    name = "sctp"
    protocol, shortest = 132, _SCTP_HEADER
    wanted: str = ""
    chunks: frozenset[int] = frozenset()
    negated: bool = False

    def _types_fit(self, data: bytes) -> bool:
        if not self.wanted:
            return True
        found, place = set(), _SCTP_HEADER
        while place + 4 <= len(data):
            found.add(data[place])
            place += -(-max(int.from_bytes(data[place + 2 : place + 4], "big"), 4) // 4) * 4
        fits = {"any": bool(found & self.chunks), "all": self.chunks <= found, "only": found <= self.chunks}
        return fits[self.wanted] != self.negated

    def _chunk_text(self, numeric: bool) -> str:
        if not self.chunks or self.chunks == _EVERY_CHUNK:
            return "ALL" if self.chunks else "NONE"
        names = {number: name for name, number in _CHUNKS.items()}
        return ",".join(f"0x{chunk:04X}" if numeric else names[chunk] for chunk in sorted(self.chunks))

    def listing(self, numeric: bool) -> str:
        words = ["sctp", *self._port_listing()]
        if self.wanted:
            words += [f"{negation(self.negated)}{self.wanted} {self._chunk_text(numeric)}"]
        return " ".join(words)

    def __str__(self) -> str:
        words = ["-m sctp", *self._port_words()]
        if self.wanted:
            words.append(f"{negation(self.negated)}--chunk-types {self.wanted} {self._chunk_text(False)}")
        return " ".join(words)


@frozen(kw_only=True)
class Dccp(_PortsMatch):
    name = "dccp"
    protocol, shortest = 33, _DCCP_HEADER
    types: tuple[str, ...] = ()
    negated: bool = False

    def _types_fit(self, data: bytes) -> bool:
        if not self.types:
            return True
        number = data[8] >> 1 & 0xF
        return (_TYPES[min(number, len(_TYPES) - 1)] in self.types) != self.negated

    def listing(self, numeric: bool) -> str:
        words = ["dccp", *self._port_listing()]
        if self.types:
            types = (str(_TYPES.index(name)) if numeric else name for name in self.types)
            words.append(f"{negation(self.negated)}{','.join(types)}")
        return " ".join(words)

    def __str__(self) -> str:
        words = ["-m dccp", *self._port_words()]
        if self.types:
            words.append(f"{negation(self.negated)}--dccp-types {','.join(self.types)}")
        return " ".join(words)


def _range(parsed: ParsedOptions, option: str) -> PortRange | None:
    if option not in parsed:
        return None
    first, last = parsed.get(option)
    return PortRange(first, last, parsed.negated(option))


def _chunk_types(text: str, _context: ParseContext) -> tuple[str, frozenset[int]]:
    wanted, _, chunks = text.partition(" ")
    if wanted.lower() not in ("any", "all", "only"):
        raise ArgumentError('Match type has to be one of "ALL", "ANY" or "ONLY"')
    if not chunks:
        raise ArgumentError("--chunk-types requires two args")
    if chunks.upper() in ("ALL", "NONE"):
        return wanted.lower(), _EVERY_CHUNK if chunks.upper() == "ALL" else frozenset()
    found = set()
    for chunk in chunks.split(","):
        name, colon, _flags = chunk.partition(":")
        if name.upper() not in _CHUNKS:
            raise ArgumentError(f"Unknown sctp chunk `{name}'")
        if colon:
            raise NotModelled("iptables -m sctp --chunk-types with flags")
        found.add(_CHUNKS[name.upper()])
    return wanted.lower(), frozenset(found)


def _dccp_types(text: str, _context: ParseContext) -> tuple[str, ...]:
    names = [name.upper() for name in text.split(",")]
    for name in names:
        if name not in _TYPES:
            raise ArgumentError(f"Unknown DCCP type `{name}'")
    return tuple(name for name in _TYPES if name in names)


def _sctp(parsed: ParsedOptions) -> Sctp:
    wanted, chunks = parsed.get("chunk-types", ("", frozenset()))
    return Sctp(
        source=_range(parsed, "source-port"), destination=_range(parsed, "destination-port"), wanted=wanted,
        chunks=chunks, negated=parsed.negated("chunk-types"),
    )  # fmt: skip


def _dccp(parsed: ParsedOptions) -> Dccp:
    if "dccp-option" in parsed:
        raise NotModelled("iptables -m dccp --dccp-option")
    return Dccp(
        source=_range(parsed, "source-port"), destination=_range(parsed, "destination-port"),
        types=parsed.get("dccp-types", ()), negated=parsed.negated("dccp-types"),
    )  # fmt: skip


_PORTS: Final = tuple(
    XtOption(name, options.integers(0xFFFF), inverts=True, key=key)
    for key, name in (
        ("source-port", "source-port"),
        ("source-port", "sport"),
        ("destination-port", "destination-port"),
        ("destination-port", "dport"),
    )
)
MATCHES: Final = (
    Extension("sctp", (*_PORTS, XtOption("chunk-types", _chunk_types, inverts=True, operands=2)), _sctp),
    Extension(
        "dccp",
        (
            *_PORTS,
            XtOption("dccp-types", _dccp_types, inverts=True),
            XtOption("dccp-option", options.integer(1, 255), inverts=True),
        ),
        _dccp,
    ),
)
