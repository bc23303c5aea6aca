"""What an expression means, as the kernel keeps it (src/netlink_linearize.c, rule.c: stmt_reduce of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft.expression import Interval, VerdictExpr
from vnetsim.netfilter.nft.extack import CHAIN, HANDLE, OBJECT, SET, TABLE
from vnetsim.netfilter.nft.operations import NewElem
from vnetsim.netfilter.nft.primary_expr import MetaExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import PayloadBase
from vnetsim.netfilter.nft.sets import Data, SetSpec, string_interval
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.netfilter.nft.statement import MatchStmt
from vnetsim.programs.nft import ast
from vnetsim.programs.nft.cache import (
    CachedElem,
    CachedSet,
)
from vnetsim.programs.nft.erec import Location
from vnetsim.programs.nft.payload import TypedRelational
from vnetsim.programs.nft.typed import (
    Typed,
    TypedBinop,
    TypedCatchall,
    TypedConcat,
    TypedElem,
    TypedMap,
    TypedMapping,
    TypedPrefix,
    TypedRange,
    TypedSelector,
    TypedSet,
    TypedSetRef,
    TypedValue,
    TypedVerdict,
    elem_of,
)

#: Bits of a register of the kernel, and of a small one.
_REGISTER: Final = 128
_SMALL: Final = 32


def node_of(meaning: Typed) -> ex.Expr:
    """A value, or what is looked at."""
    match meaning:
        case TypedSelector():
            return meaning.node
        case TypedBinop():
            return _operated(meaning)
        case TypedValue():
            return ex.ConstantExpr(meaning.value, meaning.datatype)
        case TypedPrefix():
            return _prefix(meaning)
        case TypedRange():
            return ex.RangeExpr(meaning.first, meaning.last, meaning.datatype)
        case TypedConcat():
            return ex.ConcatExpr(tuple(node_of(part) for part in meaning.parts))
    return _other(meaning)


def _other(meaning: Typed) -> ex.Expr:
    match meaning:
        case TypedSetRef():
            return ex.SetRefExpr(meaning.spec.name)
        case TypedMap():
            return ex.LookupExpr(node_of(meaning.key), ex.SetRefExpr(meaning.spec.name))
        case TypedVerdict():
            return ex.VerdictExpr(meaning.kind, meaning.chain)
    raise AssertionError(f"{meaning.word} is nothing that the kernel keeps")


def _prefix(meaning: TypedPrefix) -> ex.Expr:
    if isinstance(meaning.value, str):
        return ex.WildcardExpr(meaning.value, meaning.datatype)
    return ex.PrefixExpr(meaning.value, meaning.length, meaning.bits, meaning.datatype)


def _operated(meaning: TypedBinop) -> ex.Expr:
    """Masks one behind the other are one; shifts stand for themselves."""
    if meaning.operator in ("<<", ">>"):
        return ex.ShiftExpr(meaning.operator, node_of(meaning.left), meaning.right)
    chain: list[TypedBinop] = []
    base: Typed = meaning
    while isinstance(base, TypedBinop) and base.operator not in ("<<", ">>"):
        chain.insert(0, base)
        base = base.left
    full = (1 << meaning.bits) - 1
    mask, xor = full, 0
    for one in chain:
        m, x = {"&": (one.right, 0), "|": (full & ~one.right, one.right), "^": (full, one.right)}[one.operator]
        xor = x ^ (xor & m)
        mask &= m
    return ex.BitwiseExpr(node_of(base), mask, xor)


# --- comparisons ---------------------------------------------------------------------------------------------------


def matches(comparison: TypedRelational) -> list[MatchStmt]:
    """A range is two comparisons; flags are one with a mask."""
    left, right = comparison.left, comparison.right
    operator = comparison.operator or "=="
    node = node_of(left)
    if isinstance(right, TypedRange):
        return _range(operator, node, right)
    if isinstance(right, TypedPrefix):
        return [_prefix_match(operator, left, node, right)]
    flags = isinstance(right, TypedValue) and right.datatype.is_flags
    if flags and comparison.operator in ("", "!"):
        return [_flags(comparison.operator, left, node, right)]
    return [MatchStmt(operator, node, node_of(right))]


def _range(operator: str, node: ex.Expr, right: TypedRange) -> list[MatchStmt]:
    if operator == "!=":
        return [MatchStmt(operator, node, node_of(right))]
    return [
        MatchStmt(">=", node, ex.ConstantExpr(right.first, right.datatype)),
        MatchStmt("<=", node, ex.ConstantExpr(right.last, right.datatype)),
    ]


def _prefix_match(operator: str, left: Typed, node: ex.Expr, right: TypedPrefix) -> MatchStmt:
    value, length = right.value, right.length
    if isinstance(value, str):
        return MatchStmt(operator, node, ex.WildcardExpr(value, right.datatype))
    if not length or length % 8 or left.datatype.host_order:
        mask = (1 << right.bits) - (1 << right.bits - length)
        return MatchStmt(operator, ex.BitwiseExpr(node, mask), ex.ConstantExpr(value, right.datatype))
    if isinstance(node, PayloadExpr):
        short = attrs.evolve(node, bits=length)
        return MatchStmt(operator, short, ex.ConstantExpr(value >> right.bits - length, right.datatype))
    return MatchStmt(operator, node, node_of(right))


def _flags(operator: str, left: Typed, node: ex.Expr, right: Typed) -> MatchStmt:
    assert isinstance(right, TypedValue)
    assert isinstance(right.value, int)
    if isinstance(left, TypedBinop):
        return MatchStmt("==", node, node_of(right))
    return MatchStmt(
        "==" if operator == "!" else "!=", ex.BitwiseExpr(node, right.value), ex.ConstantExpr(0, right.datatype)
    )


# --- joining -------------------------------------------------------------------------------------------------------


@attrs.frozen
class EvaluatedStmt:
    """A statement that is no comparison; `blame` is what a complaint of the kernel about it points to."""

    statement: Stmt
    blame: Location | None = None


Draft: TypeAlias = TypedRelational | EvaluatedStmt


def reduced(drafts: Sequence[Draft], family: str) -> list[Draft]:
    """Comparisons of places that lie side by side become one, and what the family says already is left out."""
    kept = list(drafts)
    waiting: list[TypedRelational] = []
    redundant: TypedRelational | None = None
    for draft in drafts:
        if redundant is not None:
            _remove(kept, redundant)
            redundant = None
        if isinstance(draft, EvaluatedStmt):
            # A single pending comparison stays pending, as in nft.
            if len(waiting) > 1:
                _join(kept, waiting)
                waiting = []
            continue
        if _joins(draft):
            waiting.append(draft)
        elif _is_implied_by(family, draft):
            redundant = draft
    if len(waiting) > 1:
        _join(kept, waiting)
    return kept


def _remove(drafts: list[Draft], one: TypedRelational) -> None:
    del drafts[next(at for at, draft in enumerate(drafts) if draft is one)]


def _joins(draft: TypedRelational) -> bool:
    return (
        isinstance(draft.right, TypedValue)
        and isinstance(draft.left, TypedSelector)
        and isinstance(draft.left.node, PayloadExpr)
        and draft.operator in ("", "==", "!=")
    )


def _is_implied_by(family: str, draft: TypedRelational) -> bool:
    return (
        isinstance(draft.right, TypedValue)
        and isinstance(draft.left, TypedSelector)
        and draft.left.node == MetaExpr("protocol")
        and draft.operator in ("", "==")
        and draft.right.value == {"ip": 0x0800, "ip6": 0x86DD}.get(family)
    )


def _join(kept: list[Draft], waiting: list[TypedRelational]) -> None:
    ordered = sorted(waiting, key=lambda one: _place(one)[:2])
    last = ordered[0]
    for this in ordered[1:]:
        if not _may_join(last, this):
            last = this
            continue
        protocol = isinstance(this.left, TypedSelector) and this.left.protocol
        joined = _joined(last, this, protocol=protocol)
        # A comparison that sets the protocol keeps its place, so that it comes first.
        stays, goes = (this, last) if protocol else (last, this)
        kept[next(at for at, draft in enumerate(kept) if draft is stays)] = joined
        _remove(kept, goes)
        last = joined


def _place(comparison: TypedRelational) -> tuple[PayloadBase, int, int]:
    node = node_of(comparison.left)
    assert isinstance(node, PayloadExpr)
    return node.base, node.offset, node.bits


def _may_join(one: TypedRelational, other: TypedRelational) -> bool:
    base, offset, bits = _place(one)
    next_base, next_offset, next_bits = _place(other)
    if base is not next_base or offset + bits != next_offset:
        return False
    if (one.operator or "==") != (other.operator or "=="):
        return False
    if any(number % 8 for number in (offset, bits, next_offset, next_bits)) or bits + next_bits > _REGISTER:
        return False
    return bits + next_bits <= _SMALL or base is PayloadBase.LINK or bits > _SMALL or next_bits > _SMALL


def _joined(one: TypedRelational, other: TypedRelational, *, protocol: bool) -> TypedRelational:
    base, offset, bits = _place(one)
    _, _, more = _place(other)
    left, right = one.left, one.right
    assert isinstance(left, TypedSelector)
    assert isinstance(right, TypedValue)
    assert isinstance(other.right, TypedValue)
    assert isinstance(right.value, int)
    assert isinstance(other.right.value, int)
    place = PayloadExpr(base, offset, bits + more)
    return attrs.evolve(
        one,
        left=attrs.evolve(left, node=place, bits=bits + more, protocol=protocol or left.protocol),
        right=attrs.evolve(right, value=right.value << more | other.right.value, bits=bits + more),
    )


# --- keys of sets --------------------------------------------------------------------------------------------------


def key_of(meaning: Typed, *, intervals: bool) -> ex.Key:
    """What an element is known by, in a set of intervals or of single values."""
    if isinstance(meaning, TypedConcat):
        return tuple(_part(part) for part in meaning.parts)
    part = _part(meaning)
    if not intervals or isinstance(part, ex.Interval):
        return part
    return string_interval(part, wildcard=False) if isinstance(part, str) else ex.Interval(part, part)


def _part(meaning: Typed) -> ex.Interval | int | str:
    match meaning:
        case TypedValue():
            return meaning.value
        case TypedRange():
            return ex.Interval(meaning.first, meaning.last)
        case TypedPrefix(value=str(text)):
            return string_interval(text, wildcard=True)
        case TypedPrefix(value=int(first)):
            last = first | (1 << meaning.bits - meaning.length) - 1
            return ex.Interval(first, last) if last > first else first
    raise AssertionError(f"{meaning.word} is no key")


# --- elements (alloc_nftnl_setelem) ---------------------------------------------------------------------------------


def elements_of(spec: SetSpec, several: TypedSet) -> list[tuple[NewElem, Location]]:
    """Elements as they are sent to the kernel, with the locations for errors about them."""
    return [(_element_of(spec, member), elem_of(member).location) for member in several.elements]


def _element_of(spec: SetSpec, member: TypedElem | TypedMapping) -> NewElem:
    item = elem_of(member)
    star = isinstance(item.key, TypedCatchall)
    return NewElem(
        key="*" if star else key_of(item.key, intervals=spec.intervals),
        data=_data_of(member.right) if isinstance(member, TypedMapping) else None,
        timeout=item.timeout,
        expires=item.expires,
        comment=item.comment,
        statements=item.statements,
        catch_all=star,
    )


def _data_of(meaning: Typed) -> Data:
    if isinstance(meaning, TypedVerdict):
        return VerdictExpr(meaning.kind, meaning.chain)
    return key_of(meaning, intervals=False)


def known_elements(spec: SetSpec, several: TypedSet) -> list[CachedElem]:
    """Of a set of intervals."""
    found = [cached_elem(element, place) for element, place in elements_of(spec, several)]
    return [element for element in found if element is not None]


def cached_elem(element: NewElem, place: Location) -> CachedElem | None:
    key = element.key
    if isinstance(key, Interval):
        return CachedElem(key.first, key.last, element, place)
    return None


def new_elem(element: CachedElem) -> NewElem:
    return attrs.evolve(element.element, key=Interval(element.first, element.last))


# --- operations and the locations of their parts (src/mnl.c) --------------------------------------------------------

Part: TypeAlias = "str | tuple[str, int]"


#: What the name in a command about such a thing is the name of; else it is an object's.
_NAMED: Final = {"chain": CHAIN, "rule": CHAIN, "set": SET, "map": SET, "element": SET}


def parts_of(command: ast.Cmd) -> dict[Part, Location]:
    parts: dict[Part, Location] = {}
    if command.table is not None:
        parts[TABLE] = command.table.location
    if command.name is not None:
        parts[_NAMED.get(command.thing, OBJECT)] = command.name.location
    if command.handle is not None:
        parts[HANDLE] = command.handle.location
    return parts


@attrs.define(eq=False)
class NetlinkStep:
    """An operation; `known` is the set that it adds, whose flags are known once all commands are evaluated."""

    command: ast.Cmd
    operation: ops.NftOperation
    parts: Mapping[Part, Location] = attrs.field(default=attrs.Factory(lambda self: parts_of(self.command), True))
    known: CachedSet | None = None

    def final(self) -> ops.NftOperation:
        """A set that rules add elements to is dynamic, whether it has the flag or not."""
        if self.known is None or not self.known.dynamic or not isinstance(self.operation, ops.NftAddSet):
            return self.operation
        spec = self.operation.spec
        return attrs.evolve(self.operation, spec=attrs.evolve(spec, flags=spec.flags | {"dynamic"}))
