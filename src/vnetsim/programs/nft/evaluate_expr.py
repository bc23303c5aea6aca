"""Expressions get their types, and dependencies are added (expr_evaluate... of src/evaluate.c of nftables 1.0.6).

The left-hand side decides the type of the right-hand side: evaluating an expression sets what is expected next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Basis, Datatype
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    ConcatExpr,
    ConstantExpr,
    Expr,
    Interval,
    Key,
    ListExpr,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    SymbolExpr,
    VerdictExpr,
    WildcardExpr,
    number_of,
)
from vnetsim.netfilter.nft.location import Location
from vnetsim.netfilter.nft.primary_expr import (
    CtExpr,
    ExthdrExpr,
    FibExpr,
    FieldExpr,
    GeneratedExpr,
    HashExpr,
    MetaExpr,
    NumgenExpr,
    PayloadExpr,
    RtExpr,
)
from vnetsim.netfilter.nft.proto import TH, PayloadBase, ProtoContext
from vnetsim.netfilter.nft.set_expr import (
    CatchallExpr,
    SetExpr,
    SetRefExpr,
    elem_of,
    expr_name,
    is_constant,
    is_singleton,
)
from vnetsim.programs.nft.cache import NftCache
from vnetsim.programs.nft.datatype import NameEnvironment, parse
from vnetsim.programs.nft.erec import ErrorRecord, NftError
from vnetsim.programs.nft.payload import PayloadDependencies
from vnetsim.values import frozen

E = TypeVar("E", bound=Expr)
G = TypeVar("G", bound=GeneratedExpr)

_SHIFTS: Final = ("<<", ">>")
#: Keys of which the kernel does not keep the direction.
_UNDIRECTED: Final = ("l3proto", "protocol")
#: The last day of a week.
_LAST_DAY: Final = 6


@frozen
class ExprContext:
    """The type and size of the next value (struct expr_ctx).

    `parts` are those of the concatenation at `location`, with their sizes.
    """

    datatype: Datatype | None = None
    bits: int = 0
    maximum: int = 0
    parts: tuple[tuple[Datatype, int], ...] | None = None
    location: Location | None = None


ANYTHING: Final = ExprContext()


class ExprEvaluator:
    """Expressions of one rule, or of the elements of a set."""

    def __init__(self, family: str, cache: NftCache, environment: NameEnvironment) -> None:
        self.family, self.cache, self.environment = family, cache, environment
        self.protocols = ProtoContext(family)
        self.expected = ANYTHING
        self.errors: list[ErrorRecord] = []
        self._evaluate: dict[type[Expr], Callable[..., Expr]] = {
            SymbolExpr: self._symbol, ConstantExpr: self._constant, SetRefExpr: self._set_ref, FieldExpr: self._field,
            PayloadExpr: self._raw, MetaExpr: self._meta, CtExpr: self._conntrack, RtExpr: self._route,
            FibExpr: self.expect, ExthdrExpr: self.expect, NumgenExpr: self._numgen, HashExpr: self._hash,
            BinopExpr: self._binop, PrefixExpr: self._prefix, RangeExpr: self._range, ConcatExpr: self._concat,
            ListExpr: self._list, VerdictExpr: self.expect, CatchallExpr: lambda expr: expr,
        }  # fmt: skip

    def evaluate(self, expr: Expr) -> Expr:
        return self._evaluate[type(expr)](expr)

    def depend(self, comparison: RelationalExpr) -> None:
        """Add a comparison that has to come first."""
        raise NotImplementedError

    def expect(self, expr: E, maximum: int = 0) -> E:
        """The next expression is of the type of `expr`."""
        self.expected = ExprContext(expr.datatype, expr.bits, maximum)
        return expr

    # --- values -----------------------------------------------------------------------------------------------------

    def _symbol(self, symbol: SymbolExpr) -> Expr:
        if self.expected.datatype is None:
            raise NftError("No symbol type information", symbol.location)
        value, datatype = parse(symbol, self.expected.datatype, self.environment)
        if isinstance(value, str):
            return self._string(symbol, value, self.expected.datatype)
        return self._integer(symbol.location, value, datatype)

    def _constant(self, expr: ConstantExpr) -> Expr:
        return self._integer(expr.location, number_of(expr), expr.datatype)

    def _integer(self, location: Location, value: int, datatype: Datatype) -> ConstantExpr:
        maximum, bits = self.expected.maximum, self.expected.bits
        if 0 < maximum < value:
            raise NftError(f"Value {value} exceeds valid range 0-{maximum}", location)
        if value > (1 << bits) - 1:
            raise NftError(f"Value {value} exceeds valid range 0-{(1 << bits) - 1}", location)
        return ConstantExpr(value, datatype, bits, location=location)

    def _string(self, symbol: SymbolExpr, text: str, datatype: Datatype) -> Expr:
        bits, location = self.expected.bits, symbol.location
        if bits and 8 * (len(text) + 1) > bits:
            raise NftError(f"String exceeds maximum length of {bits // 8}", location)
        if not text:
            raise NftError("Empty string is not allowed", location)
        if text[-1] != "*":
            return ConstantExpr(text, datatype, bits, location=location)
        if text == "*":
            raise NftError("All-wildcard strings are not supported", location)
        if text[-2] == "\\":
            return ConstantExpr(text.replace("\\", ""), datatype, bits, location=location)
        return WildcardExpr(text[:-1], datatype, location=location)

    def _set_ref(self, expr: SetRefExpr) -> Expr:
        return attrs.evolve(expr, spec=self.cache.find_set(expr.name, expr.location).spec)

    # --- several values ---------------------------------------------------------------------------------------------

    def _prefix(self, expr: PrefixExpr) -> Expr:
        base = self.evaluate(expr.prefix)
        if not is_constant(base):
            raise NftError("Prefix expression is undefined for non-constant expressions", expr.location)
        if not isinstance(base, ConstantExpr):
            raise NftError(f"Prefix expression is undefined for {base.datatype.description} types", expr.location)
        if expr.length > base.bits:
            message = f"Prefix length {expr.length} is invalid for type of {base.bits} bits width"
            raise NftError(message, expr.location)
        value = base.value
        if isinstance(value, str):
            return WildcardExpr(value, base.datatype, location=expr.location)
        host_bits = base.bits - expr.length
        return attrs.evolve(expr, prefix=attrs.evolve(base, value=value >> host_bits << host_bits))

    def _range(self, expr: RangeExpr) -> Expr:
        found = self.range_ends(expr)
        if found.first > found.last:
            raise NftError("Range has zero or negative size", expr.location)
        return found

    def range_ends(self, expr: RangeExpr) -> RangeExpr:
        return attrs.evolve(expr, left=self._end(expr, expr.left), right=self._end(expr, expr.right))

    def _end(self, expr: RangeExpr, end: Expr) -> ConstantExpr:
        found = self.evaluate(end)
        if found.datatype.basis in (Basis.STRING, Basis.VERDICT):
            message = f"Range expression is undefined for {found.datatype.description} types"
            raise NftError(message, found.location, expr.location)
        if not isinstance(found, ConstantExpr):
            raise NftError("Range is not constant", found.location, expr.location)
        return found

    def _list(self, expr: ListExpr) -> Expr:
        value = 0
        for part in expr.parts:
            member = self.evaluate(part)
            if not isinstance(member, ConstantExpr):
                raise NftError("List member must be a constant value", member.location)
            if not member.datatype.is_flags or not isinstance(member.value, int):
                raise NftError(f"Basetype of type {member.datatype.description} is not bitmask", member.location)
            value |= member.value
        assert self.expected.datatype is not None
        return ConstantExpr(value, self.expected.datatype, self.expected.bits, location=expr.location)

    # --- concatenations ---------------------------------------------------------------------------------------------

    def _concat(self, expr: ConcatExpr) -> Expr:
        expected = self.expected
        wanted = expected.parts
        datatype = expected.datatype
        if wanted is None and datatype is not None and datatype is not types.INVALID:
            wanted = tuple((part, part.bits) for part in datatype.parts)
        parts: list[Expr] = []
        for number, part in enumerate(expr.parts):
            if wanted is None:
                self.expected = ExprContext(types.INVALID)
            elif number >= len(wanted):
                if expected.location is not None:
                    raise NftError("too many concatenation components", expr.location, expected.location)
                self.expected = ExprContext(types.INVALID)
            else:
                self.expected = ExprContext(*wanted[number])
            parts.append(self._part(expr, part, sized=wanted is not None))
        joined = attrs.evolve(expr, parts=tuple(parts))
        if wanted is not None and len(parts) < len(wanted):
            assert datatype is not None
            message = f"expected {datatype.description}, expression has type {joined.datatype.description}"
            raise NftError(f"datatype mismatch, {message}", expr.location)
        kept = expected.parts if expected.parts is not None else tuple((part.datatype, part.bits) for part in parts)
        location = expected.location if expected.parts is not None else expr.location
        self.expected = ExprContext(joined.datatype, joined.bits, parts=kept, location=location)
        return joined

    def _part(self, concat: ConcatExpr, part: Expr, *, sized: bool) -> Expr:
        if isinstance(part, CtExpr) and part.key in ("saddr", "daddr"):
            raise NftError("specify either ip or ip6 for address matching", part.location)
        found = self.evaluate(part)
        if not sized and not found.bits:
            message = f"can not use variable sized data types ({found.datatype.name}) in concat expressions"
            raise NftError(message, found.location, concat.location)
        return found

    # --- operators --------------------------------------------------------------------------------------------------

    def _binop(self, expr: BinopExpr) -> Expr:
        left = self.evaluate(expr.left)
        if expr.operator in _SHIFTS:
            self.expected = ExprContext(types.INTEGER, self.expected.bits)
        right = self.evaluate(expr.right)
        _check_operands(expr, left, right)
        number = number_of(right)
        if expr.operator in _SHIFTS and number >= left.bits:
            side = "Left" if expr.operator == "<<" else "Right"
            message = f"{side} shift of {number} bits is undefined for type of {left.bits} bits width"
            raise NftError(message, right.location, left.location)
        if isinstance(left, ConstantExpr) and isinstance(left.value, int):
            value = operate(expr.operator, left.value, number) & (1 << left.bits) - 1
            return attrs.evolve(left, location=expr.location, value=value)
        return attrs.evolve(expr, left=left, right=right, bits=left.bits)

    # --- primary expressions ----------------------------------------------------------------------------------------

    def _field(self, expr: FieldExpr) -> Expr:
        if expr.header is not TH:
            for comparison in PayloadDependencies(self.protocols).of(expr):
                self.depend(comparison)
        return self._cut_out(expr)

    def _raw(self, expr: PayloadExpr) -> Expr:
        """Ports are ports of whatever protocol."""
        if expr.base is PayloadBase.TRANSPORT and expr.bits == 16 and expr.offset in (0, 16):
            return self._cut_out(FieldExpr.of(TH, TH.fields[expr.offset // 16], expr.location))
        return self._cut_out(expr)

    def _cut_out(self, expr: PayloadExpr) -> Expr:
        """Mask and shift a field that does not begin or end with a byte."""
        self.expect(expr)
        offset, bits = expr.offset, expr.bits
        if not offset % 8 and not bits % 8:
            return expr
        shift = (bits + 7) // 8 * 8 - (offset % 8 + bits)
        extra = 0
        while shift < 0:
            shift, extra = shift + 8, extra + 8
        whole = attrs.evolve(expr, offset=offset // 8 * 8, bits=(bits + extra + 7) // 8 * 8)
        mask = ConstantExpr((1 << bits) - 1 << shift)
        masked = BinopExpr("&", whole, mask, bits=bits + shift, location=expr.location)
        return BinopExpr(">>", masked, ConstantExpr(shift), location=expr.location) if shift else masked

    def _numgen(self, expr: NumgenExpr) -> Expr:
        return self.expect(self._generated(expr), expr.modulus + expr.offset - 1)

    def _generated(self, expr: G) -> G:
        wanted = self.expected.datatype
        fits = wanted is not None and wanted.basis is Basis.INTEGER and self.expected.bits == 32
        return attrs.evolve(expr, expected=wanted if fits else None)

    def _hash(self, expr: HashExpr) -> Expr:
        expr = self._generated(expr)
        self.expected = ANYTHING
        if expr.key is not None:
            expr = attrs.evolve(expr, key=self.evaluate(expr.key))
        return self.expect(expr, expr.modulus + expr.offset - 1)

    def _meta(self, expr: MetaExpr) -> Expr:
        if expr.key == "nfproto" and self.family != "inet":
            raise NftError("meta nfproto is only useful in the inet family", expr.location)
        return self.expect(expr, _LAST_DAY if expr.key == "day" else 0)

    def _route(self, expr: RtExpr) -> Expr:
        if expr.key == "nexthop" and not expr.family:
            network = self.protocols.network
            if network is None:
                message = 'cannot determine ip protocol version, use "ip nexthop" or "ip6 nexthop" instead'
                raise NftError(message, expr.location)
            expr = attrs.evolve(expr, family=network)
        elif expr.key == "nexthop" and self.family == {"ip": "ip6", "ip6": "ip"}.get(expr.family):
            raise NftError(f"{expr.family} nexthop will not match", expr.location)
        return self.expect(expr)

    def _conntrack(self, expr: CtExpr) -> Expr:
        network = self.protocols.network
        if expr.key in _UNDIRECTED:
            expr = attrs.evolve(expr, direction="")
        elif expr.key in ("saddr", "daddr"):
            if network is None:
                # nft reports an error, and goes on all the same.
                message = f'cannot determine ip protocol version, use "ip {expr.key}" or "ip6 {expr.key}" instead'
                self.errors.append(ErrorRecord(message, expr.location))
            expr = attrs.evolve(expr, family=network or "")
        elif (family := expr.key.partition(" ")[0]) in ("ip", "ip6") and network not in (None, family):
            message = f"conflicting protocols specified: {network} vs. {family}"
            raise NftError(message, expr.location, *self.protocols.locations_of(PayloadBase.NETWORK))
        return self.expect(expr)


def _check_operands(expr: BinopExpr, left: Expr, right: Expr) -> None:
    undefined = f"Binary operation ({expr.operator}) is undefined for"
    if left.datatype.basis in (Basis.VERDICT, Basis.INVALID):
        raise NftError(f"{undefined} {left.datatype.description} types", left.location, expr.location)
    if is_constant(left) and not is_singleton(left):
        raise NftError(f"{undefined} {expr_name(left)} expressions", left.location, expr.location)
    if not is_constant(right):
        message = f"Right hand side of binary operation ({expr.operator}) must be constant"
        raise NftError(message, right.location, expr.location)
    if not is_singleton(right):
        raise NftError(f"{undefined} {expr_name(right)} expressions", left.location, expr.location)


# --- shifts (binop_transfer) ----------------------------------------------------------------------------------------


def operate(operator: str, left: int, right: int) -> int:
    match operator:
        case "&":
            return left & right
        case "^":
            return left ^ right
        case "|":
            return left | right
        case "<<":
            return left << right
    return left >> right


def can_move(left: BinopExpr, right: SetExpr) -> bool:
    """Whether a shift or exclusive or on the left can be done to the elements instead."""
    if left.operator not in ("<<", ">>", "^"):
        return False
    for member in right.elements:
        key = elem_of(member).key
        if not isinstance(key, (ConstantExpr, RangeExpr)):
            return False
        check_shift(left, key)
    return True


def check_shift(left: BinopExpr, value: ConstantExpr | RangeExpr) -> None:
    """Nothing shifted to the left ends in ones."""
    for end in (value.left, value.right) if isinstance(value, RangeExpr) else (value,):
        if left.operator == "<<" and number_of(end) & (1 << number_of(left.right)) - 1:
            raise NftError("Comparison is always false", value.location, left.location)


def without_shift(left: BinopExpr) -> Expr:
    """The left-hand side, once the right-hand side was shifted."""
    if left.operator != ">>":
        return left.left
    bits = left.left.bits
    return attrs.evolve(left, operator="&", bits=bits, right=ConstantExpr((1 << bits) - 1 << number_of(left.right)))


def moved_value(left: BinopExpr, value: int) -> int:
    return operate({"<<": ">>", ">>": "<<", "^": "^"}[left.operator], value, number_of(left.right))


def moved_key(left: BinopExpr, key: Key) -> Key:
    if isinstance(key, Interval):
        return Interval(moved_value(left, key.first), moved_value(left, key.last))
    return moved_value(left, key) if isinstance(key, int) else key
