"""Requirements of rules: chains, sets, objects, certain hooks, connections (`validate` of the kernel modules)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, NotModelled
from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.expression import VerdictExpr
from vnetsim.netfilter.nft.extack import TYPE, OperationRefused
from vnetsim.netfilter.nft.payload import can_change, can_change_frame
from vnetsim.netfilter.nft.primary_expr import CtExpr, FibExpr, HashExpr, MetaExpr, PayloadExpr, RtExpr
from vnetsim.netfilter.nft.set_expr import MapExpr, SetRefExpr, is_anonymous
from vnetsim.netfilter.nft.sets import NftSet
from vnetsim.netfilter.nft.stateful import ConnlimitStmt, LimitStmt, Stmt
from vnetsim.netfilter.nft.statement import SetStmt, VerdictStmt
from vnetsim.netfilter.nft.stmt_eval import compiled
from vnetsim.netfilter.nft.tables import IP_FAMILIES, NftChain, NftHook, NftRule, NftTable
from vnetsim.values import define, frozen

_NAT_HOOKS: Final = {
    "snat": {"postrouting", "input"},
    "dnat": {"prerouting", "output"},
    "masquerade": {"postrouting"},
    "redirect": {"prerouting", "output"},
}
_REJECT_HOOKS: Final = {"prerouting", "input", "forward", "output"}
#: Where bridges answer by the port that the packet came in by.
_BRIDGE_REJECT_HOOKS: Final = {"prerouting", "input"}
_INCOMING: Final = {"prerouting", "input", "forward"}
_OUTGOING: Final = {"output", "postrouting", "forward"}


@frozen
class Demand:
    """Hooks that a statement may be reached from, and the kind of the chain (None: any)."""

    hooks: frozenset[str]
    kind: str | None = None


def nodes(statement: Stmt) -> Iterator[ex.Expr]:
    """All expressions of a statement, with those inside them."""
    for name in _OPERANDS.get(type(statement), ()):
        node = getattr(statement, name)
        if node is not None:
            yield from _inside(node)


_OPERANDS: Final[dict[type[Stmt], tuple[str, ...]]] = {
    st.ExpressionStmt: ("expression",), st.VerdictStmt: ("verdict",), st.ObjrefStmt: ("name",),
    st.NatStmt: ("address", "port"), st.MetaStmt: ("value",), st.CtStmt: ("value",), st.PayloadStmt: ("expr", "value"),
    st.ExthdrStmt: ("expr", "value"), st.SetStmt: ("reference", "key", "data"),
    st.DupStmt: ("device",), st.FwdStmt: ("device",),
}  # fmt: skip


def _inside(node: ex.Expr) -> Iterator[ex.Expr]:
    yield node
    match node:
        case ex.BitwiseExpr() | ex.ShiftExpr():
            yield from _inside(node.value)
        case ex.ConcatExpr():
            for part in node.parts:
                yield from _inside(part)
        case ex.RelationalExpr():
            yield from _inside(node.left)
            yield from _inside(node.right)
        case MapExpr():
            yield from _inside(node.key)
            yield from _inside(node.mappings)
        case HashExpr():
            if node.key is not None:
                yield from _inside(node.key)


def chains(statement: Stmt) -> list[str]:
    """Chains of its own verdict, without those in verdict maps."""
    return [node.chain for node in nodes(statement) if isinstance(node, ex.VerdictExpr) and node.chain]


def sets(statement: Stmt) -> list[str]:
    return [node.name for node in nodes(statement) if isinstance(node, SetRefExpr)]


def object_name(statement: Stmt) -> tuple[str, str] | None:
    """Kind and name of the object that it uses."""
    if isinstance(statement, st.ObjrefStmt) and isinstance(statement.name, ex.ConstantExpr):
        return statement.kind, str(statement.name.value)
    return None


def demands(statement: Stmt, family: str) -> Iterator[Demand]:
    if isinstance(statement, st.FlowOffloadStmt):
        yield Demand(frozenset({"forward"}) if family in IP_FAMILIES else frozenset())
    elif isinstance(statement, st.RejectStmt) and family == "bridge":
        yield Demand(frozenset(_BRIDGE_REJECT_HOOKS))
    elif isinstance(statement, st.NatStmt):
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


def is_validated(statement: Stmt, family: str) -> bool:
    """Whether the kernel validates the whole table after such a statement."""
    return (
        isinstance(statement, st.VerdictStmt)
        or any(isinstance(node, (SetRefExpr, MapExpr)) for node in nodes(statement))
        or any(True for _ in demands(statement, family))
    )


def tracks(statement: Stmt) -> bool:
    """Whether it needs connection tracking."""
    if isinstance(statement, (st.NatStmt, st.NotrackStmt, st.CtStmt, ConnlimitStmt, st.FlowOffloadStmt)):
        return True
    return any(isinstance(node, CtExpr) for node in nodes(statement))


def statements_of(table: NftTable) -> Iterator[Stmt]:
    for chain in table.chains.values():
        for entry in chain.entries:
            yield from entry.rule.statements


def is_jump_target(table: NftTable, name: str, *, but: NftChain) -> bool:
    """Whether a rule of another chain, or a map, leads to the chain `name`."""
    for chain in table.chains.values():
        if chain is not but and any(name in chains(s) for e in chain.entries for s in e.rule.statements):
            return True
    return any(
        isinstance(member.data, VerdictExpr) and member.data.chain == name
        for found in table.sets.values()
        for member in found.members.values()
    )


def unbind_anonymous_sets(table: NftTable, rule: NftRule) -> None:
    """Sets without a name go with their rule."""
    for statement in rule.statements:
        for name in sets(statement):
            if is_anonymous(name):
                table.sets.pop(name, None)


def redirected(statement: Stmt, old: str, new: str) -> Stmt:
    verdict = statement.verdict if isinstance(statement, VerdictStmt) else None
    if isinstance(verdict, VerdictExpr) and verdict.chain == old:
        return VerdictStmt(attrs.evolve(verdict, chain=new))
    return statement


# --- checks --------------------------------------------------------------------------------------------------------

#: How many jumps may follow each other (NFT_JUMP_STACK_SIZE).
_MAX_JUMPS: Final = 16


_KIND_HOOKS: Final = {
    "filter": {"prerouting", "input", "forward", "output", "postrouting", "ingress", "egress"},
    "nat": {"prerouting", "input", "output", "postrouting"},
    "route": {"output"},
}


#: Keys that only rules of bridges can match.
_BRIDGED: Final = frozenset({"ibrname", "obrname", "ibrpvid", "ibrvproto"})


#: Families whose packets are frames.
_FRAMES: Final = frozenset({"arp", "bridge", "netdev"})


#: The priority of connection tracking: translations must come later (NF_IP_PRI_CONNTRACK).
_TRACKING: Final = -200


def check_hook(family: str, hook: NftHook) -> None:
    """The types nat and route are of IP; a device can be named once."""
    if family in _FRAMES and hook.kind != "filter":
        raise OperationRefused(Errno.ENOENT, TYPE)
    if len(set(hook.devices)) < len(hook.devices):
        raise OperationRefused(Errno.EEXIST)
    if family == "arp" and hook.hook == "forward":
        raise OperationRefused(Errno.EOPNOTSUPP)
    if hook.hook not in _KIND_HOOKS[hook.kind] or (hook.kind == "nat" and hook.priority <= _TRACKING):
        raise OperationRefused(Errno.EOPNOTSUPP)


def check_chain(table: NftTable, name: str, part: tuple[str, int]) -> None:
    """A verdict may lead to this chain."""
    chain = table.chains.get(name)
    if chain is None:
        raise OperationRefused(Errno.ENOENT, part)
    if chain.hook is not None:
        raise OperationRefused(Errno.EOPNOTSUPP, part)


def filled_set(statement: Stmt) -> str | None:
    """The set that packets fill by this statement."""
    reference = statement.reference if isinstance(statement, SetStmt) else None
    return reference.name if isinstance(reference, SetRefExpr) else None


def check_statement(table: NftTable, statement: Stmt, part: tuple[str, int]) -> None:
    for name in chains(statement):
        check_chain(table, name, part)
    if any(name not in table.sets for name in sets(statement)):
        raise OperationRefused(Errno.ENOENT, part)
    if isinstance(statement, st.FlowOffloadStmt) and statement.flowtable not in table.flowtables:
        raise OperationRefused(Errno.ENOENT, part)
    named = object_name(statement)
    if named is not None and named not in table.objects:
        raise OperationRefused(Errno.ENOENT, part)
    check_family(table.family, statement, part)
    if isinstance(statement, SetStmt):
        assert isinstance(statement.reference, SetRefExpr)
        if not _takes_updates(table.sets[statement.reference.name]):
            raise OperationRefused(Errno.EOPNOTSUPP, part)
    if isinstance(statement, LimitStmt) and _is_too_much(statement):
        raise OperationRefused(Errno.EOVERFLOW, part)
    compiled((statement,), (statement.begin(),))


def check_family(family: str, statement: Stmt, part: tuple[str, int]) -> None:
    """What the kernel has for packets of IP only, or for frames of bridges; NotModelled where we have less."""
    found = list(nodes(statement))
    bridged = any(isinstance(node, MetaExpr) and node.key in _BRIDGED for node in found)
    if (bridged and family != "bridge") or any(isinstance(node, MetaExpr) and node.key == "nftrace" for node in found):
        raise OperationRefused(Errno.EOPNOTSUPP, part)
    expr = statement.expr if isinstance(statement, st.PayloadStmt) else None
    if isinstance(expr, PayloadExpr) and not can_change(expr) and not can_change_frame(family, expr):
        where = f"@{expr.base.token},{expr.offset},{expr.bits}"
        raise NotModelled(f"nft: changing {where} of packets in tables of the family {family}")
    if family in _FRAMES:
        _check_frames(family, statement, found, part)


def _check_frames(family: str, statement: Stmt, found: list[ex.Expr], part: tuple[str, int]) -> None:
    if any(isinstance(node, RtExpr) for node in found):
        raise OperationRefused(Errno.EOPNOTSUPP)
    if family != "netdev" and any(isinstance(node, FibExpr) for node in found):
        raise OperationRefused(Errno.ENOENT, part)
    if family != "bridge" and (isinstance(statement, st.CtStmt) or any(isinstance(node, CtExpr) for node in found)):
        raise OperationRefused(Errno.EPROTO, part)
    if family == "netdev" and isinstance(statement, st.RejectStmt):
        raise OperationRefused(Errno.ENOENT, part)
    if any(isinstance(node, MetaExpr) and node.key in ("skuid", "skgid") for node in found):
        raise NotModelled(f"nft meta skuid in tables of the family {family}")
    if isinstance(statement, (st.LogStmt, ConnlimitStmt)) and not _is_silent(statement):
        name = "log" if isinstance(statement, st.LogStmt) else "ct count"
        raise NotModelled(f"nft {name} in tables of the family {family}")


def _is_silent(statement: Stmt) -> bool:
    """What logs for a program that listens, of which there is none."""
    return isinstance(statement, st.LogStmt) and (statement.group is not None or statement.level == "audit")


def _takes_updates(found: NftSet) -> bool:
    """Whether packets can add elements: the type of the set depends on its flags and size (nft_select_set_ops)."""
    spec = found.spec
    if spec.intervals:
        return False
    return spec.size is None or bool(spec.flags & {"dynamic", "timeout"})


def _is_too_much(limit: LimitStmt) -> bool:
    """Whether the kernel's arithmetic with 64 bits overflows (nft_limit_init)."""
    size = limit.burst + (limit.rate if limit.of_bytes else 0)
    return not limit.rate or limit.unit * SECOND * max(size, 1) >= 1 << 64


def _verdicts(table: NftTable, statement: Stmt) -> Iterator[str]:
    """Chains that a statement can lead to, also by maps."""
    yield from chains(statement)
    for name in sets(statement):
        found = table.sets.get(name)
        members = [] if found is None else [*found.members.values(), *([found.catch_all] if found.catch_all else [])]
        for member in members:
            if isinstance(member.data, VerdictExpr) and member.data.chain:
                yield member.data.chain


def invalid(table: NftTable) -> Errno | None:
    """Follow all jumps from the base chains: loops, and statements at a wrong hook (nft_table_validate)."""
    for base in table.chains.values():
        if base.hook is not None and (errno := _Validation(table, base.hook).visit(base, 0)) is not None:
            return errno
    return None


@define
class _Validation:
    table: NftTable
    hook: NftHook
    _seen: set[tuple[str, int]] = attrs.field(init=False, factory=set)

    def visit(self, chain: NftChain, jumps: int) -> Errno | None:
        if jumps > _MAX_JUMPS:
            return Errno.EMLINK
        if (chain.name, jumps) in self._seen:
            return None
        self._seen.add((chain.name, jumps))
        for entry in chain.entries:
            for statement in entry.rule.statements:
                if (errno := self._statement(statement, jumps)) is not None:
                    return errno
        return None

    def _statement(self, statement: Stmt, jumps: int) -> Errno | None:
        if isinstance(statement, st.RejectStmt) and self.table.family == "inet" and self.hook.hook == "ingress":
            raise NotModelled("nft reject in a chain of a device")
        for demand in demands(statement, self.table.family):
            if self.hook.hook not in demand.hooks or demand.kind not in (None, self.hook.kind):
                return Errno.EOPNOTSUPP
        for name in _verdicts(self.table, statement):
            if name in self.table.chains and (errno := self.visit(self.table.chains[name], jumps + 1)) is not None:
                return errno
        return None
