"""Expressions of the kernel as nft prints them (expr_postprocess of src/netlink_delinearize.c).

Payload expressions get the names of their fields; a mask of ones in front is a prefix, other bits are flags.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    BitwiseExpr,
    ConcatExpr,
    ConstantExpr,
    Expr,
    FlagcmpExpr,
    ListExpr,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    ShiftExpr,
    WildcardExpr,
    number_of,
)
from vnetsim.netfilter.nft.payload_dependency import PayloadDepContext
from vnetsim.netfilter.nft.primary_expr import CtExpr, ExthdrExpr, FieldExpr, HashExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import (
    ETHER,
    ETHER_BITS,
    INET,
    IP,
    IP6,
    TH,
    VLAN,
    Field,
    Header,
    PayloadBase,
    ProtoContext,
)
from vnetsim.netfilter.nft.segtree import flags_of, set_expr
from vnetsim.netfilter.nft.set_expr import MapExpr, MappingExpr, SetElemExpr, SetExpr, SetRefExpr, is_anonymous
from vnetsim.netfilter.nft.sets import NftSet

#: A comparison as printed.
Comparison: TypeAlias = RelationalExpr | FlagcmpExpr


def part_of(part: Expr, value: int, bits: int) -> Expr:
    if not isinstance(part, FieldExpr):
        return ConstantExpr(value, types.RAW)
    if bits < part.field.bits:
        return PrefixExpr.of(value << part.field.bits - bits, bits, part.field.bits, part.field.datatype)
    return ConstantExpr(value, part.field.datatype)


def without_idle_mask(node: Expr) -> Expr:
    """A mask of ones only."""
    if isinstance(node, BitwiseExpr) and isinstance(node.value, PayloadExpr) and not node.xor:
        full = (1 << node.value.bits) - 1
        return node.value if node.mask == full else node
    return node


def mask_of(node: Expr) -> tuple[Expr, int]:
    if isinstance(node, BinopExpr) and node.operator == "&" and isinstance(node.right, ConstantExpr):
        return node.left, number_of(node.right)
    return node, 0


def shifted(node: Expr, shift: int, datatype: Datatype) -> Expr:
    """The right-hand side for a field that was cut out; named sets are unchanged."""
    match node:
        case ConstantExpr(value=int(value)):
            return ConstantExpr(value >> shift, datatype)
        case RangeExpr():
            return RangeExpr.of(node.first >> shift, node.last >> shift, datatype)
        case SetExpr():
            return SetExpr(tuple(shifted(element, shift, datatype) for element in node.elements))
        case SetElemExpr() | MappingExpr():
            return attrs.evolve(node, key=shifted(node.key, shift, datatype))
    return node


def as_prefix(addresses: RangeExpr) -> Expr:
    size = (addresses.last - addresses.first).bit_length()
    if addresses.last - addresses.first != (1 << size) - 1 or addresses.first & (1 << size) - 1:
        return addresses
    bits = addresses.datatype.bits
    return PrefixExpr.of(addresses.first, bits - size, bits, addresses.datatype)


def is_prefix_mask(mask: int, bits: int) -> bool:
    holes = ~mask & (1 << bits) - 1
    return holes & holes + 1 == 0


def flag_list(node: Expr) -> Expr:
    """`a | b` as `a,b`."""
    parts: list[Expr] = []
    while isinstance(node, BinopExpr) and node.operator == "|":
        parts.insert(0, node.right)
        node = node.left
    return ListExpr((node, *parts)) if parts else node


def flag_comparison(operator: str, left: BinopExpr, right: Expr, datatype: Datatype) -> Comparison:
    mask = left.right
    if not isinstance(right, ConstantExpr):
        return RelationalExpr(operator, left, right)
    if right.value == 0:
        return RelationalExpr("in" if operator == "!=" else "!", left.left, flag_list(mask))
    if isinstance(mask, ConstantExpr) and mask.value == right.value:
        return RelationalExpr(operator, left, right)
    return FlagcmpExpr(operator, left.left, flag_list(flags_of(right, datatype)), flag_list(mask))


class ExprDelinearizer:
    """Expressions of one rule in the table's `sets`; `context` are the protocols that the rule has matched."""

    def __init__(self, family: str, sets: Mapping[str, NftSet], now: int) -> None:
        self.family, self.sets, self.now = family, sets, now
        self.context = ProtoContext(family)
        self.deps = PayloadDepContext(family)

    def fields_of(self, payload: PayloadExpr) -> Iterator[tuple[PayloadExpr, int]]:
        offset, rest = payload.offset, payload.bits
        header = self._header(payload)
        for field in header.fields if header is not None else ():
            if field.offset != offset or not self._applies(field):
                continue
            assert header is not None
            bits = min(field.bits, rest)
            yield FieldExpr.of(header, field), bits
            offset, rest = offset + bits, rest - bits
            if not rest:
                return
        yield self._raw(PayloadExpr(payload.base, offset, rest)), rest

    def _header(self, payload: PayloadExpr) -> Header | None:
        """The header that a payload belongs to: before a tag there is the Ethernet header."""
        header = self.context.at.get(payload.base)
        return ETHER if header is VLAN and payload.offset < ETHER_BITS else header

    def _applies(self, field: Field) -> bool:
        known = self.context.icmp_type
        return not field.icmp_types or known is None or known == field.icmp_types[0]

    def _raw(self, payload: PayloadExpr) -> PayloadExpr:
        """A payload without a known field; ports belong to any transport protocol (`th`)."""
        if payload.base is PayloadBase.TRANSPORT and payload.bits == 16 and payload.offset in (0, 16):
            return FieldExpr.of(TH, TH.fields[payload.offset // 16])
        return payload

    def complete(self, payload: PayloadExpr) -> PayloadExpr:
        header = self._header(payload)
        if header is not None and header is not INET:
            for field in header.fields:
                if (field.offset, field.bits) == (payload.offset, payload.bits) and self._applies(field):
                    return FieldExpr.of(header, field)
        return self._raw(payload)

    def cut_out(self, node: Expr) -> tuple[FieldExpr | None, int]:
        """The field that a mask cuts out of its bytes, and how far its values stand to the left."""
        payload, mask = mask_of(node)
        if not isinstance(payload, PayloadExpr) or not mask:
            return None, 0
        shift = (mask & -mask).bit_length() - 1
        size = mask.bit_length() - shift
        if mask >> shift != (1 << size) - 1 or payload.bits == size:
            return None, 0
        cut = self.complete(PayloadExpr(payload.base, payload.offset + payload.bits - shift - size, size))
        if not isinstance(cut, FieldExpr):
            return None, 0
        self.deps.kill(cut)
        return cut, shift

    def uncut(self, node: Expr) -> Expr:
        """A field that is shifted to the right end of its bytes before a lookup."""
        if isinstance(node, BinopExpr) and node.operator == ">>":
            cut, _ = self.cut_out(node.left)
            return node if cut is None else attrs.evolve(node, left=cut)
        return node

    def expression(self, node: Expr) -> Expr:
        match node:
            case PayloadExpr():
                named = self.complete(node)
                self.deps.kill(named)
                return named
            case CtExpr():
                return self._conntrack(node)
            case ExthdrExpr():
                self.deps.release(PayloadBase.TRANSPORT)
                return node
            case BitwiseExpr():
                return self._bitwise(node)
            case ShiftExpr():
                return BinopExpr(node.operator, self.expression(node.value), ConstantExpr(node.amount))
            case ConcatExpr():
                return ConcatExpr(tuple(self.uncut(self.expression(part)) for part in node.parts))
            case HashExpr():
                return attrs.evolve(node, key=None if node.key is None else self.expression(node.key))
            case MapExpr():
                return self.map_expr(node)
            case SetRefExpr():
                return self._reference(node)
        return node

    def map_expr(self, node: MapExpr) -> MapExpr:
        left, right = self.expression(node.key), self.expression(node.mappings)
        cut, shift = self.cut_out(left)
        if cut is not None:
            left, right = cut, shifted(right, shift, cut.field.datatype)
        return MapExpr(self.uncut(left), right, node.verdicts)

    def _reference(self, node: SetRefExpr) -> Expr:
        return set_expr(self.sets[node.name], self.now) if is_anonymous(node.name) else node

    def _conntrack(self, node: CtExpr) -> Expr:
        if node.key in ("saddr", "daddr") and node.direction:
            header = self.context.at.get(PayloadBase.NETWORK)
            if header is IP or header is IP6:
                return attrs.evolve(node, family=header.name)
        return node

    def _bitwise(self, node: BitwiseExpr) -> Expr:
        value = self.expression(node.value)
        datatype = value.datatype
        full = (1 << value.bits) - 1
        mask, xor = node.mask, node.xor
        either = (mask & xor) ^ xor
        xor &= mask
        mask |= either
        for operator, operand, idle in (("&", mask, full), ("^", xor, 0), ("|", either, 0)):
            if operand != idle:
                constant = ConstantExpr(operand, datatype)
                value = BinopExpr(operator, value, flags_of(constant, datatype))
        return value

    def typed(self, right: Expr, left: Expr) -> Expr:
        """The right-hand side with the type of the left one."""
        match right:
            case ConstantExpr() | WildcardExpr():
                return attrs.evolve(right, datatype=left.datatype)
            case RangeExpr():
                return RangeExpr.of(right.first, right.last, left.datatype)
            case PrefixExpr():
                return PrefixExpr.of(right.first, right.length, left.bits, left.datatype)
        return self.expression(right)

    def operand(self, node: Expr) -> Expr:
        """An operand of a statement: constants have their type."""
        if isinstance(node, ConstantExpr):
            return flags_of(node, node.datatype) if node.datatype.is_flags else node
        return self.expression(node)
