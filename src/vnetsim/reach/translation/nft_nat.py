"""dnat and redirect of nft as translations: to constants, ranges, prefixes, and by maps (nft_nat.c, nft_redir.c).

Conditions about the destination address, the protocol, the destination port and `fib daddr type local` are read from a
rule, from those that call its chain, and from the keys of maps and verdict maps.  Others are taken as fulfilled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from vnetsim.netfilter.nft.expression import (
    ConcatExpr,
    ConstantExpr,
    Expr,
    FlagcmpExpr,
    Interval,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    VerdictExpr,
)
from vnetsim.netfilter.nft.primary_expr import FibExpr, MetaExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import PayloadBase
from vnetsim.netfilter.nft.set_expr import MapExpr, SetRefExpr
from vnetsim.netfilter.nft.sets import SetElem
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.netfilter.nft.statement import ExpressionStmt, NatStmt, VerdictStmt
from vnetsim.netfilter.nft.tables import FAMILIES, NftChain, NftTable
from vnetsim.reach.translation.intervals import Intervals, complement, union
from vnetsim.reach.translation.iptables_nat import NUMBERS
from vnetsim.reach.translation.translations import EVERYWHERE, OUTPUT, PREROUTING, Namespace, Selector, Translation
from vnetsim.values import frozen

_HOOKS: Final = {"prerouting": PREROUTING, "output": OUTPUT}
#: Families of tables by the version of their packets, and what `meta nfproto` calls them.
_VERSIONS: Final = {FAMILIES[0]: (4,), FAMILIES[1]: (6,), FAMILIES[2]: (4, 6)}
_NFPROTO: Final = {4: 2, 6: 10}
#: Where the destination address is, in bits from the network header, and how long it is.
_DESTINATION: Final = {4: (128, 32), 6: (192, 128)}
_DESTINATION_PORT: Final = PayloadExpr(PayloadBase.TRANSPORT, 16, 16)
_LOCAL_TYPE: Final = 2
_TOP: Final = 1 << 128


def translations(namespace: Namespace) -> Iterator[Translation]:
    for table in namespace.network.native_tables().values():
        if table.dormant or table.family not in _VERSIONS:
            continue
        for chain in table.chains.values():
            hook = None if chain.hook is None else _HOOKS.get(chain.hook.hook)
            if hook is not None:
                for version in _VERSIONS[table.family]:
                    yield from _NatWalk(namespace, table, hook, version).chain(
                        chain, namespace.reached_by(hook, version)
                    )


@frozen
class _NatWalk:
    """From a base chain through all that it calls, for packets of one version."""

    namespace: Namespace
    table: NftTable
    hook: str
    version: int

    def chain(self, chain: NftChain, selector: Selector) -> Iterator[Translation]:
        for entry in chain.entries:
            yield from self._rule(entry.rule.statements, selector)

    def _rule(self, statements: Sequence[Stmt], selector: Selector) -> Iterator[Translation]:
        for statement in statements:
            if isinstance(statement, ExpressionStmt):
                selector = self._narrowed(statement.expression, selector)
            if not selector:
                return
            if isinstance(statement, VerdictStmt):
                for selected, verdict in self._values(statement.verdict, selector):
                    if isinstance(verdict, VerdictExpr):
                        yield from self._called(verdict, selected)
            elif isinstance(statement, NatStmt) and statement.kind in ("dnat", "redirect"):
                yield from self._nat(statement, selector)

    def _called(self, verdict: VerdictExpr, selector: Selector) -> Iterator[Translation]:
        if selector and verdict.chain in self.table.chains:
            yield from self.chain(self.table.chains[verdict.chain], selector)

    # --- the translation ---------------------------------------------------------------------------------------------

    def _nat(self, nat: NatStmt, selector: Selector) -> Iterator[Translation]:
        if nat.family not in ("inet", {4: "ip", 6: "ip6"}[self.version]):
            return
        for selected, address in self._values(nat.address, selector):
            if nat.concatenated and isinstance(address, tuple):
                yield self._made(nat, selected, _interval(address[0]), _interval(address[1]))
                continue
            for both, port in self._values(nat.port, selected):
                yield self._made(nat, both, _interval(address), _interval(port))

    def _made(
        self, nat: NatStmt, matched: Selector, addresses: tuple[int, int] | None, ports: tuple[int, int] | None
    ) -> Translation:
        host_bits = None
        if nat.prefix and addresses is not None:
            host_bits = (addresses[1] - addresses[0]).bit_length()
        return Translation(
            namespace=self.namespace.label, hook=self.hook, matched=matched, version=self.version, addresses=addresses,
            ports=ports, to_local=nat.kind == "redirect", host_bits=host_bits, local=self.namespace.local[self.version],
            text=f"nft {self.table}: {nat.kind}",
        )  # fmt: skip

    def _values(self, node: Expr | None, selector: Selector) -> Iterator[tuple[Selector, Any]]:
        """What it may be, and for which destinations."""
        if isinstance(node, VerdictExpr):
            yield selector, node
        elif isinstance(node, MapExpr) and isinstance(node.mappings, SetRefExpr):
            for member in self._members(node.mappings):
                narrowed = self._keyed(node.key, member, selector)
                if narrowed:
                    yield narrowed, member.data
        else:
            yield selector, _whole(node)

    def _members(self, reference: SetRefExpr) -> Iterator[SetElem]:
        found = self.table.sets.get(reference.name)
        if found is not None:
            yield from found.members.values()
            if found.catch_all is not None:
                yield found.catch_all

    # --- conditions --------------------------------------------------------------------------------------------------

    def _keyed(self, key: Expr, member: SetElem, selector: Selector) -> Selector:
        """Destinations for which a map has this member."""
        if member.catch_all:
            return selector
        nodes = key.parts if isinstance(key, ConcatExpr) else (key,)
        values = member.key if isinstance(member.key, tuple) else (member.key,)
        for node, value in zip(nodes, values, strict=False):
            ends = _interval(value)
            if ends is not None:
                selector = self._fitting(node, (ends,), selector)
        return selector

    def _narrowed(self, match: RelationalExpr | FlagcmpExpr, selector: Selector) -> Selector:
        assert isinstance(match, RelationalExpr)
        if isinstance(match.right, SetRefExpr):
            return self._in_set(match, match.right, selector)
        ends = _interval(_whole(match.right))
        compared = None if ends is None else _COMPARED[match.operator](ends)
        return selector if compared is None else self._fitting(match.left, compared, selector)

    def _in_set(self, match: RelationalExpr, reference: SetRefExpr, selector: Selector) -> Selector:
        members = list(self._members(reference))
        if isinstance(match.left, ConcatExpr):
            # Each part by itself: more than fits, and never less.
            for position, part in enumerate(match.left.parts if match.operator == "==" else ()):
                keys = [member.key[position] for member in members if isinstance(member.key, tuple)]
                ends = [_interval(key) for key in keys]
                if None not in ends and not any(member.catch_all for member in members):
                    selector = self._fitting(part, union(filter(None, ends)), selector)
            return selector
        found = [_interval(member.key) for member in members]
        if None in found or any(member.catch_all for member in members):
            return selector
        wanted = union(filter(None, found))
        return self._fitting(match.left, wanted if match.operator == "==" else _others(wanted), selector)

    def _fitting(self, node: Expr, wanted: Intervals, selector: Selector) -> Selector:
        """Destinations of which what `node` looks at is in `wanted`."""
        if node == _DESTINATION_PORT:
            return selector.narrowed(ports=wanted)
        if node == MetaExpr("l4proto"):
            return selector.narrowed(protocols=[name for number, name in NUMBERS.items() if _has(wanted, number)])
        if node == MetaExpr("nfproto") and not _has(wanted, _NFPROTO[self.version]):
            return selector.narrowed(protocols=())
        if isinstance(node, FibExpr) and node.result == "type" and node.selectors == ("daddr",):
            return self._of_type(wanted, selector)
        return self._to_address(node, wanted, selector)

    def _of_type(self, wanted: Intervals, selector: Selector) -> Selector:
        local = self.namespace.local[self.version]
        if wanted == ((_LOCAL_TYPE, _LOCAL_TYPE),):
            return selector.narrowed(addresses=local)
        if not _has(wanted, _LOCAL_TYPE):
            return selector.narrowed(addresses=complement(local, EVERYWHERE[self.version]))
        return selector

    def _to_address(self, node: Expr, wanted: Intervals, selector: Selector) -> Selector:
        """The destination address, or its first bits: a prefix of whole bytes is compared so."""
        offset, bits = _DESTINATION[self.version]
        if (
            not isinstance(node, PayloadExpr)
            or node.base is not PayloadBase.NETWORK
            or node.offset != offset
            or node.bits > bits
        ):
            return selector
        left_out = bits - node.bits
        return selector.narrowed(addresses=union((a << left_out, (b + 1 << left_out) - 1) for a, b in wanted))


def _others(wanted: Intervals) -> Intervals:
    return complement(wanted, ((0, _TOP),))


_COMPARED: Final[dict[str, Callable[[tuple[int, int]], Intervals]]] = {
    "==": lambda ends: (ends,),
    "!=": lambda ends: _others((ends,)),
    "<": lambda ends: ((0, ends[0] - 1),) if ends[0] else (),
    "<=": lambda ends: ((0, ends[1]),),
    ">": lambda ends: ((ends[1] + 1, _TOP),),
    ">=": lambda ends: ((ends[0], _TOP),),
}


def _has(intervals: Intervals, number: int) -> bool:
    return any(first <= number <= last for first, last in intervals)


def _whole(node: Expr | None) -> Any:
    """A constant as its value, a range or a prefix as its ends; None for what has neither."""
    if isinstance(node, ConstantExpr):
        return node.value
    return Interval(node.first, node.last) if isinstance(node, (RangeExpr, PrefixExpr)) else None


def _interval(value: object) -> tuple[int, int] | None:
    if isinstance(value, Interval):
        return value.first, value.last
    return (value, value) if isinstance(value, int) else None
