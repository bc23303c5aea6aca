"""What a rule needs: chains, sets, objects, certain hooks, connections (`validate` of the kernel modules)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.netfilter.nft.expressions import (
    Bitwise,
    Concat,
    Conntrack,
    Constant,
    Fib,
    Hash,
    Lookup,
    Node,
    RouteKey,
    SetReference,
    Shift,
    VerdictNode,
)
from vnetsim.netfilter.nft.statements import (
    ConnectionLimit,
    Match,
    Nat,
    NoTrack,
    ObjectReference,
    Reject,
    SetConntrack,
    SetMeta,
    SetOption,
    SetPayload,
    SetUpdate,
    Statement,
    Verdict,
    VerdictMap,
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


def nodes(statement: Statement) -> Iterator[Node]:
    """All expressions of a statement, with those inside them."""
    for name in _OPERANDS.get(type(statement), ()):
        node = getattr(statement, name)
        if node is not None:
            yield from _inside(node)


_OPERANDS: Final[dict[type[Statement], tuple[str, ...]]] = {
    Match: ("left", "right"), Verdict: ("verdict",), VerdictMap: ("key", "mappings"), ObjectReference: ("name",),
    Nat: ("address", "port"), SetMeta: ("value",), SetConntrack: ("value",), SetPayload: ("place", "value"),
    SetOption: ("place", "value"), SetUpdate: ("reference", "key", "data"),
}  # fmt: skip


def _inside(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Bitwise() | Shift():
            yield from _inside(node.value)
        case Concat():
            for part in node.parts:
                yield from _inside(part)
        case Lookup():
            yield from _inside(node.key)
            yield from _inside(node.mappings)
        case Hash():
            if node.key is not None:
                yield from _inside(node.key)


def chains(statement: Statement) -> list[str]:
    """Chains that it leads to by itself; those in verdict maps come on top."""
    return [node.chain for node in nodes(statement) if isinstance(node, VerdictNode) and node.chain]


def sets(statement: Statement) -> list[str]:
    return [node.name for node in nodes(statement) if isinstance(node, SetReference)]


def object_name(statement: Statement) -> tuple[str, str] | None:
    """Kind and name of the object that it uses."""
    if isinstance(statement, ObjectReference) and isinstance(statement.name, Constant):
        return statement.kind, str(statement.name.value)
    return None


def demands(statement: Statement) -> Iterator[Demand]:
    if isinstance(statement, Nat):
        yield Demand(frozenset(_NAT_HOOKS[statement.kind]), "nat")
    elif isinstance(statement, Reject):
        yield Demand(frozenset(_REJECT_HOOKS))
    for node in nodes(statement):
        if isinstance(node, Fib):
            hooks = _fib_hooks(node)
            if hooks:
                yield Demand(frozenset(hooks))
        elif isinstance(node, RouteKey) and node.key == "mtu":
            yield Demand(frozenset(_OUTGOING))


def _fib_hooks(node: Fib) -> set[str]:
    if node.result != "type" or "iif" in node.selectors:
        return _INCOMING
    return _OUTGOING if "oif" in node.selectors else set()


def is_validated(statement: Statement) -> bool:
    """Whether the kernel looks at the whole table once such a statement came in."""
    return (
        isinstance(statement, (Verdict, VerdictMap))
        or any(isinstance(node, (SetReference, Lookup)) for node in nodes(statement))
        or any(True for _ in demands(statement))
    )


def tracks(statement: Statement) -> bool:
    """Whether it needs connection tracking."""
    if isinstance(statement, (Nat, NoTrack, SetConntrack, ConnectionLimit)):
        return True
    return any(isinstance(node, Conntrack) for node in nodes(statement))
