"""Evaluated expressions and statements become those of the kernel (src/netlink_linearize.c, rule.c, mnl.c of nftables).

Comparisons of adjacent payloads are merged first (stmt_reduce).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

import attrs

from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    BitwiseExpr,
    ConcatExpr,
    ConstantExpr,
    Expr,
    Interval,
    Key,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    ShiftExpr,
    VerdictExpr,
    WildcardExpr,
    number_of,
)
from vnetsim.netfilter.nft.extack import CHAIN, HANDLE, OBJECT, SET, TABLE
from vnetsim.netfilter.nft.location import INTERNAL, Location
from vnetsim.netfilter.nft.operations import NewElem
from vnetsim.netfilter.nft.primary_expr import CtExpr, GeneratedExpr, HashExpr, MetaExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import PayloadBase
from vnetsim.netfilter.nft.set_expr import (
    CatchallExpr,
    MapExpr,
    MappingExpr,
    SetExpr,
    SetRefExpr,
    SetSpec,
    elem_of,
)
from vnetsim.netfilter.nft.sets import Data, string_interval
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.netfilter.nft.statement import ExpressionStmt, SetStmt, relational
from vnetsim.programs.nft.cache import CachedElem, CachedSet
from vnetsim.programs.nft.cmd import Cmd
from vnetsim.programs.nft.payload import sets_protocol
from vnetsim.values import define

S = TypeVar("S", bound=Stmt)

#: Bits of a register of the kernel, and of a small one.
_REGISTER: Final = 128
_SMALL: Final = 32
_SHIFTS: Final = ("<<", ">>")


def linearize(expr: Expr) -> Expr:
    """An expression without locations, types of its own and names of fields."""
    match expr:
        case PayloadExpr():
            return PayloadExpr(expr.base, expr.offset, expr.bits)
        case ConstantExpr():
            return ConstantExpr(expr.value, expr.datatype)
        case PrefixExpr():
            return PrefixExpr.of(expr.first, expr.length, expr.bits, expr.datatype)
        case RangeExpr():
            return RangeExpr.of(expr.first, expr.last, expr.datatype)
        case BinopExpr():
            return _binop(expr)
        case SetRefExpr():
            return SetRefExpr(expr.name if expr.spec is None else expr.spec.name)
        case CtExpr():
            return CtExpr(expr.key, expr.direction)
    return _with_operands(expr)


def _with_operands(expr: Expr) -> Expr:
    match expr:
        case ConcatExpr():
            return ConcatExpr(tuple(map(linearize, expr.parts)))
        case MapExpr():
            return MapExpr(linearize(expr.key), linearize(expr.mappings), expr.verdicts)
        case VerdictExpr():
            return VerdictExpr(expr.kind, expr.chain)
        case HashExpr() if expr.key is not None:
            return attrs.evolve(expr, location=INTERNAL, expected=None, key=linearize(expr.key))
        case GeneratedExpr():
            return attrs.evolve(expr, location=INTERNAL, expected=None)
    return attrs.evolve(expr, location=INTERNAL)


def _binop(expr: BinopExpr) -> Expr:
    """Masks in a row become one; each shift is an expression."""
    if expr.operator in _SHIFTS:
        return ShiftExpr(expr.operator, linearize(expr.left), number_of(expr.right))
    chain: list[BinopExpr] = []
    base: Expr = expr
    while isinstance(base, BinopExpr) and base.operator not in _SHIFTS:
        chain.insert(0, base)
        base = base.left
    full = (1 << expr.bits) - 1
    mask, xor = full, 0
    for one in chain:
        right = number_of(one.right)
        m, x = {"&": (right, 0), "|": (full & ~right, right), "^": (full, right)}[one.operator]
        xor = x ^ (xor & m)
        mask &= m
    return BitwiseExpr(linearize(base), mask, xor)


# --- statements ----------------------------------------------------------------------------------------------------


def linearize_stmt(statement: S) -> S:
    """A statement, all of whose operands are expressions of the kernel."""
    changes: dict[str, object] = {}
    for field in attrs.fields(type(statement)):
        operand = getattr(statement, field.name)
        if isinstance(operand, Expr):
            changes[field.name] = linearize(operand)
    if isinstance(statement, SetStmt):
        changes["statements"] = tuple(map(linearize_stmt, statement.statements))
    return attrs.evolve(statement, location=INTERNAL, **changes)


def matches(comparison: RelationalExpr) -> list[ExpressionStmt]:
    """A range is two comparisons; flags are one with a mask."""
    left, right = comparison.left, comparison.right
    operator = comparison.operator or "=="
    node = linearize(left)
    if isinstance(right, RangeExpr) and operator != "!=":
        return [
            relational(">=", node, ConstantExpr(right.first, right.datatype)),
            relational("<=", node, ConstantExpr(right.last, right.datatype)),
        ]
    if isinstance(right, PrefixExpr):
        return [_prefix_match(operator, left, node, right)]
    if isinstance(right, ConstantExpr) and right.datatype.is_flags and comparison.operator in ("", "!"):
        if isinstance(left, BinopExpr):
            return [relational("==", node, linearize(right))]
        masked = BitwiseExpr(node, number_of(right))
        return [relational("==" if operator == "!" else "!=", masked, ConstantExpr(0, right.datatype))]
    return [relational(operator, node, linearize(right))]


def _prefix_match(operator: str, left: Expr, node: Expr, right: PrefixExpr) -> ExpressionStmt:
    value, length = right.first, right.length
    if not length or length % 8 or left.datatype.host_order:
        mask = (1 << right.bits) - (1 << right.bits - length)
        return relational(operator, BitwiseExpr(node, mask), ConstantExpr(value, right.datatype))
    if isinstance(node, PayloadExpr):
        short = attrs.evolve(node, bits=length)
        return relational(operator, short, ConstantExpr(value >> right.bits - length, right.datatype))
    return relational(operator, node, linearize(right))


# --- merging (stmt_reduce) -----------------------------------------------------------------------------------------


def reduced(statements: Sequence[Stmt], family: str) -> list[Stmt]:
    """Comparisons of adjacent payloads become one, and what the family implies is left out."""
    kept = list(statements)
    waiting: list[RelationalExpr] = []
    redundant: RelationalExpr | None = None
    for statement in statements:
        if redundant is not None:
            del kept[_index(kept, redundant)]
            redundant = None
        if not isinstance(statement, ExpressionStmt):
            # A single pending comparison stays pending, as in nft.
            if len(waiting) > 1:
                _merge(kept, waiting)
                waiting = []
            continue
        comparison = statement.expression
        assert isinstance(comparison, RelationalExpr)
        if _may_merge(comparison):
            waiting.append(comparison)
        elif _is_implied_by(family, comparison):
            redundant = comparison
    if len(waiting) > 1:
        _merge(kept, waiting)
    return kept


def _index(statements: Sequence[Stmt], comparison: RelationalExpr) -> int:
    return next(at for at, one in enumerate(statements) if getattr(one, "expression", None) is comparison)


def _may_merge(comparison: RelationalExpr) -> bool:
    return (
        isinstance(comparison.right, ConstantExpr)
        and isinstance(comparison.left, PayloadExpr)
        and comparison.operator in ("", "==", "!=")
    )


def _is_implied_by(family: str, comparison: RelationalExpr) -> bool:
    return (
        isinstance(comparison.right, ConstantExpr)
        and comparison.left == MetaExpr("protocol")
        and comparison.operator in ("", "==")
        and comparison.right.value == {"ip": 0x0800, "ip6": 0x86DD}.get(family)
    )


def _merge(kept: list[Stmt], waiting: list[RelationalExpr]) -> None:
    ordered = sorted(waiting, key=lambda one: _payload_of(one)[:2])
    last = ordered[0]
    for this in ordered[1:]:
        if not _are_adjacent(last, this):
            last = this
            continue
        merged = _merged(last, this)
        # A comparison that sets the protocol keeps its position, so that it comes first.
        stays, goes = (this, last) if sets_protocol(this.left) else (last, this)
        kept[_index(kept, stays)] = ExpressionStmt(merged)
        del kept[_index(kept, goes)]
        last = merged


def _payload_of(comparison: RelationalExpr) -> tuple[PayloadBase, int, int]:
    left = comparison.left
    assert isinstance(left, PayloadExpr)
    return left.base, left.offset, left.bits


def _are_adjacent(one: RelationalExpr, other: RelationalExpr) -> bool:
    base, offset, bits = _payload_of(one)
    next_base, next_offset, next_bits = _payload_of(other)
    if base is not next_base or offset + bits != next_offset:
        return False
    if (one.operator or "==") != (other.operator or "=="):
        return False
    if any(number % 8 for number in (offset, bits, next_offset, next_bits)) or bits + next_bits > _REGISTER:
        return False
    return bits + next_bits <= _SMALL or base is PayloadBase.LINK or bits > _SMALL or next_bits > _SMALL


def _merged(one: RelationalExpr, other: RelationalExpr) -> RelationalExpr:
    _, _, bits = _payload_of(one)
    _, _, more = _payload_of(other)
    left, right = one.left, one.right
    assert isinstance(left, PayloadExpr)
    assert isinstance(right, ConstantExpr)
    value = number_of(right) << more | number_of(other.right)
    return attrs.evolve(
        one, left=attrs.evolve(left, bits=bits + more), right=attrs.evolve(right, value=value, bits=bits + more)
    )


# --- keys of sets --------------------------------------------------------------------------------------------------


def key_of(expr: Expr, *, intervals: bool) -> Key:
    """The key of an element, in a set of intervals or of single values."""
    if isinstance(expr, ConcatExpr):
        return tuple(_part(part) for part in expr.parts)
    part = _part(expr)
    if not intervals or isinstance(part, Interval):
        return part
    return string_interval(part, wildcard=False) if isinstance(part, str) else Interval(part, part)


def _part(expr: Expr) -> Interval | int | str:
    match expr:
        case ConstantExpr():
            return expr.value
        case WildcardExpr():
            return string_interval(expr.text, wildcard=True)
        case RangeExpr():
            return Interval(expr.first, expr.last)
        case PrefixExpr():
            return Interval(expr.first, expr.last) if expr.last > expr.first else expr.first
    raise AssertionError(f"{expr} is no key")


# --- elements (alloc_nftnl_setelem) ---------------------------------------------------------------------------------


def elements_of(spec: SetSpec, elements: SetExpr) -> list[tuple[NewElem, Location]]:
    """Elements as they are sent to the kernel, with the locations for errors about them."""
    return [(_element_of(spec, member), elem_of(member).location) for member in elements.elements]


def _element_of(spec: SetSpec, member: Expr) -> NewElem:
    elem = elem_of(member)
    star = isinstance(elem.key, CatchallExpr)
    return NewElem(
        key="*" if star else key_of(elem.key, intervals=spec.intervals),
        data=_data_of(member.data) if isinstance(member, MappingExpr) else None,
        timeout=elem.timeout,
        expires=elem.expires,
        comment=elem.comment,
        statements=tuple(map(linearize_stmt, elem.statements)),
        catch_all=star,
    )


def _data_of(expr: Expr) -> Data:
    return VerdictExpr(expr.kind, expr.chain) if isinstance(expr, VerdictExpr) else key_of(expr, intervals=False)


def known_elements(spec: SetSpec, elements: SetExpr) -> list[CachedElem]:
    """Of a set of intervals."""
    found = [cached_elem(element, location) for element, location in elements_of(spec, elements)]
    return [element for element in found if element is not None]


def cached_elem(element: NewElem, location: Location) -> CachedElem | None:
    key = element.key
    if isinstance(key, Interval):
        return CachedElem(key.first, key.last, element, location)
    return None


def new_elem(element: CachedElem) -> NewElem:
    return attrs.evolve(element.element, key=Interval(element.first, element.last))


# --- operations and the locations of their parts (src/mnl.c) --------------------------------------------------------

Part: TypeAlias = "str | tuple[str, int]"


#: The part that the name in a command is about; the default is an object.
_NAMED: Final = {"chain": CHAIN, "rule": CHAIN, "set": SET, "map": SET, "element": SET}


def parts_of(command: Cmd) -> dict[Part, Location]:
    parts: dict[Part, Location] = {}
    if command.table is not None:
        parts[TABLE] = command.table.location
    if command.name is not None:
        parts[_NAMED.get(command.thing, OBJECT)] = command.name.location
    if command.handle is not None:
        parts[HANDLE] = command.handle.location
    return parts


@define(eq=False)
class NetlinkStep:
    """An operation; `known` is the set that it adds, whose flags are known once all commands are evaluated."""

    command: Cmd
    operation: ops.NftOperation
    parts: Mapping[Part, Location] = attrs.field(default=attrs.Factory(lambda self: parts_of(self.command), True))
    known: CachedSet | None = None

    def final(self) -> ops.NftOperation:
        """A set that rules add elements to is dynamic, whether it has the flag or not."""
        if self.known is None or not self.known.dynamic or not isinstance(self.operation, ops.NftAddSet):
            return self.operation
        spec = self.operation.spec
        return attrs.evolve(self.operation, spec=attrs.evolve(spec, flags=spec.flags | {"dynamic"}))
