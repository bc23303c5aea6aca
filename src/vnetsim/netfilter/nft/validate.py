"""What a rule needs: chains, sets, objects, certain hooks, connections (`validate` of the kernel modules)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.netfilter.nft.expression import (
    BitwiseExpr,
    ConcatExpr,
    ConstantExpr,
    Expr,
    LookupExpr,
    SetRefExpr,
    ShiftExpr,
    VerdictExpr,
)
from vnetsim.netfilter.nft.primary_expr import CtExpr, FibExpr, HashExpr, RtExpr
from vnetsim.netfilter.nft.stateful import ConnlimitStmt
from vnetsim.netfilter.nft.statement import (
    CtStmt,
    ExthdrStmt,
    MatchStmt,
    MetaStmt,
    NatStmt,
    NotrackStmt,
    ObjrefStmt,
    PayloadStmt,
    RejectStmt,
    SetStmt,
    Stmt,
    VerdictStmt,
    VmapStmt,
)

_NAT_HOOKS: Final = {
    "snat": {"postrouting", "input"}, "dnat": {"prerouting", "output"}, "masquerade": {"postrouting"},
    "redirect": {"prerouting", "output"},
}  # fmt: skip
_REJECT_HOOKS: Final = {"prerouting", "input", "forward", "output"}
_INCOMING: Final = {"prerouting", "input", "forward"}
_OUTGOING: Final = {"output", "postrouting", "forward"}


@attrs.frozen
class Demand:
    """Hooks that a statement may be reached from, and the kind of the chain (None: any)."""

    hooks: frozenset[str]
    kind: str | None = None


def nodes(statement: Stmt) -> Iterator[Expr]:
    """All expressions of a statement, with those inside them."""
    for name in _OPERANDS.get(type(statement), ()):
        node = getattr(statement, name)
        if node is not None:
            yield from _inside(node)


_OPERANDS: Final[dict[type[Stmt], tuple[str, ...]]] = {
    MatchStmt: ("left", "right"), VerdictStmt: ("verdict",), VmapStmt: ("key", "mappings"), ObjrefStmt: ("name",),
    NatStmt: ("address", "port"), MetaStmt: ("value",), CtStmt: ("value",), PayloadStmt: ("place", "value"),
    ExthdrStmt: ("place", "value"), SetStmt: ("reference", "key", "data"),
}  # fmt: skip


def _inside(node: Expr) -> Iterator[Expr]:
    yield node
    match node:
        case BitwiseExpr() | ShiftExpr():
            yield from _inside(node.value)
        case ConcatExpr():
            for part in node.parts:
                yield from _inside(part)
        case LookupExpr():
            yield from _inside(node.key)
            yield from _inside(node.mappings)
        case HashExpr():
            if node.key is not None:
                yield from _inside(node.key)


def chains(statement: Stmt) -> list[str]:
    """Chains that it leads to by itself; those in verdict maps come on top."""
    return [node.chain for node in nodes(statement) if isinstance(node, VerdictExpr) and node.chain]


def sets(statement: Stmt) -> list[str]:
    return [node.name for node in nodes(statement) if isinstance(node, SetRefExpr)]


def object_name(statement: Stmt) -> tuple[str, str] | None:
    """Kind and name of the object that it uses."""
    if isinstance(statement, ObjrefStmt) and isinstance(statement.name, ConstantExpr):
        return statement.kind, str(statement.name.value)
    return None


def demands(statement: Stmt) -> Iterator[Demand]:
    if isinstance(statement, NatStmt):
        yield Demand(frozenset(_NAT_HOOKS[statement.kind]), "nat")
    elif isinstance(statement, RejectStmt):
        yield Demand(frozenset(_REJECT_HOOKS))
    for node in nodes(statement):
        if isinstance(node, FibExpr):
            hooks = _fib_hooks(node)
            if hooks:
                yield Demand(frozenset(hooks))
        elif isinstance(node, RtExpr) and node.key == "mtu":
            yield Demand(frozenset(_OUTGOING))


def _fib_hooks(node: FibExpr) -> set[str]:
    if node.result != "type" or "iif" in node.selectors:
        return _INCOMING
    return _OUTGOING if "oif" in node.selectors else set()


def is_validated(statement: Stmt) -> bool:
    """Whether the kernel looks at the whole table once such a statement came in."""
    return (
        isinstance(statement, (VerdictStmt, VmapStmt))
        or any(isinstance(node, (SetRefExpr, LookupExpr)) for node in nodes(statement))
        or any(True for _ in demands(statement))
    )


def tracks(statement: Stmt) -> bool:
    """Whether it needs connection tracking."""
    if isinstance(statement, (NatStmt, NotrackStmt, CtStmt, ConnlimitStmt)):
        return True
    return any(isinstance(node, CtExpr) for node in nodes(statement))
