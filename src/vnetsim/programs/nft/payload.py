"""The protocols that a rule has matched, and the dependencies of a field (src/payload.c of nftables 1.0.6).

`tcp dport 22` in a table of the inet family generates `meta l4proto tcp` first.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.expression import ConstantExpr, Expr, RelationalExpr
from vnetsim.netfilter.nft.location import Location
from vnetsim.netfilter.nft.primary_expr import META_PROTOCOLS, CtExpr, FieldExpr, MetaExpr
from vnetsim.netfilter.nft.proto import (
    ETHER,
    ETHERNET_TYPE,
    ICMP,
    ICMPV6,
    IGMP,
    INET,
    INET_SERVICE,
    IP,
    IP6,
    NETDEV,
    VLAN,
    Header,
    PayloadBase,
    ProtoContext,
)
from vnetsim.netfilter.nft.set_expr import SetElemExpr, SetExpr
from vnetsim.programs.nft.erec import NftError

_LINKS: Final = (ETHER, VLAN)
#: Headers whose fields depend on the type of the message.
_ICMP_HEADERS: Final = (ICMP, ICMPV6)


def update_protocols(protocols: ProtoContext, comparison: RelationalExpr, values: list[int]) -> None:
    """A comparison with `values` holds: it may set the protocol of a layer (EXPR_F_PROTOCOL)."""
    left = comparison.left
    protocols.location = comparison.location
    for value in values:
        match left:
            case MetaExpr() if left.key in META_PROTOCOLS or left.key == "iiftype":
                protocols.meta(left.key, value)
            case CtExpr(key="l3proto" | "protocol"):
                protocols.conntrack(left.key, value)
            case FieldExpr() if sets_protocol(left):
                protocols.payload(left.header.base, value)


def sets_protocol(expr: Expr) -> bool:
    """Whether the field has the next protocol."""
    return isinstance(expr, FieldExpr) and expr.header.tells_protocol(expr.field)


class PayloadDependencies:
    """Comparisons that have to come before a field is compared, in `added`."""

    def __init__(self, protocols: ProtoContext) -> None:
        self._protocols = protocols
        self.added: list[RelationalExpr] = []

    def of(self, expr: FieldExpr) -> list[RelationalExpr]:
        """For a field of a header (payload_gen_dependency)."""
        self._headers(expr)
        if expr.header in _ICMP_HEADERS:
            self._message(expr)
        return self.added

    def _headers(self, expr: FieldExpr) -> None:
        header = expr.header
        if header is VLAN and self._protocols.is_stacked:
            raise NotModelled("nft vlan of a tag inside a tag")
        known = self._protocols.at.get(header.base)
        if known is None:
            self.need(expr)
            known = self._protocols.at[header.base]
            if known is header:
                return
        if header.base is known.base and header.base is PayloadBase.TRANSPORT and self._protocols.ambiguous:
            raise _conflict(next(other for other in self._protocols.transports if other is not header), expr)
        if known is header:
            return
        if header in _LINKS and known in (INET, NETDEV, ETHER, VLAN):
            self._link(expr, known)
            return
        raise _conflict(known, expr)

    def need(self, expr: FieldExpr) -> None:
        """Add a comparison for the header of `expr`, if no protocol of its layer was matched."""
        header = expr.header
        if header.base < self._protocols.start:
            if header not in _LINKS:
                raise NftError("protocol specification is invalid for this family", expr.location)
            self._link(expr, None)
            return
        below = self._protocols.at.get(PayloadBase(header.base - 1))
        if below is None:
            below = self._special(expr)
        if self._protocols.family == "bridge" and below is ETHER and header in (IP, IP6):
            # So that packets with a tag match, too.
            below = NETDEV
        self._add_header(expr, below, header)

    def _special(self, expr: FieldExpr) -> Header:
        """In tables of both families: the header below a transport protocol."""
        if expr.header not in (ICMP, ICMPV6, IGMP):
            return INET_SERVICE
        network = IP6 if expr.header is ICMPV6 else IP
        self._add_header(expr, self._protocols.at[PayloadBase.LINK], network)
        return network

    def _add_header(self, expr: FieldExpr, below: Header, header: Header) -> None:
        """A comparison that sets `header` as the protocol behind `below`."""
        number = below.number_of(header)
        if number is None:
            raise _conflict(below, expr, header)
        if below.meta_key:
            self._add(expr, MetaExpr(below.meta_key, location=expr.location), number)
        else:
            self._add(expr, field_of(below, below.key, expr.location), number)

    def _link(self, expr: FieldExpr, known: Header | None) -> None:
        """The Ethernet header, or a tag behind it; the Ethernet header is known where a tag is."""
        if known not in (ETHER, VLAN):
            self._add(expr, MetaExpr("iiftype", location=expr.location), ETHERNET_TYPE)
            known = ETHER
        if expr.header is VLAN and known is ETHER:
            self._add_header(expr, ETHER, VLAN)

    def _add(self, expr: FieldExpr, left: MetaExpr | FieldExpr, number: int) -> None:
        right = ConstantExpr(number, left.datatype, left.bits, location=expr.location)
        comparison = RelationalExpr("==", left, right, location=expr.location)
        self.added.append(comparison)
        update_protocols(self._protocols, comparison, [number])

    def _message(self, expr: FieldExpr) -> None:
        """The type of message that has such a field."""
        wanted = expr.field.icmp_types
        known = self._protocols.icmp_type
        if not wanted or known in wanted[: len(wanted) if expr.header is ICMPV6 else 1]:
            return
        if known:
            raise NftError(f"incompatible icmp match: rule has {known}, need {wanted[0]}", expr.location)
        self._protocols.icmp_type = wanted[0]
        location = expr.location
        left = field_of(expr.header, "type", location)
        values = [ConstantExpr(value, left.datatype, left.bits, location=location) for value in wanted]
        right: Expr = values[0]
        if len(values) > 1:
            items = tuple(SetElemExpr(value, location=location) for value in values)
            right = SetExpr(items, left.datatype, left.bits, location=location)
        self.added.append(RelationalExpr("==", left, right, location=location))


def _conflict(one: Header, expr: FieldExpr, other: Header | None = None) -> NftError:
    name = (other or expr.header).name
    return NftError(f"conflicting protocols specified: {one.name} vs. {name}", expr.location)


def field_of(header: Header, name: str, location: Location) -> FieldExpr:
    field = header.field(name)
    assert field is not None
    return FieldExpr.of(header, field, location)
