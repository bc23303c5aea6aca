"""Masks in what nf_tables keeps: a mask of ones in front is a prefix, other bits are flags (netlink_delinearize.c)."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    BitwiseExpr,
    ConstantExpr,
    Expr,
    FlagcmpExpr,
    ListExpr,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    number_of,
)
from vnetsim.netfilter.nft.primary_expr import FieldExpr, PayloadExpr
from vnetsim.netfilter.nft.segtree import flags_of
from vnetsim.netfilter.nft.set_expr import MappingExpr, SetElemExpr, SetExpr

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
    """What a field that was cut out is compared with; sets with a name are left alone."""
    match node:
        case ConstantExpr(value=int(value)):
            return ConstantExpr(value >> shift, datatype)
        case RangeExpr():
            return RangeExpr.of(node.first >> shift, node.last >> shift, datatype)
        case SetExpr():
            return SetExpr(tuple(shifted(element, shift, datatype) for element in node.elements))
        case SetElemExpr():
            return attrs.evolve(node, key=shifted(node.key, shift, datatype))
        case MappingExpr():
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
