"""Comparisons (expr_evaluate_relational of src/evaluate.c of nftables 1.0.6)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.nft.datatype import same_type
from vnetsim.netfilter.nft.primary_expr import CtExpr, FibExpr, MetaExpr
from vnetsim.programs.nft import ast
from vnetsim.programs.nft.cache import NftCache
from vnetsim.programs.nft.datatype import NameEnvironment
from vnetsim.programs.nft.erec import NftError
from vnetsim.programs.nft.evaluate_expr import ANYTHING
from vnetsim.programs.nft.evaluate_set import Declare, SetEvaluator
from vnetsim.programs.nft.netlink_linearize import Draft
from vnetsim.programs.nft.payload import TypedRelational
from vnetsim.programs.nft.typed import (
    Typed,
    TypedBinop,
    TypedConcat,
    TypedRange,
    TypedSelector,
    TypedSet,
    TypedSetRef,
    TypedValue,
    check_shift,
    moved_value,
    without_shift,
)

_ORDERED: Final = ("<", ">", "<=", ">=")
_EQUAL: Final = ("", "==")


class RelationalEvaluator(SetEvaluator):
    """With comparisons, which come into `drafts` behind those that they depend on."""

    def __init__(self, family: str, knowledge: NftCache, environment: NameEnvironment, declare: Declare) -> None:
        super().__init__(family, knowledge, environment, declare)
        self.drafts: list[Draft] = []

    def depend(self, comparison: TypedRelational) -> None:
        self.drafts.append(self._settled(comparison))

    def _settled(self, comparison: TypedRelational) -> TypedRelational:
        if not isinstance(comparison.right, TypedSet):
            return comparison
        right, left = self.declare_set(comparison.left, comparison.right)
        return attrs.evolve(comparison, left=left, right=right)

    def compare(self, syntax: ast.Syntax) -> None:
        """A statement that is an expression."""
        self.expected = ANYTHING
        if isinstance(syntax, ast.FlagsSyntax):
            syntax = _flags(syntax)
        assert isinstance(syntax, ast.RelationSyntax)
        self.drafts.append(self._relation(syntax))

    def _relation(self, syntax: ast.RelationSyntax) -> TypedRelational:
        operator = syntax.operator
        left = self.evaluate(_asked_for(syntax))
        if isinstance(syntax.right, ast.RangeSyntax) and _is_clock(left):
            operator, right = self._clock(syntax, operator, syntax.right)
        else:
            right = self.evaluate(syntax.right)
        _check(syntax, left, right)
        if operator in _ORDERED:
            _check_ordered(syntax, left, right)
        else:
            if operator in _EQUAL:
                self._learn(syntax, left, right)
            _check_equal(operator, left, right)
        return self._transferred(self._settled(TypedRelational(syntax.location, operator, left, right)))

    def _clock(self, syntax: ast.RelationSyntax, operator: str, ends: ast.RangeSyntax) -> tuple[str, Typed]:
        """From evening to morning is what is not from morning to evening."""
        first, last = self.range_ends(ends)
        assert isinstance(first.value, int)
        assert isinstance(last.value, int)
        if first.value > last.value and syntax.operator in ("", "==", "!="):
            return "==" if operator == "!=" else "!=", self.range_of(ends, last, first)
        return operator, self.evaluate(ends)

    # --- protocols --------------------------------------------------------------------------------------------------

    def _learn(self, syntax: ast.RelationSyntax, left: Typed, right: Typed) -> None:
        if not isinstance(left, TypedSelector) or not left.protocol:
            return
        self.protocols.place = syntax.location
        for value in _values(right):
            if isinstance(left.node, MetaExpr):
                self.protocols.meta(left.node.key, value)
            elif isinstance(left.node, CtExpr):
                self.protocols.conntrack(left.node.key, value)
            elif left.header is not None:
                self.protocols.payload(left.header.base, value)

    # --- shifts -----------------------------------------------------------------------------------------------------

    def _transferred(self, comparison: TypedRelational) -> TypedRelational:
        left, right = comparison.left, comparison.right
        if not isinstance(left, TypedBinop) or left.operator not in ("<<", ">>", "^"):
            return comparison
        if not isinstance(right, (TypedValue, TypedRange)):
            return comparison
        check_shift(left, right)
        return attrs.evolve(comparison, left=without_shift(left), right=_moved(left, right))


def _moved(left: TypedBinop, right: TypedValue | TypedRange) -> Typed:
    if isinstance(right, TypedRange):
        return attrs.evolve(
            right, bits=left.bits, first=moved_value(left, right.first), last=moved_value(left, right.last)
        )
    assert isinstance(right.value, int)
    return attrs.evolve(right, bits=left.bits, value=moved_value(left, right.value))


def _asked_for(syntax: ast.RelationSyntax) -> ast.Syntax:
    """`fib ... exists` asks whether there is a result at all."""
    left = syntax.left
    boolean = isinstance(syntax.right, ast.KnownValue) and syntax.right.type_name == "boolean"
    if boolean and isinstance(left, ast.NodeSyntax) and isinstance(left.node, FibExpr):
        return attrs.evolve(left, node=attrs.evolve(left.node, present=True))
    return left


def _flags(syntax: ast.FlagsSyntax) -> ast.RelationSyntax:
    """`tcp flags syn / syn,ack` is `tcp flags & (syn | ack) == syn`."""
    if syntax.operator not in ("==", "!="):
        raise NftError("either == or != is allowed", syntax.location)
    masked = ast.BinarySyntax(syntax.location, "&", syntax.left, syntax.mask)
    return ast.RelationSyntax(syntax.location, syntax.operator, masked, syntax.value)


def _is_clock(left: Typed) -> bool:
    return isinstance(left, TypedSelector) and left.node in (MetaExpr("hour"), MetaExpr("day"))


def _values(right: Typed) -> list[int]:
    """The single values in what is compared with."""
    if isinstance(right, TypedValue):
        return [right.value] if isinstance(right.value, int) else []
    if isinstance(right, TypedSet):
        return [value for element in right.elements if hasattr(element, "key") for value in _values(element.key)]
    return []


# --- checks --------------------------------------------------------------------------------------------------------


def _check(syntax: ast.RelationSyntax, left: Typed, right: Typed) -> None:
    operator = syntax.operator or ""
    if not right.constant:
        message = f"Right hand side of relational expression ({operator}) must be constant"
        raise NftError(message, right.location, syntax.location)
    if left.constant:
        message = f"Relational expression ({operator}) has constant value"
        raise NftError(message, left.location, right.location)
    if not same_type(left.datatype, right.datatype):
        message = f"expected {left.datatype.description}, expression has type {right.datatype.description}"
        raise NftError(f"datatype mismatch, {message}", right.location, left.location)


def _check_ordered(syntax: ast.RelationSyntax, left: Typed, right: Typed) -> None:
    for meaning, wrong in ((left, isinstance(left, TypedConcat)), (right, not right.single)):
        if wrong:
            message = f"Relational expression ({syntax.operator}) is undefined for {meaning.word} expressions"
            raise NftError(message, meaning.location, syntax.location)


def _check_equal(operator: str, left: Typed, right: Typed) -> None:
    if operator == "!":
        if isinstance(left, TypedBinop):
            raise NftError("cannot combine negation with binary expression", left.location, right.location)
        if not isinstance(right, TypedValue) or not right.datatype.is_flags:
            message = "negation can only be used with singleton bitmask values"
            raise NftError(message, left.location, right.location)
    if isinstance(right, TypedConcat):
        message = "Use concatenations with sets and maps, not singleton values"
        raise NftError(message, left.location, right.location)
    node = left.node if isinstance(left, TypedSelector) else None
    if isinstance(right, (TypedSet, TypedSetRef)) and isinstance(node, CtExpr) and node.key in ("saddr", "daddr"):
        raise NftError("specify either ip or ip6 for address matching", left.location)
