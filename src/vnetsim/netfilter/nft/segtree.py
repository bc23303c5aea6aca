"""Elements of sets as they are printed: intervals become values, prefixes or ranges again (src/segtree.c)."""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.clock import MILLISECOND
from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft.datatype import Datatype, Value
from vnetsim.netfilter.nft.set_expr import CatchallExpr, MappingExpr, SetElemExpr, SetExpr
from vnetsim.netfilter.nft.sets import Data, NftSet, SetElem, is_string, string_of


def set_expr(found: NftSet, now: int) -> SetExpr:
    """All elements of a set, in the order in which nft prints them."""
    return SetExpr(tuple(_element(found, member, now) for member in found.listed(now)))


def _element(found: NftSet, member: SetElem, now: int) -> ex.Expr:
    spec = found.spec
    left = member.expires_at
    key = CatchallExpr() if member.catch_all else key_expr(member.key, spec.key, spec.bits)
    expires = None if left is None else max(1, (left - now) // MILLISECOND)
    elem = SetElemExpr(key, member.statements, member.timeout, expires, member.comment, member.states)
    return elem if member.data is None else MappingExpr(elem, data_expr(member.data, spec.data, spec.data_bits))


def data_expr(data: Data, kinds: tuple[Datatype, ...], sizes: tuple[int, ...]) -> ex.Expr:
    """The data of a map; without types it is the name of an object."""
    if isinstance(data, ex.VerdictExpr):
        return data
    if not kinds:
        assert isinstance(data, str)
        return ex.ConstantExpr(data)
    return key_expr(data, kinds, sizes or tuple(kind.bits for kind in kinds))


def key_expr(key: ex.Key, kinds: tuple[Datatype, ...], sizes: tuple[int, ...]) -> ex.Expr:
    if isinstance(key, tuple):
        return ex.ConcatExpr(tuple(_part(part, kind, bits) for part, kind, bits in zip(key, kinds, sizes, strict=True)))
    return _part(key, kinds[0], sizes[0])


def _part(part: Value | ex.Interval, kind: Datatype, bits: int) -> ex.Expr:
    if not isinstance(part, ex.Interval):
        return flags_of(ex.ConstantExpr(part, kind), kind)
    if is_string(kind):
        return _strings(part, kind)
    if part.first == part.last:
        return ex.ConstantExpr(part.first, kind)
    size = (part.last - part.first).bit_length()
    spread = (1 << size) - 1
    if kind.prefixes and part.last - part.first == spread and part.first & spread == 0:
        return ex.PrefixExpr.of(part.first, bits - size, bits, kind)
    return ex.RangeExpr.of(part.first, part.last, kind)


def flags_of(constant: ex.ConstantExpr, datatype: Datatype) -> ex.Expr:
    """Several flags are printed as `a | b`."""
    value = constant.value
    if not datatype.is_flags or not isinstance(value, int) or value.bit_count() < 2:
        return constant
    first, *others = (ex.ConstantExpr(bit, datatype) for bit in _bits(value))
    joined: ex.Expr = first
    for other in others:
        joined = ex.BinopExpr("|", joined, other)
    return joined


def _bits(value: int) -> Iterator[int]:
    while value:
        lowest = value & -value
        yield lowest
        value ^= lowest


def _strings(interval: ex.Interval, kind: Datatype) -> ex.Expr:
    text = string_of(interval.first)
    return ex.ConstantExpr(text, kind) if interval.first == interval.last else ex.WildcardExpr(text, kind)
