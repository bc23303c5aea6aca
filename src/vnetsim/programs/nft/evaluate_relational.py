"""Comparisons (expr_evaluate_relational of src/evaluate.c of nftables 1.0.6)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import same_type
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    ConcatExpr,
    ConstantExpr,
    Expr,
    FlagcmpExpr,
    RangeExpr,
    RelationalExpr,
)
from vnetsim.netfilter.nft.primary_expr import CtExpr, FibExpr, MetaExpr
from vnetsim.netfilter.nft.set_expr import SetElemExpr, SetExpr, SetRefExpr, expr_name, is_constant, is_singleton
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.netfilter.nft.statement import ExpressionStmt
from vnetsim.programs.nft.cache import NftCache
from vnetsim.programs.nft.datatype import NameEnvironment
from vnetsim.programs.nft.erec import NftError
from vnetsim.programs.nft.evaluate_expr import ANYTHING, check_shift, moved_value, without_shift
from vnetsim.programs.nft.evaluate_set import Declare, SetEvaluator
from vnetsim.programs.nft.payload import update_protocols

_ORDERED: Final = ("<", ">", "<=", ">=")
_EQUAL: Final = ("", "==")


class RelationalEvaluator(SetEvaluator):
    """With comparisons, which come into `statements` behind those that they depend on."""

    def __init__(self, family: str, cache: NftCache, environment: NameEnvironment, declare: Declare) -> None:
        super().__init__(family, cache, environment, declare)
        self.statements: list[Stmt] = []

    def depend(self, comparison: RelationalExpr) -> None:
        self.statements.append(ExpressionStmt(self._with_set(comparison)))

    def _with_set(self, comparison: RelationalExpr) -> RelationalExpr:
        """Elements on the right-hand side become an anonymous set."""
        if not isinstance(comparison.right, SetExpr):
            return comparison
        right, left = self.declare_set(comparison.left, comparison.right)
        return attrs.evolve(comparison, left=left, right=right)

    def compare(self, expr: RelationalExpr | FlagcmpExpr) -> None:
        """A statement that is an expression."""
        self.expected = ANYTHING
        relation = _relation_of(expr) if isinstance(expr, FlagcmpExpr) else expr
        self.statements.append(ExpressionStmt(self._relation(relation)))

    def _relation(self, expr: RelationalExpr) -> RelationalExpr:
        operator = expr.operator
        left = self.evaluate(_with_presence(expr))
        if isinstance(expr.right, RangeExpr) and left in (MetaExpr("hour"), MetaExpr("day")):
            operator, right = self._clock(operator, expr.right)
        else:
            right = self.evaluate(expr.right)
        _check(expr, left, right)
        comparison = attrs.evolve(expr, operator=operator, left=left, right=right)
        if operator in _ORDERED:
            _check_ordered(comparison)
        else:
            if operator in _EQUAL:
                update_protocols(self.protocols, comparison, _values(right))
            _check_equal(comparison)
        return _transferred(self._with_set(comparison))

    def _clock(self, operator: str, ends: RangeExpr) -> tuple[str, Expr]:
        """From evening to morning is what is not from morning to evening."""
        found = self.range_ends(ends)
        if found.first > found.last and operator in ("", "==", "!="):
            return "==" if operator == "!=" else "!=", attrs.evolve(found, left=found.right, right=found.left)
        return operator, self.evaluate(ends)


def _transferred(comparison: RelationalExpr) -> RelationalExpr:
    """A shift or exclusive or on the left is done to the right-hand side instead (binop_transfer)."""
    left, right = comparison.left, comparison.right
    if not isinstance(left, BinopExpr) or left.operator not in ("<<", ">>", "^"):
        return comparison
    if not isinstance(right, (ConstantExpr, RangeExpr)):
        return comparison
    check_shift(left, right)
    moved: Expr = (
        _moved(left, right)
        if isinstance(right, ConstantExpr)
        else attrs.evolve(right, left=_moved(left, right.left), right=_moved(left, right.right))
    )
    return attrs.evolve(comparison, left=without_shift(left), right=moved)


def _moved(left: BinopExpr, end: Expr) -> ConstantExpr:
    assert isinstance(end, ConstantExpr)
    assert isinstance(end.value, int)
    return attrs.evolve(end, bits=left.bits, value=moved_value(left, end.value))


def _with_presence(expr: RelationalExpr) -> Expr:
    """`fib ... exists` matches whether there is a result."""
    boolean = isinstance(expr.right, ConstantExpr) and expr.right.datatype is types.BOOLEAN
    return attrs.evolve(expr.left, present=True) if boolean and isinstance(expr.left, FibExpr) else expr.left


def _relation_of(expr: FlagcmpExpr) -> RelationalExpr:
    """`tcp flags syn / syn,ack` is `tcp flags & (syn | ack) == syn`."""
    if expr.operator not in ("==", "!="):
        raise NftError("either == or != is allowed", expr.location)
    masked = BinopExpr("&", expr.left, expr.mask, location=expr.location)
    return RelationalExpr(expr.operator, masked, expr.value, location=expr.location)


def _values(right: Expr) -> list[int]:
    """The single values of the right-hand side."""
    if isinstance(right, ConstantExpr):
        return [right.value] if isinstance(right.value, int) else []
    if isinstance(right, SetExpr):
        return [value for one in right.elements if isinstance(one, SetElemExpr) for value in _values(one.key)]
    return []


# --- checks --------------------------------------------------------------------------------------------------------


def _check(expr: RelationalExpr, left: Expr, right: Expr) -> None:
    if not is_constant(right):
        message = f"Right hand side of relational expression ({expr.operator}) must be constant"
        raise NftError(message, right.location, expr.location)
    if is_constant(left):
        message = f"Relational expression ({expr.operator}) has constant value"
        raise NftError(message, left.location, right.location)
    if not same_type(left.datatype, right.datatype):
        message = f"expected {left.datatype.description}, expression has type {right.datatype.description}"
        raise NftError(f"datatype mismatch, {message}", right.location, left.location)


def _check_ordered(expr: RelationalExpr) -> None:
    left, right = expr.left, expr.right
    for side, wrong in ((left, isinstance(left, ConcatExpr)), (right, not is_singleton(right))):
        if wrong:
            message = f"Relational expression ({expr.operator}) is undefined for {expr_name(side)} expressions"
            raise NftError(message, side.location, expr.location)


def _check_equal(expr: RelationalExpr) -> None:
    left, right = expr.left, expr.right
    if expr.operator == "!":
        if isinstance(left, BinopExpr):
            raise NftError("cannot combine negation with binary expression", left.location, right.location)
        if not isinstance(right, ConstantExpr) or not right.datatype.is_flags:
            message = "negation can only be used with singleton bitmask values"
            raise NftError(message, left.location, right.location)
    if isinstance(right, ConcatExpr):
        message = "Use concatenations with sets and maps, not singleton values"
        raise NftError(message, left.location, right.location)
    address = isinstance(left, CtExpr) and left.key in ("saddr", "daddr")
    if isinstance(right, (SetExpr, SetRefExpr)) and address:
        raise NftError("specify either ip or ip6 for address matching", left.location)
