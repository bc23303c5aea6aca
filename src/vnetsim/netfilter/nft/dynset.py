"""Packets add elements to sets and delete them (nft_dynset.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vnetsim.netfilter.nft.expr_eval import loader
from vnetsim.netfilter.nft.expression import Interval, Key, VerdictExpr
from vnetsim.netfilter.nft.set_expr import SetRefExpr
from vnetsim.netfilter.nft.sets import Data, NftSet, SetElem, expiry
from vnetsim.netfilter.nft.stateful import StmtState
from vnetsim.netfilter.nft.statement import SetStmt
from vnetsim.netfilter.nft.tables import ChainVisit

#: The states of the element's statements; None if the rule does not match.
Update: TypeAlias = Callable[[ChainVisit], "tuple[StmtState | None, ...] | None"]


def updater(statement: SetStmt) -> Update:
    load = loader(statement.key)
    load_data = None if statement.data is None else loader(statement.data)
    assert isinstance(statement.reference, SetRefExpr)
    name = statement.reference.name

    def update(visit: ChainVisit) -> tuple[StmtState | None, ...] | None:
        key = _key(load(visit))
        if key is None:
            return None
        found = visit.table.sets[name]
        if statement.operation == "delete":
            found.members.pop(key, None)
            return ()
        data = None if load_data is None else _data(load_data(visit))
        member = _put(statement, found, key, data, visit.packet.context.now())
        return None if member is None else member.states

    return update


def _key(value: object) -> Key | None:
    return value if isinstance(value, (int, str, tuple)) else None


def _data(value: object) -> Data | None:
    return value if isinstance(value, (int, str, tuple, Interval, VerdictExpr)) else None


def _put(statement: SetStmt, found: NftSet, key: Key, data: Data | None, now: int) -> SetElem | None:
    """The element, new or known; None if the set is full."""
    timeout = statement.timeout if statement.timeout is not None else found.spec.timeout
    known = found.members.get(key)
    if known is not None and known.lives(now):
        if statement.operation == "update" and timeout:
            known.expires_at = expiry(timeout, now)
        return known
    if known is not None:
        del found.members[key]
    assert found.spec.size is not None, "a rule that fills a set limits it"
    if _living(found, now) >= found.spec.size:
        return None
    kept = statement.statements or found.spec.statements
    own = statement.timeout if statement.timeout != found.spec.timeout else None
    found.members[key] = SetElem(
        key, data, own, expiry(timeout, now) if timeout else None, None, kept, tuple(one.begin() for one in kept)
    )
    return found.members[key]


def _living(found: NftSet, now: int) -> int:
    """The number of elements that have not timed out; the others are deleted."""
    for key in [key for key, member in found.members.items() if not member.lives(now)]:
        del found.members[key]
    return len(found.members)
