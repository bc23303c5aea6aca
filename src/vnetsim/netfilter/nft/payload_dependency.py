"""Comparisons that a later statement implies, and which are not printed (payload_dependency_... of src/payload.c).

`tcp dport 80` implies `meta l4proto tcp`: the dependency is released when the port is printed.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.expression import ConstantExpr, Expr, RelationalExpr
from vnetsim.netfilter.nft.primary_expr import FieldExpr, MetaExpr
from vnetsim.netfilter.nft.proto import ETHER, FAMILY_NUMBERS, ICMP, ICMPV6, IP, IP6, MIXED, VLAN, PayloadBase
from vnetsim.netfilter.nft.stateful import Stmt, StmtState
from vnetsim.netfilter.nft.statement import ExpressionStmt
from vnetsim.values import frozen

#: Behind the transport header: where a comparison of the ICMP type is stored (PROTO_BASE_INNER_HDR).
_INNER: Final = 4
#: Numbers of IPv4 and IPv6 among network layers.
_NFPROTOS: Final = {FAMILY_NUMBERS["ip"]: "ip", FAMILY_NUMBERS["ip6"]: "ip6"}
_ETHERTYPES: Final = {0x0800: "ip", 0x86DD: "ip6"}
#: The ethertype of a frame with a tag.
_TAGGED: Final = 0x8100


@frozen(eq=False)
class PrintedStmt:
    """A statement as printed, and its state."""

    statement: Stmt
    state: StmtState | None = None


class PayloadDepContext:
    """The statements of a rule as printed, without those that another one implies (struct payload_dep_ctx)."""

    def __init__(self, family: str) -> None:
        self._family = family
        self.printed: list[PrintedStmt] = []
        self.last: PrintedStmt | None = None
        #: Comparisons that a later statement may imply, by the base of that statement.
        self._dependencies: dict[int, PrintedStmt] = {}
        self._icmp_type: int | None = None

    def append(self, statement: Stmt, state: StmtState | None = None) -> PrintedStmt:
        self.last = PrintedStmt(statement, state)
        self.printed.append(self.last)
        return self.last

    def reset(self) -> None:
        self._dependencies.clear()
        self._icmp_type = None

    def _find(self, base: int) -> PrintedStmt | None:
        found = self._dependencies.get(base)
        return self._dependencies.get(_INNER) if found is None and base == PayloadBase.TRANSPORT else found

    def release(self, base: int) -> None:
        if base not in self._dependencies and base == PayloadBase.TRANSPORT:
            base = _INNER
        released = self._dependencies.pop(base, None)
        if released is not None:
            self.printed.remove(released)
            if self.last is released:
                self.last = None

    def store(self, shown: PrintedStmt, base: int) -> None:
        left, right = _sides(shown)
        if isinstance(left, FieldExpr) and left.header in (ICMP, ICMPV6) and isinstance(right, ConstantExpr):
            value = right.value
            assert isinstance(value, int)
            echo = 8 if left.header is ICMP else 128
            self._icmp_type = echo if left.header is ICMP and value == 0 else value
            if self._icmp_type == echo or (left.header is ICMPV6 and value == 129):
                return
        self._dependencies[base + 1] = shown

    def kill(self, node: Expr) -> None:
        """Comparisons that `node` implies are not printed."""
        if not isinstance(node, FieldExpr):
            return
        found = self._find(node.header.base)
        if found is not None and self._may_kill(found, node):
            self.release(node.header.base)

    def _may_kill(self, found: PrintedStmt, node: FieldExpr) -> bool:
        left, right = _sides(found)
        base = node.header.base
        if self._family in MIXED and isinstance(left, FieldExpr):
            if left.header in (IP, IP6) and base is PayloadBase.TRANSPORT:
                return False
            if base is left.header.base:
                if node.header.tells_protocol(node.field):
                    return False
                if base is PayloadBase.LINK:
                    return _may_kill_link(left, right)
        if (
            base is not PayloadBase.TRANSPORT
            or not isinstance(left, FieldExpr)
            or left.header.base is not PayloadBase.TRANSPORT
        ):
            return True
        if left.header in (ICMP, ICMPV6):
            needs = node.field.icmp_types
            return bool(needs) and left.header is node.header and self._icmp_type == needs[0]
        return True

    def kill_by_key(self, base: int, key: str, value: int) -> None:
        """Comparisons that a comparison of `meta` or `ct` implies are not printed."""
        if base and self._find(base) is not None and self._meta_may_kill(key, value):
            self.release(base)

    def _meta_may_kill(self, key: str, value: int) -> bool:
        found = self._find(PayloadBase.NETWORK)
        if found is None:
            return True
        network = _network_of(found)
        if network is None:
            return True
        if self._family not in MIXED:
            return self._family == network
        if key != "l4proto":
            return True
        return (network, value) in (("ip", 1), ("ip6", 58))


def _may_kill_link(left: FieldExpr, right: Expr | None) -> bool:
    """`vlan id` implies that the frame has a tag; what is behind the tag nft never adds by itself."""
    if left.header is VLAN:
        return False
    return not (left.header is ETHER and isinstance(right, ConstantExpr)) or right.value == _TAGGED


def _sides(shown: PrintedStmt) -> tuple[Expr | None, Expr | None]:
    statement = shown.statement
    if isinstance(statement, ExpressionStmt) and isinstance(statement.expression, RelationalExpr):
        return statement.expression.left, statement.expression.right
    return None, None


def _network_of(shown: PrintedStmt) -> str | None:
    """The network layer that is compared; "" for another one, None where something else is compared."""
    left, right = _sides(shown)
    value = right.value if isinstance(right, ConstantExpr) and isinstance(right.value, int) else 0
    match left:
        case MetaExpr(key="nfproto"):
            return _NFPROTOS.get(value, "")
        case MetaExpr(key="protocol"):
            return _ETHERTYPES.get(value, "")
        case FieldExpr(header=header) if header is ETHER and left.field.datatype is types.ETHER_TYPE:
            return _ETHERTYPES.get(value, "")
    return None
