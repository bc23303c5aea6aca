"""Headers of TCP and UDP: tcp, udp (xt_tcpudp.c)."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self

import attrs

from vnetsim.netfilter import packet as read
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation, number, port
from vnetsim.netfilter.packet import MatchKey, PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.netfilter.services import service_name
from vnetsim.values import frozen
from vnetsim.wire.tcp import Tcp as Segment
from vnetsim.wire.udp import Udp as Datagram


@frozen
class PortRange:
    """Ports, both ends included."""

    first: int
    last: int
    negated: bool = False

    def __contains__(self, port: object) -> bool:
        return isinstance(port, int) and (self.first <= port <= self.last) != self.negated

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}:{self.last}"

    def names(self, protocol: str | None) -> str:
        """With names of services; without `protocol`, numbers."""
        ends = [self.first] if self.first == self.last else [self.first, self.last]
        return ":".join((protocol and service_name(end, protocol)) or str(end) for end in ends)

    def listing(self, what: str, protocol: str | None) -> str:
        """`dpt:80`, `spts:!1:2`."""
        plural = "s" if self.first != self.last else ""
        return f"{what}{plural}:{'!' if self.negated else ''}{self.names(protocol)}"


#: Flags by their names, in the order in which iptables prints them.
_FLAGS: Final = {"FIN": 1, "SYN": 2, "RST": 4, "PSH": 8, "ACK": 16, "URG": 32}


@frozen
class TcpFlags:
    """Of the flags in `mask`, exactly those in `value` are set."""

    mask: int
    value: int
    negated: bool = False

    def fits(self, flags: int) -> bool:
        return (flags & self.mask == self.value) != self.negated

    @staticmethod
    def names(flags: int) -> str:
        return ",".join(name for name, bit in _FLAGS.items() if flags & bit) or "NONE"

    def __str__(self) -> str:
        return f"{negation(self.negated)}--tcp-flags {self.names(self.mask)} {self.names(self.value)}"

    def listing(self, numeric: bool) -> str:
        sign = "!" if self.negated else ""
        if numeric:
            return f"flags:{sign}0x{self.mask:02X}/0x{self.value:02X}"
        return f"flags:{sign}{self.names(self.mask)}/{self.names(self.value)}"


SYN: Final = TcpFlags(0x17, 0x02)


@frozen(kw_only=True)
class _Ports(XtMatch):
    """A range that contains every port and is not negated is none at all."""

    cacheable = True
    source: PortRange | None = None
    destination: PortRange | None = None
    number: ClassVar[int]

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == self.number

    @property
    def is_translated(self) -> bool:
        """Whether iptables-nft uses native expressions of nf_tables, and not the xtables extension."""
        return self.source is not None or self.destination is not None

    @property
    def match_keys(self) -> tuple[MatchKey, ...] | None:
        ports = ((self.source, read.source_port), (self.destination, read.destination_port))
        return tuple(key for wanted, key in ports if wanted is not None) if self.cacheable else None

    def matches(self, packet: PktInfo) -> bool:
        header = packet.transport
        if not isinstance(header, (Segment, Datagram)):
            return False
        if self.source is not None and header.source_port not in self.source:
            return False
        return self.destination is None or header.destination_port in self.destination

    def joined(self, other: _Ports) -> Self:
        """This and `other`, of the same class, as one; `other` decides what both give."""
        given = {field.name: getattr(other, field.name) for field in attrs.fields(type(other))}
        return attrs.evolve(self, **{name: value for name, value in given.items() if value is not None})

    def _parts(self) -> list[str]:
        ports = (("--sport", self.source), ("--dport", self.destination))
        return [f"{negation(r.negated)}{option} {r}" for option, r in ports if r is not None]

    def _listed(self, numeric: bool) -> list[str]:
        protocol = None if numeric else self.name
        ports = (("spt", self.source), ("dpt", self.destination))
        return [r.listing(what, protocol) for what, r in ports if r is not None]

    def listing(self, numeric: bool) -> str:
        return " ".join((self.name, *self._listed(numeric)))

    def __str__(self) -> str:
        return " ".join(("-m", self.name, *self._parts()))


@frozen(kw_only=True, str=False)
class TcpMatch(_Ports):
    """`option` is a kind of TCP option that must be there, and whether it must not."""

    name = "tcp"
    number = 6
    flags: TcpFlags | None = None
    option: tuple[int, bool] | None = None

    @property
    def cacheable(self) -> bool:  # type: ignore[override]  # of the class elsewhere
        return self.flags is None and self.option is None

    @property
    def is_translated(self) -> bool:
        return self.option is None and (self.flags is not None or super().is_translated)

    def matches(self, packet: PktInfo) -> bool:
        if not super().matches(packet):
            return False
        if self.flags is None and self.option is None:
            return True
        segment = packet.transport
        return isinstance(segment, Segment) and self._fits(segment)

    def _fits(self, segment: Segment) -> bool:
        if self.flags is not None and not self.flags.fits(segment.flags):
            return False
        if self.option is None:
            return True
        kind, negated = self.option
        return any(found == kind for found, _ in segment.options) != negated

    def _parts(self) -> list[str]:
        parts = super()._parts()
        if self.option is not None:
            parts.append(f"{negation(self.option[1])}--tcp-option {self.option[0]}")
        return parts if self.flags is None else [*parts, str(self.flags)]

    def _listed(self, numeric: bool) -> list[str]:
        parts = super()._listed(numeric)
        if self.option is not None:
            parts.append(f"option={'!' if self.option[1] else ''}{self.option[0]}")
        return parts if self.flags is None else [*parts, self.flags.listing(numeric)]


@frozen(kw_only=True, str=False)
class UdpMatch(_Ports):
    name = "udp"
    number = 17


def _range(text: str, context: ParseContext) -> tuple[int, int]:
    first_text, colon, last_text = text.partition(":")
    if not colon:
        only = port(first_text, context.protocol)
        return only, only
    first = port(first_text, context.protocol) if first_text else 0
    last = port(last_text, context.protocol) if last_text else 0xFFFF
    if first > last:
        raise ArgumentError("invalid portrange (min > max)")
    return first, last


def _flag_bits(text: str) -> int:
    bits = 0
    for token in filter(None, text.upper().split(",")):
        if token not in (*_FLAGS, "ALL", "NONE"):
            raise ArgumentError(f"Unknown TCP flag `{token if token != text.upper() else text}'")
        bits |= {"ALL": 0x3F, "NONE": 0}.get(token) or _FLAGS.get(token, 0)
    return bits


def _flags(text: str, _context: ParseContext) -> TcpFlags:
    mask_text, _, value_text = text.partition(" ")
    return TcpFlags(_flag_bits(mask_text), _flag_bits(value_text))


def _kind(text: str, _context: ParseContext) -> int:
    kind = number(text)
    if kind is None or not 1 <= kind <= 255:
        raise ArgumentError(f'Bad TCP option "{text}"')
    return kind


def _parsed_range(parsed: ParsedOptions, key: str) -> PortRange | None:
    if key not in parsed or (parsed.get(key) == (0, 0xFFFF) and not parsed.negated(key)):
        return None
    first, last = parsed.get(key)
    return PortRange(first, last, parsed.negated(key))


def _translated(found: PortRange | None) -> PortRange | None:
    """As iptables-nft reads it back from nf_tables: none of the ports up to one are all those behind it."""
    if found is None or not found.negated or found.first > 0 or found.last in (0, 0xFFFF):
        return found
    return PortRange(found.last + 1, 0xFFFF)


def check_protocol(rule: Rule) -> None:
    """iptables-nft turns matches of ports into bytes itself, and wants to know then that they are where it looks."""
    for match in rule.matches:
        if isinstance(match, (TcpMatch, UdpMatch)) and match.is_translated and not match.fits(rule):
            raise ArgumentError(f"{match.name.upper()} match requires '-p {match.name}'")


def _ports(parsed: ParsedOptions) -> dict[str, Any]:
    ranges = {"source": _parsed_range(parsed, "sport"), "destination": _parsed_range(parsed, "dport")}
    return ranges if "tcp-option" in parsed else {key: _translated(found) for key, found in ranges.items()}


def _tcp(parsed: ParsedOptions) -> TcpMatch:
    flags = parsed.get("tcp-flags")
    if flags is True:
        flags = SYN
    if flags is not None:
        flags = attrs.evolve(flags, negated=parsed.negated("tcp-flags"))
        if not flags.mask and not flags.negated:
            flags = None
    option = (parsed.get("tcp-option"), parsed.negated("tcp-option")) if "tcp-option" in parsed else None
    return TcpMatch(**_ports(parsed), flags=flags, option=option)


def _udp(parsed: ParsedOptions) -> UdpMatch:
    return UdpMatch(**_ports(parsed))


def _port_options() -> tuple[XtOption, ...]:
    source, destination = (f"Only one `--{which}-port' allowed" for which in ("source", "destination"))
    return (
        XtOption("source-port", _range, inverts=True, key="sport", repeated=source),
        XtOption("sport", _range, inverts=True, repeated=source),
        XtOption("destination-port", _range, inverts=True, key="dport", repeated=destination),
        XtOption("dport", _range, inverts=True, repeated=destination),
    )


_ONE_OF_FLAGS: Final = "Only one of `--syn' or `--tcp-flags'  allowed"


MATCHES: Final = (
    Extension(
        "tcp",
        (
            *_port_options(),
            XtOption("syn", inverts=True, key="tcp-flags", repeated=_ONE_OF_FLAGS),
            XtOption("tcp-flags", _flags, inverts=True, repeated=_ONE_OF_FLAGS, operands=2),
            XtOption("tcp-option", _kind, inverts=True, repeated="Only one `--tcp-option' allowed"),
        ),
        _tcp,
    ),
    Extension("udp", _port_options(), _udp),
)
