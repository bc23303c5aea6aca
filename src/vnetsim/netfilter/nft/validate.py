"""What a rule needs: chains, sets, objects, certain hooks, connections (`validate` of the kernel modules)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.primary_expr import CtExpr, FibExpr, HashExpr, RtExpr
from vnetsim.netfilter.nft.stateful import ConnlimitStmt

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


def nodes(statement: st.Stmt) -> Iterator[ex.Expr]:
    """All expressions of a statement, with those inside them."""
    for name in _OPERANDS.get(type(statement), ()):
        node = getattr(statement, name)
        if node is not None:
            yield from _inside(node)


_OPERANDS: Final[dict[type[st.Stmt], tuple[str, ...]]] = {
    st.MatchStmt: ("left", "right"), st.VerdictStmt: ("verdict",), st.VmapStmt: ("key", "mappings"),
    st.ObjrefStmt: ("name",),
    st.NatStmt: ("address", "port"), st.MetaStmt: ("value",), st.CtStmt: ("value",), st.PayloadStmt: ("place", "value"),
    st.ExthdrStmt: ("place", "value"), st.SetStmt: ("reference", "key", "data"),
}  # fmt: skip


def _inside(node: ex.Expr) -> Iterator[ex.Expr]:
    yield node
    match node:
        case ex.BitwiseExpr() | ex.ShiftExpr():
            yield from _inside(node.value)
        case ex.ConcatExpr():
            for part in node.parts:
                yield from _inside(part)
        case ex.LookupExpr():
            yield from _inside(node.key)
            yield from _inside(node.mappings)
        case HashExpr():
            if node.key is not None:
                yield from _inside(node.key)


def chains(statement: st.Stmt) -> list[str]:
    """Chains that it leads to by itself; those in verdict maps come on top."""
    return [node.chain for node in nodes(statement) if isinstance(node, ex.VerdictExpr) and node.chain]


def sets(statement: st.Stmt) -> list[str]:
    return [node.name for node in nodes(statement) if isinstance(node, ex.SetRefExpr)]


def object_name(statement: st.Stmt) -> tuple[str, str] | None:
    """Kind and name of the object that it uses."""
    if isinstance(statement, st.ObjrefStmt) and isinstance(statement.name, ex.ConstantExpr):
        return statement.kind, str(statement.name.value)
    return None


def demands(statement: st.Stmt) -> Iterator[Demand]:
    if isinstance(statement, st.NatStmt):
        yield Demand(frozenset(_NAT_HOOKS[statement.kind]), "nat")
    elif isinstance(statement, st.RejectStmt):
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


def is_validated(statement: st.Stmt) -> bool:
    """Whether the kernel looks at the whole table once such a statement came in."""
    return (
        isinstance(statement, (st.VerdictStmt, st.VmapStmt))
        or any(isinstance(node, (ex.SetRefExpr, ex.LookupExpr)) for node in nodes(statement))
        or any(True for _ in demands(statement))
    )


def tracks(statement: st.Stmt) -> bool:
    """Whether it needs connection tracking."""
    if isinstance(statement, (st.NatStmt, st.NotrackStmt, st.CtStmt, ConnlimitStmt)):
        return True
    return any(isinstance(node, CtExpr) for node in nodes(statement))
