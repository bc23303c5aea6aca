"""Elements of sets as they are printed: intervals become values, prefixes or ranges again (src/segtree.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from vnetsim.clock import MILLISECOND
from vnetsim.netfilter.nft.datatypes import Datatype, Json, Value
from vnetsim.netfilter.nft.expressions import (
    Binary,
    CatchAll,
    Concat,
    Constant,
    Element,
    Interval,
    Key,
    Mapping,
    Node,
    Prefix,
    Range,
    SetLiteral,
    VerdictNode,
    Wildcard,
)
from vnetsim.netfilter.nft.sets import Data, Member, Set, is_string, string_of
from vnetsim.netfilter.nft.statements import Statement
from vnetsim.netfilter.nft.states import State

#: How a statement that is kept with an element is told: in words, and in JSON.
Tell: TypeAlias = Callable[[Statement, "State | None"], tuple[str, dict[str, Json]]]


def literal(found: Set, now: int, tell: Tell) -> SetLiteral:
    """All elements of a set, in the order in which nft prints them."""
    return SetLiteral(tuple(element(found, member, now, tell) for member in found.listed(now)))


def element(found: Set, member: Member, now: int, tell: Tell) -> Node:
    spec = found.spec
    key = CatchAll() if member.catch_all else key_node(member.key, spec.key, spec.bits)
    left = member.expires_at
    shown = Element(
        key,
        tuple(tell(s, state) for s, state in zip(member.statements, member.states, strict=True)),
        member.timeout,
        None if left is None else max(1, (left - now) // MILLISECOND),
        member.comment,
    )
    return shown if member.data is None else Mapping(shown, data_node(member.data, spec.data, spec.data_bits))


def data_node(data: Data, kinds: tuple[Datatype, ...], sizes: tuple[int, ...]) -> Node:
    """What a map holds; without types it is the name of an object."""
    if isinstance(data, VerdictNode):
        return data
    if not kinds:
        assert isinstance(data, str)
        return Constant(data)
    return key_node(data, kinds, sizes or tuple(kind.bits for kind in kinds))


def key_node(key: Key, kinds: tuple[Datatype, ...], sizes: tuple[int, ...]) -> Node:
    if isinstance(key, tuple):
        return Concat(tuple(_part(part, kind, bits) for part, kind, bits in zip(key, kinds, sizes, strict=True)))
    return _part(key, kinds[0], sizes[0])


def _part(part: Value | Interval, kind: Datatype, bits: int) -> Node:
    if not isinstance(part, Interval):
        return flags_of(Constant(part, kind), kind)
    if is_string(kind):
        return _strings(part, kind)
    if part.first == part.last:
        return Constant(part.first, kind)
    size = (part.last - part.first).bit_length()
    spread = (1 << size) - 1
    if kind.prefixes and part.last - part.first == spread and part.first & spread == 0:
        return Prefix(part.first, bits - size, bits, kind)
    return Range(part.first, part.last, kind)


def flags_of(constant: Constant, datatype: Datatype) -> Node:
    """Several flags are told as `a | b`."""
    value = constant.value
    if not datatype.is_flags or not isinstance(value, int) or value.bit_count() < 2:
        return constant
    first, *others = (Constant(bit, datatype) for bit in _bits(value))
    joined: Node = first
    for other in others:
        joined = Binary("|", joined, other)
    return joined


def _bits(value: int) -> Iterator[int]:
    while value:
        lowest = value & -value
        yield lowest
        value ^= lowest


def _strings(interval: Interval, kind: Datatype) -> Node:
    text = string_of(interval.first)
    return Constant(text, kind) if interval.first == interval.last else Wildcard(text, kind)
