"""What an expression means, as the kernel keeps it (src/netlink_linearize.c, rule.c: stmt_reduce of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter.nft import expressions as ex
from vnetsim.netfilter.nft.headers import Base
from vnetsim.netfilter.nft.sets import string_interval
from vnetsim.netfilter.nft.statements import Match, Statement
from vnetsim.programs.nft.meaning import (
    Decided,
    Joined,
    Known,
    KnownPrefix,
    KnownRange,
    Looked,
    Mapped,
    Meaning,
    Operated,
    Referred,
)
from vnetsim.programs.nft.protocols import Comparison
from vnetsim.programs.nft.source import Location

#: Bits of a register of the kernel, and of a small one.
_REGISTER: Final = 128
_SMALL: Final = 32


def node_of(meaning: Meaning) -> ex.Node:
    """A value, or what is looked at."""
    match meaning:
        case Looked():
            return meaning.node
        case Operated():
            return _operated(meaning)
        case Known():
            return ex.Constant(meaning.value, meaning.datatype)
        case KnownPrefix():
            return _prefix(meaning)
        case KnownRange():
            return ex.Range(meaning.first, meaning.last, meaning.datatype)
        case Joined():
            return ex.Concat(tuple(node_of(part) for part in meaning.parts))
    return _other(meaning)


def _other(meaning: Meaning) -> ex.Node:
    match meaning:
        case Referred():
            return ex.SetReference(meaning.spec.name)
        case Mapped():
            return ex.Lookup(node_of(meaning.key), ex.SetReference(meaning.spec.name))
        case Decided():
            return ex.VerdictNode(meaning.kind, meaning.chain)
    raise AssertionError(f"{meaning.word} is nothing that the kernel keeps")


def _prefix(meaning: KnownPrefix) -> ex.Node:
    if isinstance(meaning.value, str):
        return ex.Wildcard(meaning.value, meaning.datatype)
    return ex.Prefix(meaning.value, meaning.length, meaning.bits, meaning.datatype)


def _operated(meaning: Operated) -> ex.Node:
    """Masks one behind the other are one; shifts stand for themselves."""
    if meaning.operator in ("<<", ">>"):
        return ex.Shift(meaning.operator, node_of(meaning.left), meaning.right)
    chain: list[Operated] = []
    base: Meaning = meaning
    while isinstance(base, Operated) and base.operator not in ("<<", ">>"):
        chain.insert(0, base)
        base = base.left
    full = (1 << meaning.bits) - 1
    mask, xor = full, 0
    for one in chain:
        m, x = {"&": (one.right, 0), "|": (full & ~one.right, one.right), "^": (full, one.right)}[one.operator]
        xor = x ^ (xor & m)
        mask &= m
    return ex.Bitwise(node_of(base), mask, xor)


# --- comparisons ---------------------------------------------------------------------------------------------------


def matches(comparison: Comparison) -> list[Match]:
    """A range is two comparisons; flags are one with a mask."""
    left, right = comparison.left, comparison.right
    operator = comparison.operator or "=="
    node = node_of(left)
    if isinstance(right, KnownRange):
        return _range(operator, node, right)
    if isinstance(right, KnownPrefix):
        return [_prefix_match(operator, left, node, right)]
    flags = isinstance(right, Known) and right.datatype.is_flags
    if flags and comparison.operator in ("", "!"):
        return [_flags(comparison.operator, left, node, right)]
    return [Match(operator, node, node_of(right))]


def _range(operator: str, node: ex.Node, right: KnownRange) -> list[Match]:
    if operator == "!=":
        return [Match(operator, node, node_of(right))]
    return [
        Match(">=", node, ex.Constant(right.first, right.datatype)),
        Match("<=", node, ex.Constant(right.last, right.datatype)),
    ]


def _prefix_match(operator: str, left: Meaning, node: ex.Node, right: KnownPrefix) -> Match:
    value, length = right.value, right.length
    if isinstance(value, str):
        return Match(operator, node, ex.Wildcard(value, right.datatype))
    if not length or length % 8 or left.datatype.host_order:
        mask = (1 << right.bits) - (1 << right.bits - length)
        return Match(operator, ex.Bitwise(node, mask), ex.Constant(value, right.datatype))
    if isinstance(node, ex.Payload):
        short = attrs.evolve(node, bits=length)
        return Match(operator, short, ex.Constant(value >> right.bits - length, right.datatype))
    return Match(operator, node, node_of(right))


def _flags(operator: str, left: Meaning, node: ex.Node, right: Meaning) -> Match:
    assert isinstance(right, Known)
    assert isinstance(right.value, int)
    if isinstance(left, Operated):
        return Match("==", node, node_of(right))
    return Match("==" if operator == "!" else "!=", ex.Bitwise(node, right.value), ex.Constant(0, right.datatype))


# --- joining -------------------------------------------------------------------------------------------------------


@attrs.frozen
class Settled:
    """A statement that is no comparison; `blame` is what a complaint of the kernel about it points to."""

    statement: Statement
    blame: Location | None = None


Draft: TypeAlias = Comparison | Settled


def reduced(drafts: Sequence[Draft], family: str) -> list[Draft]:
    """Comparisons of places that lie side by side become one, and what the family says already is left out."""
    kept = list(drafts)
    waiting: list[Comparison] = []
    redundant: Comparison | None = None
    for draft in drafts:
        if redundant is not None:
            _remove(kept, redundant)
            redundant = None
        if isinstance(draft, Settled):
            # One that waits alone goes on waiting, as in nft.
            if len(waiting) > 1:
                _join(kept, waiting)
                waiting = []
            continue
        if _joins(draft):
            waiting.append(draft)
        elif _is_said_by(family, draft):
            redundant = draft
    if len(waiting) > 1:
        _join(kept, waiting)
    return kept


def _remove(drafts: list[Draft], one: Comparison) -> None:
    del drafts[next(at for at, draft in enumerate(drafts) if draft is one)]


def _joins(draft: Comparison) -> bool:
    return (
        isinstance(draft.right, Known)
        and isinstance(draft.left, Looked)
        and isinstance(draft.left.node, ex.Payload)
        and draft.operator in ("", "==", "!=")
    )


def _is_said_by(family: str, draft: Comparison) -> bool:
    return (
        isinstance(draft.right, Known)
        and isinstance(draft.left, Looked)
        and draft.left.node == ex.Meta("protocol")
        and draft.operator in ("", "==")
        and draft.right.value == {"ip": 0x0800, "ip6": 0x86DD}.get(family)
    )


def _join(kept: list[Draft], waiting: list[Comparison]) -> None:
    ordered = sorted(waiting, key=lambda one: _place(one)[:2])
    last = ordered[0]
    for this in ordered[1:]:
        if not _may_join(last, this):
            last = this
            continue
        protocol = isinstance(this.left, Looked) and this.left.protocol
        joined = _joined(last, this, protocol=protocol)
        # What tells a protocol stays in its place, so that it comes first.
        stays, goes = (this, last) if protocol else (last, this)
        kept[next(at for at, draft in enumerate(kept) if draft is stays)] = joined
        _remove(kept, goes)
        last = joined


def _place(comparison: Comparison) -> tuple[Base, int, int]:
    node = node_of(comparison.left)
    assert isinstance(node, ex.Payload)
    return node.base, node.offset, node.bits


def _may_join(one: Comparison, other: Comparison) -> bool:
    base, offset, bits = _place(one)
    next_base, next_offset, next_bits = _place(other)
    if base is not next_base or offset + bits != next_offset:
        return False
    if (one.operator or "==") != (other.operator or "=="):
        return False
    if any(number % 8 for number in (offset, bits, next_offset, next_bits)) or bits + next_bits > _REGISTER:
        return False
    return bits + next_bits <= _SMALL or base is Base.LINK or bits > _SMALL or next_bits > _SMALL


def _joined(one: Comparison, other: Comparison, *, protocol: bool) -> Comparison:
    base, offset, bits = _place(one)
    _, _, more = _place(other)
    left, right = one.left, one.right
    assert isinstance(left, Looked)
    assert isinstance(right, Known)
    assert isinstance(other.right, Known)
    assert isinstance(right.value, int)
    assert isinstance(other.right.value, int)
    place = ex.Payload(base, offset, bits + more)
    return attrs.evolve(
        one, left=attrs.evolve(left, node=place, bits=bits + more, protocol=protocol or left.protocol),
        right=attrs.evolve(right, value=right.value << more | other.right.value, bits=bits + more),
    )  # fmt: skip


# --- keys of sets --------------------------------------------------------------------------------------------------


def key_of(meaning: Meaning, *, intervals: bool) -> ex.Key:
    """What an element is known by, in a set of intervals or of single values."""
    if isinstance(meaning, Joined):
        return tuple(_part(part) for part in meaning.parts)
    part = _part(meaning)
    if not intervals or isinstance(part, ex.Interval):
        return part
    return string_interval(part, wildcard=False) if isinstance(part, str) else ex.Interval(part, part)


def _part(meaning: Meaning) -> ex.Interval | int | str:
    match meaning:
        case Known():
            return meaning.value
        case KnownRange():
            return ex.Interval(meaning.first, meaning.last)
        case KnownPrefix(value=str(text)):
            return string_interval(text, wildcard=True)
        case KnownPrefix(value=int(first)):
            last = first | (1 << meaning.bits - meaning.length) - 1
            return ex.Interval(first, last) if last > first else first
    raise AssertionError(f"{meaning.word} is no key")
