"""The type of service (RFC 1349) and the DSCP (RFC 2474): tos, dscp, TOS, DSCP (xt_dscp.c, xt_DSCP.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch, XtTarget
from vnetsim.values import frozen
from vnetsim.wire import ipv4

_MANGLE: Final = frozenset({"mangle"})
_SERVICES: Final = {
    "Minimize-Delay": 0x10,
    "Maximize-Throughput": 0x08,
    "Maximize-Reliability": 0x04,
    "Minimize-Cost": 0x02,
    "Normal-Service": 0x00,
}
#: A name is the bits of RFC 1349 with any precedence above them.
_NAMED_MASK: Final = 0x3F


def _named(value: int, mask: int) -> str | None:
    return next((name for name, bits in _SERVICES.items() if bits == value), None) if mask == _NAMED_MASK else None


def _tos_value(text: str, _context: ParseContext) -> tuple[int, int]:
    """Value and mask, by number or name."""
    value, rest = options.leading_number(text)
    if value is None or value > 0xFF:
        named = [name for name in _SERVICES if name.lower() == text.lower()]
        if not named:
            raise ArgumentError(f'Symbolic name "{text}" is unknown')
        return _SERVICES[named[0]], _NAMED_MASK
    mask = options.number(rest[1:]) if rest[:1] == "/" else None if rest else 0xFF
    if mask is None or mask > 0xFF:
        raise ArgumentError(f'Illegal value: "{text}"')
    return value, mask


@frozen
class Tos(XtMatch):
    """The bits in `mask` are `value`."""

    name = "tos"
    value: int
    mask: int = 0xFF
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        return (packet.tos & self.mask == self.value) != self.negated

    def listing(self, numeric: bool) -> str:
        name = None if numeric else _named(self.value, self.mask)
        value = f"0x{self.value:02x}/0x{self.mask:02x}" if name is None else f" {name}"
        return f"tos match{'!' if self.negated else ''}{value}"

    def __str__(self) -> str:
        return f"-m tos {negation(self.negated)}--tos 0x{self.value:02x}/0x{self.mask:02x}"


def _tos(parsed: ParsedOptions) -> Tos:
    value, mask = parsed.get("tos")
    return Tos(value, mask, parsed.negated("tos"))


def _with_tos(packet: PktInfo, tos: int) -> None:
    if isinstance(packet.ip, ipv4.Packet):
        packet.ip = attrs.evolve(packet.ip, tos=tos)
    else:
        packet.ip = attrs.evolve(packet.ip, traffic_class=tos)


@frozen(str=False)
class SetTos(XtTarget):
    """The bits in `mask` are cleared, then those in `value` turned."""

    name = "TOS"
    tables = _MANGLE
    value: int
    mask: int = 0xFF

    def act(self, packet: PktInfo) -> None:
        _with_tos(packet, (packet.tos & ~self.mask) ^ self.value)

    def listing(self, numeric: bool) -> str:
        if numeric:
            return f"TOS set 0x{self.value:02x}/0x{self.mask:02x}"
        name = _named(self.value, self.mask)
        if name is not None:
            return f" TOS set{name}"
        if self.value == self.mask:
            return f"TOS or 0x{self.value:02x}"
        if self.mask == 0:
            return f"TOS xor 0x{self.value:02x}"
        if self.value == 0:
            return f"TOS and 0x{~self.mask & 0xFF:02x}"
        return f"TOS set 0x{self.value:02x}/0x{self.mask:02x}"

    def __str__(self) -> str:
        return f"TOS --set-tos 0x{self.value:02x}/0x{self.mask:02x}"


def _set_tos(parsed: ParsedOptions) -> SetTos:
    if "set-tos" in parsed:
        return SetTos(*parsed.get("set-tos"))
    bits = parsed.get("and-tos")
    if bits is not None:
        return SetTos(0, ~bits & 0xFF)
    bits = parsed.get("or-tos")
    return SetTos(parsed.get("xor-tos"), 0) if bits is None else SetTos(bits, bits)


_CLASSES: Final = (
    {f"CS{n}": n << 3 for n in range(8)}
    | {"BE": 0, "EF": 0x2E}
    | {f"AF{n}{drop}": n << 3 | drop << 1 for n in range(1, 5) for drop in range(1, 4)}
)


def _class(text: str, _context: ParseContext) -> int:
    if text.upper() not in _CLASSES:
        raise ArgumentError(f"Invalid DSCP value `{text}'")
    return _CLASSES[text.upper()]


@frozen
class Dscp(XtMatch):
    name = "dscp"
    value: int
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        return (packet.tos >> 2 == self.value) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"DSCP match {'!' if self.negated else ''}0x{self.value:02x}"

    def __str__(self) -> str:
        return f"-m dscp {negation(self.negated)}--dscp 0x{self.value:02x}"


@frozen(str=False)
class SetDscp(XtTarget):
    """The two bits of explicit congestion notification stay."""

    name = "DSCP"
    tables = _MANGLE
    value: int

    def act(self, packet: PktInfo) -> None:
        _with_tos(packet, packet.tos & 3 | self.value << 2)

    def listing(self, _numeric: bool) -> str:
        return f"DSCP set 0x{self.value:02x}"

    def __str__(self) -> str:
        return f"DSCP --set-dscp 0x{self.value:02x}"


def _dscp(parsed: ParsedOptions) -> Dscp:
    key = "dscp" if "dscp" in parsed else "dscp-class"
    return Dscp(parsed.get(key), parsed.negated(key))


def _set_dscp(parsed: ParsedOptions) -> SetDscp:
    return SetDscp(parsed.get("set-dscp", parsed.get("set-dscp-class")))


def _dscp_options(prefix: str, *, inverts: bool) -> tuple[XtOption, ...]:
    plain, by_class = f"{prefix}dscp", f"{prefix}dscp-class"
    return (
        XtOption(plain, options.integer(0, 63), inverts=inverts, excludes=(by_class,)),
        XtOption(by_class, _class, inverts=inverts, excludes=(plain,)),
    )


MATCHES: Final = (
    Extension("tos", (XtOption("tos", _tos_value, inverts=True, mandatory=True),), _tos),
    Extension("dscp", _dscp_options("", inverts=True), _dscp, required="DSCP match: Parameter --dscp is required"),
)


TARGETS: Final = (
    Extension(
        "TOS",
        (
            XtOption("set-tos", _tos_value, excludes=("and-tos", "or-tos", "xor-tos")),
            *(XtOption(f"{verb}-tos", options.integer(0, 255)) for verb in ("and", "or", "xor")),
        ),
        _set_tos,
        required="TOS: An action is required",
    ),
    Extension(
        "DSCP",
        _dscp_options("set-", inverts=False),
        _set_dscp,
        required="DSCP target: Parameter --set-dscp is required",
    ),
)
