"""Expressions (struct expr of nftables 1.0.6, src/expression.c; the expressions of nf_tables).

There is one tree for all stages: the parser makes it, `evaluate_expr` gives it types, `netlink_linearize` turns it into
what the kernel stores and `netlink_delinearize` turns that back for printing.  The stored form has no locations and no
names of fields (PayloadExpr), references sets by name, and has masks as BitwiseExpr and shifts as ShiftExpr.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype, Json, JsonObject, Value
from vnetsim.netfilter.nft.location import INTERNAL, Location
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.values import frozen


@frozen
class Expr:
    """`to_text` is what nft prints, `to_json` what `nft -j` prints (struct expr_ops)."""

    location: Location = attrs.field(default=INTERNAL, kw_only=True, eq=False, repr=False)

    def to_text(self, _ctx: OutputContext, /) -> str:
        raise NotImplementedError

    def to_json(self, _ctx: OutputContext, /) -> Json:
        raise NotImplementedError

    @property
    def _shape(self) -> tuple[Datatype, int]:
        """Type and bits."""
        return types.INTEGER, 32

    @property
    def datatype(self) -> Datatype:
        return self._shape[0]

    @property
    def bits(self) -> int:
        return self._shape[1]


# --- operators -----------------------------------------------------------------------------------------------------


@frozen
class BitwiseExpr(Expr):
    """`(value & mask) ^ xor`."""

    value: Expr
    mask: int
    xor: int = 0

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return self.value.datatype, self.value.bits


@frozen
class ShiftExpr(Expr):
    """`operator` is << or >>."""

    operator: str
    value: Expr
    amount: int

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return self.value.datatype, self.value.bits


@frozen
class ConcatExpr(Expr):
    """`a . b`"""

    parts: tuple[Expr, ...]

    def to_text(self, ctx: OutputContext) -> str:
        return " . ".join(part.to_text(ctx) for part in self.parts)

    def to_json(self, ctx: OutputContext) -> Json:
        return {"concat": [part.to_json(ctx) for part in self.parts]}

    @property
    def _shape(self) -> tuple[Datatype, int]:
        bits = sum((part.bits + 31) // 32 * 32 for part in self.parts)
        return types.concatenated(tuple(part.datatype for part in self.parts)), bits


# --- values --------------------------------------------------------------------------------------------------------


@frozen
class SymbolExpr(Expr):
    """A name or a number before evaluation: the expected type decides its value."""

    text: str


@frozen
class ConstantExpr(Expr):
    value: Value
    datatype: Datatype = types.INTEGER
    bits: int = attrs.field(default=0, eq=False)

    def to_text(self, ctx: OutputContext) -> str:
        return self.datatype.text(self._escaped, ctx)

    def to_json(self, ctx: OutputContext) -> Json:
        return self.datatype.as_json(self._escaped, ctx)

    @property
    def _escaped(self) -> Value:
        value = self.value
        return f"{value[:-1]}\\*" if isinstance(value, str) and value.endswith("*") else value


def number_of(constant: Expr) -> int:
    assert isinstance(constant, ConstantExpr)
    assert isinstance(constant.value, int)
    return constant.value


@frozen
class PrefixExpr(Expr):
    """The `length` bits of `prefix` that come first; its other bits are 0."""

    prefix: Expr
    length: int

    @classmethod
    def of(cls, value: int, length: int, bits: int, datatype: Datatype) -> PrefixExpr:
        return cls(ConstantExpr(value, datatype, bits), length)

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return self.prefix.datatype, self.prefix.bits

    @property
    def first(self) -> int:
        return number_of(self.prefix)

    @property
    def last(self) -> int:
        return self.first | (1 << self.bits - self.length) - 1

    def to_text(self, ctx: OutputContext) -> str:
        return f"{self.prefix.to_text(ctx)}/{self.length}"

    def to_json(self, ctx: OutputContext) -> Json:
        return {"prefix": {"addr": self.prefix.to_json(ctx), "len": self.length}}


@frozen
class RangeExpr(Expr):
    """Both ends included."""

    left: Expr
    right: Expr

    @classmethod
    def of(cls, first: int, last: int, datatype: Datatype = types.INTEGER, bits: int = 0) -> RangeExpr:
        return cls(ConstantExpr(first, datatype, bits), ConstantExpr(last, datatype, bits))

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return self.left.datatype, self.left.bits

    @property
    def first(self) -> int:
        return number_of(self.left)

    @property
    def last(self) -> int:
        return number_of(self.right)

    def to_text(self, ctx: OutputContext) -> str:
        return "-".join(end.to_text(ctx.in_range()) for end in (self.left, self.right))

    def to_json(self, ctx: OutputContext) -> Json:
        return {"range": [end.to_json(ctx.in_range()) for end in (self.left, self.right)]}


@frozen
class WildcardExpr(Expr):
    """All strings that begin with `text`."""

    text: str
    datatype: Datatype = types.STRING

    def to_text(self, _ctx: OutputContext) -> str:
        return f'"{self.text}*"'

    def to_json(self, _ctx: OutputContext) -> Json:
        return f"{self.text}*"


@frozen
class VerdictExpr(Expr):
    """`kind` is accept, drop, continue, return, jump or goto, the last two with a `chain`."""

    kind: str
    chain: str = ""
    chain_location: Location | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return types.VERDICT, 0

    def to_text(self, _ctx: OutputContext) -> str:
        return f"{self.kind} {self.chain}" if self.chain else self.kind

    def to_json(self, _ctx: OutputContext) -> JsonObject:
        return {self.kind: {"target": self.chain} if self.chain else None}


# --- as typed and printed ------------------------------------------------------------------------------------------

_PRECEDENCE: Final = {"<<": 1, ">>": 1, "&": 2, "^": 3, "|": 4}


@frozen
class BinopExpr(Expr):
    operator: str
    left: Expr
    right: Expr
    bits: int = attrs.field(kw_only=True, eq=False, default=attrs.Factory(lambda self: self.left.bits, takes_self=True))

    @property
    def datatype(self) -> Datatype:
        return self.left.datatype

    def to_text(self, ctx: OutputContext) -> str:
        return f"{self._operand(self.left, ctx)} {self.operator} {self._operand(self.right, ctx)}"

    def _operand(self, operand: Expr, ctx: OutputContext) -> str:
        inner = _PRECEDENCE.get(operand.operator, 0) if isinstance(operand, BinopExpr) else 0
        text = operand.to_text(ctx)
        return f"({text})" if 0 < _PRECEDENCE.get(self.operator, 0) < inner else text

    def to_json(self, ctx: OutputContext) -> Json:
        return {self.operator: [self.left.to_json(ctx), self.right.to_json(ctx)]}

    def terms(self) -> list[Expr]:
        """The operands of `a | b | c`."""
        first = self.left.terms() if isinstance(self.left, BinopExpr) else [self.left]
        return [*first, self.right]


@frozen
class ListExpr(Expr):
    """`established,related`"""

    parts: tuple[Expr, ...]

    def to_text(self, ctx: OutputContext) -> str:
        return ",".join(part.to_text(ctx) for part in self.parts)

    def to_json(self, ctx: OutputContext) -> Json:
        return [part.to_json(ctx) for part in self.parts]


def _match_json(operator: str, left: Json, right: Json) -> JsonObject:
    return {"match": {"op": operator, "left": left, "right": right}}


@frozen
class RelationalExpr(Expr):
    """`operator` is ==, !=, <, >, <=, >=, ! or "in", which is not printed."""

    operator: str
    left: Expr
    right: Expr

    def to_text(self, ctx: OutputContext) -> str:
        implied = self.operator == "in" or (self.operator == "==" and not self._prints_equal)
        operator = "" if implied else self.operator
        return " ".join(filter(None, (self.left.to_text(ctx), operator, self.right.to_text(ctx))))

    @property
    def _prints_equal(self) -> bool:
        right = self.right
        return isinstance(self.left, BinopExpr) or (isinstance(right, ConstantExpr) and right.datatype.is_flags)

    def to_json(self, ctx: OutputContext) -> JsonObject:
        return _match_json(self.operator, self.left.to_json(ctx), self.right.to_json(ctx))


@frozen
class FlagcmpExpr(Expr):
    """`tcp flags syn / syn,ack`; `operator` is == or !=."""

    operator: str
    left: Expr
    value: Expr
    mask: Expr

    def to_text(self, ctx: OutputContext) -> str:
        operator = " !=" if self.operator == "!=" else ""
        return f"{self.left.to_text(ctx)}{operator} {self.value.to_text(ctx)} / {self.mask.to_text(ctx)}"

    def to_json(self, ctx: OutputContext) -> JsonObject:
        masked: Json = {"&": [self.left.to_json(ctx), self.mask.to_json(ctx)]}
        return _match_json(self.operator, masked, self.value.to_json(ctx))


# --- keys of sets --------------------------------------------------------------------------------------------------

#: The key of a set's element: a number or string, an interval, a tuple of these for a concatenation.
Key: TypeAlias = "Value | Interval | tuple[Value | Interval, ...]"


@frozen(order=True)
class Interval:
    """Both ends included."""

    first: int
    last: int
