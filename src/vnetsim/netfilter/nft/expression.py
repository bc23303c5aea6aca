"""Values and operators of rules (struct expr of nftables 1.0.6, src/expression.c; the expressions of nf_tables).

A rule is stored as the kernel stores it: places in headers are numbers of bits (PayloadExpr), and their meaning follows
from what was compared before.  `netlink_delinearize` finds that out and gives the expressions below "as printed".
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype, Json, JsonObject, Value, duration
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.stateful import Stmt, StmtState


@attrs.frozen
class Expr:
    """`to_text` is what nft prints, `to_json` what `nft -j` prints (struct expr_ops)."""

    def to_text(self, _ctx: OutputContext, /) -> str:
        raise NotImplementedError

    def to_json(self, _ctx: OutputContext, /) -> Json:
        raise NotImplementedError

    @property
    def shape(self) -> tuple[Datatype, int]:
        """Type and bits."""
        return types.INTEGER, 32


# --- operators -----------------------------------------------------------------------------------------------------


@attrs.frozen
class BitwiseExpr(Expr):
    """`(value & mask) ^ xor`."""

    value: Expr
    mask: int
    xor: int = 0

    @property
    def shape(self) -> tuple[Datatype, int]:
        return self.value.shape


@attrs.frozen
class ShiftExpr(Expr):
    """`operator` is << or >>."""

    operator: str
    value: Expr
    amount: int

    @property
    def shape(self) -> tuple[Datatype, int]:
        return self.value.shape


@attrs.frozen
class ConcatExpr(Expr):
    """`a . b`"""

    parts: tuple[Expr, ...]

    def to_text(self, ctx: OutputContext) -> str:
        return " . ".join(part.to_text(ctx) for part in self.parts)

    def to_json(self, ctx: OutputContext) -> Json:
        return {"concat": [part.to_json(ctx) for part in self.parts]}

    @property
    def shape(self) -> tuple[Datatype, int]:
        shapes = [part.shape for part in self.parts]
        return types.concatenated(tuple(found for found, _ in shapes)), sum((b + 31) // 32 * 32 for _, b in shapes)


@attrs.frozen
class LookupExpr(Expr):
    """`key map mappings`: what a map holds for `key`."""

    key: Expr
    mappings: Expr


# --- values --------------------------------------------------------------------------------------------------------


@attrs.frozen
class ConstantExpr(Expr):
    value: Value
    datatype: Datatype = types.INTEGER

    def to_text(self, ctx: OutputContext) -> str:
        return self.datatype.text(self._escaped, ctx)

    def to_json(self, ctx: OutputContext) -> Json:
        return self.datatype.as_json(self._escaped, ctx)

    @property
    def _escaped(self) -> Value:
        value = self.value
        return f"{value[:-1]}\\*" if isinstance(value, str) and value.endswith("*") else value


@attrs.frozen
class PrefixExpr(Expr):
    """The `length` bits of `value` that come first; the others are 0."""

    value: int
    length: int
    bits: int
    datatype: Datatype = types.INTEGER

    @property
    def last(self) -> int:
        return self.value | (1 << self.bits - self.length) - 1

    def to_text(self, ctx: OutputContext) -> str:
        return f"{self.datatype.text(self.value, ctx)}/{self.length}"

    def to_json(self, ctx: OutputContext) -> Json:
        return {"prefix": {"addr": self.datatype.as_json(self.value, ctx), "len": self.length}}


@attrs.frozen
class RangeExpr(Expr):
    """Both ends included."""

    first: int
    last: int
    datatype: Datatype = types.INTEGER

    def to_text(self, ctx: OutputContext) -> str:
        return "-".join(self.datatype.text(end, ctx.in_range()) for end in (self.first, self.last))

    def to_json(self, ctx: OutputContext) -> Json:
        return {"range": [self.datatype.as_json(end, ctx.in_range()) for end in (self.first, self.last)]}


@attrs.frozen
class WildcardExpr(Expr):
    """All strings that begin with `text`."""

    text: str
    datatype: Datatype = types.STRING

    def to_text(self, _ctx: OutputContext) -> str:
        return f'"{self.text}*"'

    def to_json(self, _ctx: OutputContext) -> Json:
        return f"{self.text}*"


@attrs.frozen
class SetRefExpr(Expr):
    """A set or map by its name; `__set%d` and the like are anonymous and printed in full."""

    name: str

    def to_text(self, _ctx: OutputContext) -> str:
        return f"@{self.name}"

    def to_json(self, _ctx: OutputContext) -> Json:
        return f"@{self.name}"


def is_anonymous(name: str) -> bool:
    return name.startswith("__")


@attrs.frozen
class VerdictExpr(Expr):
    """`kind` is accept, drop, continue, return, jump or goto, the last two with a `chain`."""

    kind: str
    chain: str = ""

    def to_text(self, _ctx: OutputContext) -> str:
        return f"{self.kind} {self.chain}" if self.chain else self.kind

    def to_json(self, _ctx: OutputContext) -> JsonObject:
        return {self.kind: {"target": self.chain} if self.chain else None}


# --- as printed ----------------------------------------------------------------------------------------------------

_PRECEDENCE: Final = {"<<": 1, ">>": 1, "&": 2, "^": 3, "|": 4}


@attrs.frozen
class BinopExpr(Expr):
    operator: str
    left: Expr
    right: Expr

    def to_text(self, ctx: OutputContext) -> str:
        return f"{self._operand(self.left, ctx)} {self.operator} {self._operand(self.right, ctx)}"

    def _operand(self, operand: Expr, ctx: OutputContext) -> str:
        inner = _PRECEDENCE.get(operand.operator, 0) if isinstance(operand, BinopExpr) else 0
        text = operand.to_text(ctx)
        return f"({text})" if 0 < _PRECEDENCE.get(self.operator, 0) < inner else text

    def to_json(self, ctx: OutputContext) -> Json:
        return {self.operator: [self.left.to_json(ctx), self.right.to_json(ctx)]}

    @property
    def shape(self) -> tuple[Datatype, int]:
        return self.left.shape

    def terms(self) -> list[Expr]:
        """The operands of `a | b | c`."""
        first = self.left.terms() if isinstance(self.left, BinopExpr) else [self.left]
        return [*first, self.right]


@attrs.frozen
class ListExpr(Expr):
    """`established,related`"""

    parts: tuple[Expr, ...]

    def to_text(self, ctx: OutputContext) -> str:
        return ",".join(part.to_text(ctx) for part in self.parts)

    def to_json(self, ctx: OutputContext) -> Json:
        return [part.to_json(ctx) for part in self.parts]


def _match_json(operator: str, left: Json, right: Json) -> JsonObject:
    return {"match": {"op": operator, "left": left, "right": right}}


@attrs.frozen
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


@attrs.frozen
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


@attrs.frozen
class SetElemExpr(Expr):
    """`statements` with their states; times in milliseconds."""

    key: Expr
    statements: tuple[tuple[Stmt, StmtState | None], ...] = ()
    timeout: int | None = None
    expires: int | None = None
    comment: str | None = None

    def to_text(self, ctx: OutputContext) -> str:
        parts = [self.key.to_text(ctx), *(statement.to_text(state, ctx) for statement, state in self.statements)]
        if self.timeout:
            parts.append(f"timeout {duration(self.timeout, ctx)}")
        if self.expires is not None and not ctx.stateless:
            parts.append(f"expires {duration(self.expires, ctx)}")
        if self.comment is not None:
            parts.append(f'comment "{self.comment}"')
        return " ".join(parts)

    def to_json(self, ctx: OutputContext) -> Json:
        value = self.key.to_json(ctx)
        root: JsonObject = {"val": value}
        if self.timeout:
            root["timeout"] = self.timeout // 1000
        if self.expires is not None:
            root["expires"] = self.expires // 1000
        if self.comment is not None:
            root["comment"] = self.comment
        if self.statements:
            statement, state = self.statements[0]
            root |= statement.to_json(state, ctx)
        return value if len(root) == 1 else {"elem": root}


@attrs.frozen
class CatchallExpr(Expr):
    """`*`"""

    def to_text(self, _ctx: OutputContext) -> str:
        return "*"

    def to_json(self, _ctx: OutputContext) -> Json:
        return "*"


@attrs.frozen
class MappingExpr(Expr):
    key: Expr
    data: Expr

    def to_text(self, ctx: OutputContext) -> str:
        return f"{self.key.to_text(ctx)} : {self.data.to_text(ctx)}"

    def to_json(self, ctx: OutputContext) -> Json:
        return [self.key.to_json(ctx), self.data.to_json(ctx)]


@attrs.frozen
class SetExpr(Expr):
    """`{ ... }`"""

    elements: tuple[Expr, ...]

    def to_text(self, ctx: OutputContext) -> str:
        return f"{{ {', '.join(element.to_text(ctx) for element in self.elements)} }}"

    def to_json(self, ctx: OutputContext) -> Json:
        return {"set": [element.to_json(ctx) for element in self.elements]}


@attrs.frozen
class MapExpr(Expr):
    """`verdicts`: it is a `vmap`."""

    key: Expr
    mappings: Expr
    verdicts: bool

    @property
    def _word(self) -> str:
        return "vmap" if self.verdicts else "map"

    def to_text(self, ctx: OutputContext) -> str:
        return f"{self.key.to_text(ctx)} {self._word} {self.mappings.to_text(ctx)}"

    def to_json(self, ctx: OutputContext) -> JsonObject:
        return {self._word: {"key": self.key.to_json(ctx), "data": self.mappings.to_json(ctx)}}


# --- keys of sets --------------------------------------------------------------------------------------------------

#: The key of a set's element: a number or string, an interval, a tuple of these for a concatenation.
Key: TypeAlias = "Value | Interval | tuple[Value | Interval, ...]"


@attrs.frozen(order=True)
class Interval:
    """Both ends included."""

    first: int
    last: int
