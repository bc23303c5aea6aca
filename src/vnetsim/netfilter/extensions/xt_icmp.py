"""Matches of ICMP types: icmp, icmp6 (xt_icmp in ip_tables.c, ip6_tables.c; names of libipt_icmp, libip6t_icmp6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, NamedTuple

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, Reader, XtOption, leading_number, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch
from vnetsim.values import frozen
from vnetsim.wire.icmp import Icmp as Message
from vnetsim.wire.icmpv6 import Icmpv6 as Message6


class IcmpKind(NamedTuple):
    """A type, and a code or None for all of them."""

    type: int
    code: int | None = None

    def __str__(self) -> str:
        return str(self.type) if self.code is None else f"{self.type}/{self.code}"


ANY: Final = IcmpKind(255)


def _kinds(*groups: tuple[int, str, str]) -> dict[str, IcmpKind]:
    """Each group: a type, its names, and the names of its codes from 0 on (`-`: none)."""
    table: dict[str, IcmpKind] = {}
    for number_, names, codes in groups:
        table |= dict.fromkeys(names.split(), IcmpKind(number_))
        table |= {name: IcmpKind(number_, code) for code, name in enumerate(codes.split()) if name != "-"}
    return table


_UNREACHABLE: Final = """
    network-unreachable host-unreachable protocol-unreachable port-unreachable fragmentation-needed source-route-failed
    network-unknown host-unknown - network-prohibited host-prohibited TOS-network-unreachable TOS-host-unreachable
    communication-prohibited host-precedence-violation precedence-cutoff
"""
_ICMP: Final = _kinds(
    (255, "any", ""),
    (0, "echo-reply pong", ""),
    (3, "destination-unreachable", _UNREACHABLE),
    (4, "source-quench", ""),
    (5, "redirect", "network-redirect host-redirect TOS-network-redirect TOS-host-redirect"),
    (8, "echo-request ping", ""),
    (9, "router-advertisement", ""),
    (10, "router-solicitation", ""),
    (11, "time-exceeded ttl-exceeded", "ttl-zero-during-transit ttl-zero-during-reassembly"),
    (12, "parameter-problem", "ip-header-bad required-option-missing"),
    (13, "timestamp-request", ""),
    (14, "timestamp-reply", ""),
    (17, "address-mask-request", ""),
    (18, "address-mask-reply", ""),
)  # fmt: skip
_ICMPV6: Final = _kinds(
    (1, "destination-unreachable",
     "no-route communication-prohibited beyond-scope address-unreachable port-unreachable failed-policy reject-route"),
    (2, "packet-too-big", ""),
    (3, "time-exceeded ttl-exceeded", "ttl-zero-during-transit ttl-zero-during-reassembly"),
    (4, "parameter-problem", "bad-header unknown-header-type unknown-option"),
    (128, "echo-request ping", ""),
    (129, "echo-reply pong", ""),
    (133, "router-solicitation", ""),
    (134, "router-advertisement", ""),
    (135, "neighbour-solicitation neighbor-solicitation", ""),
    (136, "neighbour-advertisement neighbor-advertisement", ""),
    (137, "redirect", ""),
)  # fmt: skip
#: Names of types and codes, by family.
KINDS: Final = {4: _ICMP, 6: _ICMPV6}


@frozen
class _Type(XtMatch):
    kind: IcmpKind
    negated: bool = False
    protocol: ClassVar[int]
    option: ClassVar[str]
    listed: ClassVar[str]
    names: ClassVar[dict[str, IcmpKind]]

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == self.protocol and not rule.protocol.negated

    def _fits(self, message: Message | Message6) -> bool:
        found = message.type == self.kind.type and self.kind.code in (None, message.code)
        return found != self.negated

    def listing(self, numeric: bool) -> str:
        sign = "!" if self.negated else ""
        name = next((name for name, kind in self.names.items() if kind == self.kind), None)
        if name is not None and not numeric:
            return f"{self.listed} {sign}{name}"
        code = "" if self.kind.code is None else f" code {self.kind.code}"
        return f"{self.listed}{' !' if self.negated else ''}type {self.kind.type}{code}"

    def __str__(self) -> str:
        return f"-m {self.name} {negation(self.negated)}--{self.option} {self._kind_text()}"

    def _kind_text(self) -> str:
        return str(self.kind)


@frozen(str=False)
class IcmpType(_Type):
    name = "icmp"
    protocol = 1
    option = "icmp-type"
    listed = "icmp"
    names = _ICMP

    def matches(self, packet: PktInfo) -> bool:
        message = packet.transport
        if not isinstance(message, Message):
            return False
        # Every type, whatever its code (icmp_type_code_match).
        return not self.negated if self.kind.type == ANY.type else self._fits(message)

    def _kind_text(self) -> str:
        return "any" if self.kind.type == ANY.type else str(self.kind)


@frozen(str=False)
class Icmpv6Type(_Type):
    name = "icmp6"
    protocol = 58
    option = "icmpv6-type"
    listed = "ipv6-icmp"
    names = _ICMPV6

    def matches(self, packet: PktInfo) -> bool:
        message = packet.transport
        return isinstance(message, Message6) and self._fits(message)


def _reader(names: dict[str, IcmpKind], called: str) -> Reader:
    def read(text: str, _context: ParseContext) -> IcmpKind:
        found = [name for name in names if name.lower().startswith(text.lower())]
        if len(found) > 1:
            raise ArgumentError(f"Ambiguous {called} type `{text}': `{found[0]}' or `{found[1]}'?")
        return names[found[0]] if found else _numbers(text, called)

    return read


def _numbers(text: str, called: str) -> IcmpKind:
    type_text, slash, code_text = text.partition("/")
    kind = _number(type_text)
    if kind is None:
        raise ArgumentError(f"Unknown {called} type `{text}'")
    if not slash:
        return IcmpKind(kind)
    code = _number(code_text)
    if code is None:
        raise ArgumentError(f"Unknown {called} code `{text}'")
    return IcmpKind(kind, code)


def _number(text: str) -> int | None:
    """A byte; None for no number and for one that is too large."""
    value, rest = leading_number(text)
    if value is None or value > 255:
        return None
    if rest:
        raise ArgumentError(f"unknown character {rest[0]}")
    return value


def _icmp(parsed: ParsedOptions) -> IcmpType:
    return IcmpType(parsed.get("icmp-type"), parsed.negated("icmp-type"))


def _icmpv6(parsed: ParsedOptions) -> Icmpv6Type:
    return Icmpv6Type(parsed.get("icmpv6-type"), parsed.negated("icmpv6-type"))


def _extension(
    name: str, option: str, read: Reader, build: Callable[[ParsedOptions], XtMatch], version: int
) -> Extension:
    return Extension(name, (XtOption(option, read, inverts=True, mandatory=True),), build, versions=(version,))


MATCHES: Final = (
    _extension("icmp", "icmp-type", _reader(_ICMP, "ICMP"), _icmp, 4),
    _extension("icmp6", "icmpv6-type", _reader(_ICMPV6, "ICMPv6"), _icmpv6, 6),
)
