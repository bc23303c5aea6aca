"""Masks in what nf_tables keeps: a mask of ones in front is a prefix, other bits are flags (netlink_delinearize.c)."""

from __future__ import annotations

import attrs

from vnetsim.netfilter.nft import datatypes as types
from vnetsim.netfilter.nft.datatypes import Datatype
from vnetsim.netfilter.nft.elements import flags_of
from vnetsim.netfilter.nft.expressions import (
    Binary,
    Bitwise,
    Constant,
    Element,
    FlagComparison,
    Flags,
    Named,
    Node,
    Payload,
    Prefix,
    Range,
    Relation,
    SetLiteral,
)
from vnetsim.netfilter.nft.expressions import Mapping as MapEntry


def part_of(part: Node, value: int, bits: int) -> Node:
    if not isinstance(part, Named):
        return Constant(value, types.RAW)
    if bits < part.field.bits:
        return Prefix(value << part.field.bits - bits, bits, part.field.bits, part.field.datatype)
    return Constant(value, part.field.datatype)


def without_idle_mask(node: Node) -> Node:
    """A mask of ones only."""
    if isinstance(node, Bitwise) and isinstance(node.value, Payload) and not node.xor:
        full = (1 << node.value.bits) - 1
        return node.value if node.mask == full else node
    return node


def mask_of(node: Node) -> tuple[Node, int]:
    if isinstance(node, Binary) and node.operator == "&" and isinstance(node.right, Constant):
        assert isinstance(node.right.value, int)
        return node.left, node.right.value
    return node, 0


def shifted(node: Node, shift: int, datatype: Datatype) -> Node:
    """What a field that was cut out is compared with; sets with a name are left alone."""
    match node:
        case Constant(value=int(value)):
            return Constant(value >> shift, datatype)
        case Range():
            return Range(node.first >> shift, node.last >> shift, datatype)
        case SetLiteral():
            return SetLiteral(tuple(shifted(element, shift, datatype) for element in node.elements))
        case Element():
            return attrs.evolve(node, key=shifted(node.key, shift, datatype))
        case MapEntry():
            return attrs.evolve(node, key=shifted(node.key, shift, datatype))
    return node


def as_prefix(addresses: Range) -> Node:
    size = (addresses.last - addresses.first).bit_length()
    if addresses.last - addresses.first != (1 << size) - 1 or addresses.first & (1 << size) - 1:
        return addresses
    bits = addresses.datatype.bits
    return Prefix(addresses.first, bits - size, bits, addresses.datatype)


def is_prefix_mask(mask: int, bits: int) -> bool:
    holes = ~mask & (1 << bits) - 1
    return holes & holes + 1 == 0


def flag_list(node: Node) -> Node:
    """`a | b` as `a,b`."""
    parts: list[Node] = []
    while isinstance(node, Binary) and node.operator == "|":
        parts.insert(0, node.right)
        node = node.left
    return Flags((node, *parts)) if parts else node


def flag_comparison(operator: str, left: Binary, right: Node, datatype: Datatype) -> Node:
    mask = left.right
    if not isinstance(right, Constant):
        return Relation(operator, left, right)
    if right.value == 0:
        return Relation("in" if operator == "!=" else "!", left.left, flag_list(mask))
    if isinstance(mask, Constant) and mask.value == right.value:
        return Relation(operator, left, right)
    return FlagComparison(operator, left.left, flag_list(flags_of(right, datatype)), flag_list(mask))
