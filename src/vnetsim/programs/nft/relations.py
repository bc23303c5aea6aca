"""Comparisons (expr_evaluate_relational of src/evaluate.c of nftables 1.0.6)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.nft.datatypes import same_type
from vnetsim.netfilter.nft.expressions import Conntrack, Fib, Meta
from vnetsim.programs.nft.encode import Draft
from vnetsim.programs.nft.evaluate import ANYTHING
from vnetsim.programs.nft.knowledge import Knowledge
from vnetsim.programs.nft.meaning import (
    Joined,
    Known,
    KnownRange,
    Looked,
    Meaning,
    Operated,
    Referred,
    Several,
)
from vnetsim.programs.nft.members import Declare, MemberEvaluator, check_shift, moved_value, without_shift
from vnetsim.programs.nft.protocols import Comparison
from vnetsim.programs.nft.source import Refused
from vnetsim.programs.nft.syntax import (
    BinarySyntax,
    FlagsSyntax,
    KnownValue,
    NodeSyntax,
    RangeSyntax,
    RelationSyntax,
    Syntax,
)
from vnetsim.programs.nft.values import NameEnvironment

_ORDERED: Final = ("<", ">", "<=", ">=")
_EQUAL: Final = ("", "==")


class RelationEvaluator(MemberEvaluator):
    """With comparisons, which come into `drafts` behind those that they depend on."""

    def __init__(self, family: str, knowledge: Knowledge, environment: NameEnvironment, declare: Declare) -> None:
        super().__init__(family, knowledge, environment, declare)
        self.drafts: list[Draft] = []

    def depend(self, comparison: Comparison) -> None:
        self.drafts.append(self._settled(comparison))

    def _settled(self, comparison: Comparison) -> Comparison:
        if not isinstance(comparison.right, Several):
            return comparison
        right, left = self.declare_set(comparison.left, comparison.right)
        return attrs.evolve(comparison, left=left, right=right)

    def compare(self, syntax: Syntax) -> None:
        """A statement that is an expression."""
        self.expected = ANYTHING
        if isinstance(syntax, FlagsSyntax):
            syntax = _flags(syntax)
        assert isinstance(syntax, RelationSyntax)
        self.drafts.append(self._relation(syntax))

    def _relation(self, syntax: RelationSyntax) -> Comparison:
        operator = syntax.operator
        left = self.evaluate(_asked_for(syntax))
        if isinstance(syntax.right, RangeSyntax) and _is_clock(left):
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
        return self._transferred(self._settled(Comparison(syntax.location, operator, left, right)))

    def _clock(self, syntax: RelationSyntax, operator: str, ends: RangeSyntax) -> tuple[str, Meaning]:
        """From evening to morning is what is not from morning to evening."""
        first, last = self.range_ends(ends)
        assert isinstance(first.value, int)
        assert isinstance(last.value, int)
        if first.value > last.value and syntax.operator in ("", "==", "!="):
            return "==" if operator == "!=" else "!=", self.range_of(ends, last, first)
        return operator, self.evaluate(ends)

    # --- protocols --------------------------------------------------------------------------------------------------

    def _learn(self, syntax: RelationSyntax, left: Meaning, right: Meaning) -> None:
        if not isinstance(left, Looked) or not left.protocol:
            return
        self.protocols.place = syntax.location
        for value in _values(right):
            if isinstance(left.node, Meta):
                self.protocols.meta(left.node.key, value)
            elif isinstance(left.node, Conntrack):
                self.protocols.conntrack(left.node.key, value)
            elif left.header is not None:
                self.protocols.payload(left.header.base, value)

    # --- shifts -----------------------------------------------------------------------------------------------------

    def _transferred(self, comparison: Comparison) -> Comparison:
        left, right = comparison.left, comparison.right
        if not isinstance(left, Operated) or left.operator not in ("<<", ">>", "^"):
            return comparison
        if not isinstance(right, (Known, KnownRange)):
            return comparison
        check_shift(left, right)
        return attrs.evolve(comparison, left=without_shift(left), right=_moved(left, right))


def _moved(left: Operated, right: Known | KnownRange) -> Meaning:
    if isinstance(right, KnownRange):
        return attrs.evolve(
            right, bits=left.bits, first=moved_value(left, right.first), last=moved_value(left, right.last)
        )
    assert isinstance(right.value, int)
    return attrs.evolve(right, bits=left.bits, value=moved_value(left, right.value))


def _asked_for(syntax: RelationSyntax) -> Syntax:
    """`fib ... exists` asks whether there is a result at all."""
    left = syntax.left
    boolean = isinstance(syntax.right, KnownValue) and syntax.right.type_name == "boolean"
    if boolean and isinstance(left, NodeSyntax) and isinstance(left.node, Fib):
        return attrs.evolve(left, node=attrs.evolve(left.node, present=True))
    return left


def _flags(syntax: FlagsSyntax) -> RelationSyntax:
    """`tcp flags syn / syn,ack` is `tcp flags & (syn | ack) == syn`."""
    if syntax.operator not in ("==", "!="):
        raise Refused("either == or != is allowed", syntax.location)
    masked = BinarySyntax(syntax.location, "&", syntax.left, syntax.mask)
    return RelationSyntax(syntax.location, syntax.operator, masked, syntax.value)


def _is_clock(left: Meaning) -> bool:
    return isinstance(left, Looked) and left.node in (Meta("hour"), Meta("day"))


def _values(right: Meaning) -> list[int]:
    """The single values in what is compared with."""
    if isinstance(right, Known):
        return [right.value] if isinstance(right.value, int) else []
    if isinstance(right, Several):
        return [value for element in right.elements if hasattr(element, "key") for value in _values(element.key)]
    return []


# --- checks --------------------------------------------------------------------------------------------------------


def _check(syntax: RelationSyntax, left: Meaning, right: Meaning) -> None:
    operator = syntax.operator or ""
    if not right.constant:
        words = f"Right hand side of relational expression ({operator}) must be constant"
        raise Refused(words, right.location, syntax.location)
    if left.constant:
        words = f"Relational expression ({operator}) has constant value"
        raise Refused(words, left.location, right.location)
    if not same_type(left.datatype, right.datatype):
        words = f"expected {left.datatype.description}, expression has type {right.datatype.description}"
        raise Refused(f"datatype mismatch, {words}", right.location, left.location)


def _check_ordered(syntax: RelationSyntax, left: Meaning, right: Meaning) -> None:
    for meaning, wrong in ((left, isinstance(left, Joined)), (right, not right.single)):
        if wrong:
            words = f"Relational expression ({syntax.operator}) is undefined for {meaning.word} expressions"
            raise Refused(words, meaning.location, syntax.location)


def _check_equal(operator: str, left: Meaning, right: Meaning) -> None:
    if operator == "!":
        if isinstance(left, Operated):
            raise Refused("cannot combine negation with binary expression", left.location, right.location)
        if not isinstance(right, Known) or not right.datatype.is_flags:
            words = "negation can only be used with singleton bitmask values"
            raise Refused(words, left.location, right.location)
    if isinstance(right, Joined):
        words = "Use concatenations with sets and maps, not singleton values"
        raise Refused(words, left.location, right.location)
    node = left.node if isinstance(left, Looked) else None
    if isinstance(right, (Several, Referred)) and isinstance(node, Conntrack) and node.key in ("saddr", "daddr"):
        raise Refused("specify either ip or ip6 for address matching", left.location)
