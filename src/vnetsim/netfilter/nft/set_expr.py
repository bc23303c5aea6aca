"""Expressions of sets and maps, and their declarations (struct set of nftables 1.0.6)."""

from __future__ import annotations

from itertools import zip_longest
from typing import Final

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype, Json, JsonObject, concatenated, duration
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    ConcatExpr,
    ConstantExpr,
    Expr,
    PrefixExpr,
    RangeExpr,
    VerdictExpr,
    WildcardExpr,
)
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.stateful import Stmt, StmtState
from vnetsim.values import frozen


def is_anonymous(name: str) -> bool:
    return name.startswith("__")


@frozen(kw_only=True)
class SetSpec:
    """The declaration of a set or map.

    `key` are the types of a key, one for each part of a concatenation, `bits` their sizes.  `data` is the same of a
    map, (VERDICT,) for a verdict map, `data_bits` their sizes; `data_intervals`: the data are intervals.  `objects` is
    the kind of object of an object map.  `typeof_key` and `typeof_data` are the expressions of `typeof`.  Times in
    milliseconds.
    """

    name: str
    key: tuple[Datatype, ...]
    bits: tuple[int, ...]
    data: tuple[Datatype, ...] = ()
    data_bits: tuple[int, ...] = ()
    data_intervals: bool = False
    objects: str | None = None
    flags: frozenset[str] = frozenset()
    typeof_key: Expr | None = None
    typeof_data: Expr | None = None
    timeout: int | None = None
    gc_interval: int | None = None
    size: int | None = None
    policy: str | None = None
    auto_merge: bool = False
    comment: str | None = None
    statements: tuple[Stmt, ...] = ()

    @property
    def anonymous(self) -> bool:
        return is_anonymous(self.name)

    @property
    def is_map(self) -> bool:
        return bool(self.data) or self.objects is not None

    @property
    def intervals(self) -> bool:
        return "interval" in self.flags

    @property
    def kind(self) -> str:
        return "map" if self.is_map else "set"

    @property
    def data_shape(self) -> tuple[Datatype, int]:
        datatype = concatenated(self.data)
        return datatype, self.data_bits[0] if len(self.data_bits) == 1 else datatype.bits

    def same_as(self, other: SetSpec) -> bool:
        """Whether the kernel accepts `other` if it is added again."""
        return (self.key, self.bits, self.data, self.objects, self.flags, self.timeout, self.gc_interval) == (
            other.key, other.bits, other.data, other.objects, other.flags, other.timeout, other.gc_interval
        )  # fmt: skip


@frozen
class SetRefExpr(Expr):
    """A set or map by its name; `__set%d` and the like are anonymous and printed in full.  `spec`: after evaluation."""

    name: str
    spec: SetSpec | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return super()._shape if self.spec is None else (concatenated(self.spec.key), sum(self.spec.bits))

    def to_text(self, _ctx: OutputContext) -> str:
        return f"@{self.name}"

    def to_json(self, _ctx: OutputContext) -> Json:
        return f"@{self.name}"


@frozen
class SetElemExpr(Expr):
    """An element; `states` are those of its `statements`, in a set that exists.  Times in milliseconds."""

    key: Expr
    statements: tuple[Stmt, ...] = ()
    timeout: int | None = None
    expires: int | None = None
    comment: str | None = None
    states: tuple[StmtState | None, ...] = ()

    def to_text(self, ctx: OutputContext) -> str:
        parts = [
            self.key.to_text(ctx),
            *(one.to_text(state, ctx) for one, state in zip_longest(self.statements, self.states)),
        ]
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
            root |= self.statements[0].to_json(self.states[0] if self.states else None, ctx)
        return value if len(root) == 1 else {"elem": root}


@frozen
class CatchallExpr(Expr):
    """`*`"""

    def to_text(self, _ctx: OutputContext) -> str:
        return "*"

    def to_json(self, _ctx: OutputContext) -> Json:
        return "*"


@frozen
class MappingExpr(Expr):
    key: Expr
    data: Expr

    def to_text(self, ctx: OutputContext) -> str:
        return f"{self.key.to_text(ctx)} : {self.data.to_text(ctx)}"

    def to_json(self, ctx: OutputContext) -> Json:
        return [self.key.to_json(ctx), self.data.to_json(ctx)]


@frozen
class SetExpr(Expr):
    """`{ ... }`"""

    elements: tuple[Expr, ...]
    datatype: Datatype = attrs.field(default=types.INVALID, eq=False)
    bits: int = attrs.field(default=0, eq=False)
    #: Whether an element is more than one value.
    intervals: bool = attrs.field(default=False, eq=False)

    def to_text(self, ctx: OutputContext) -> str:
        return f"{{ {', '.join(element.to_text(ctx) for element in self.elements)} }}"

    def to_json(self, ctx: OutputContext) -> Json:
        return {"set": [element.to_json(ctx) for element in self.elements]}


@frozen
class MapExpr(Expr):
    """`key map mappings`, or with `verdicts` `key vmap mappings`."""

    key: Expr
    mappings: Expr
    verdicts: bool = False

    @property
    def spec(self) -> SetSpec | None:
        return self.mappings.spec if isinstance(self.mappings, SetRefExpr) else None

    @property
    def _shape(self) -> tuple[Datatype, int]:
        if self.spec is None:
            return super()._shape
        if self.spec.objects is not None:
            return types.STRING, 0
        return self.spec.data_shape

    @property
    def _keyword(self) -> str:
        return "vmap" if self.verdicts else "map"

    def to_text(self, ctx: OutputContext) -> str:
        return f"{self.key.to_text(ctx)} {self._keyword} {self.mappings.to_text(ctx)}"

    def to_json(self, ctx: OutputContext) -> JsonObject:
        return {self._keyword: {"key": self.key.to_json(ctx), "data": self.mappings.to_json(ctx)}}


# --- properties -----------------------------------------------------------------------------------------------------

#: Kinds of expressions as error messages name them; the others are called expression.
_NAMES: Final[dict[type[Expr], str]] = {
    ConstantExpr: "value", PrefixExpr: "prefix", WildcardExpr: "prefix", RangeExpr: "range", BinopExpr: "binop",
    ConcatExpr: "concat", VerdictExpr: "verdict", CatchallExpr: "catch-all set element", SetElemExpr: "set element",
    MappingExpr: "mapping", SetExpr: "set", SetRefExpr: "set reference", MapExpr: "map",
}  # fmt: skip


def expr_name(expr: Expr) -> str:
    return _NAMES.get(type(expr), "expression")


def is_constant(expr: Expr) -> bool:
    """EXPR_F_CONSTANT"""
    if isinstance(expr, ConcatExpr):
        return all(map(is_constant, expr.parts))
    if isinstance(expr, SetElemExpr):
        return is_constant(expr.key)
    return type(expr) in _NAMES and not isinstance(expr, BinopExpr)


def is_singleton(expr: Expr) -> bool:
    """Whether it is one value (EXPR_F_SINGLETON)."""
    if isinstance(expr, ConcatExpr):
        return all(map(is_singleton, expr.parts))
    if isinstance(expr, (SetElemExpr, MappingExpr)):
        return is_singleton(expr.key)
    return isinstance(expr, (ConstantExpr, VerdictExpr))


def elem_of(member: Expr) -> SetElemExpr:
    elem = member.key if isinstance(member, MappingExpr) else member
    assert isinstance(elem, SetElemExpr)
    return elem
