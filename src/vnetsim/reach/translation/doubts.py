"""Rules that distinguish packets by what probes do not vary: a rule of a policy that forbids cannot be known to hold.

    for doubt in doubts(lab):
        doubt.concerns("inet", "www", "tcp"), str(doubt)

A probe comes from one source port, with the usual length, type of service and hop limit, from a socket of root, now
and as the first one.  Where a rule decides by one of these (`--sport 53 -j ACCEPT`), another packet may arrive where
the probe did not.  A rule that takes established connections only is none of these, nor is one that only logs, counts
or translates sources.

Also: bit masks and hashes of ports and addresses, by which representatives of ranges do not represent the others.

Coarse on purpose: it is not checked whether the rule is met on the path, only whether it may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.netfilter import rules as xt
from vnetsim.netfilter.extensions.xt_conntrack import Conntrack, CtState, StateMatch
from vnetsim.netfilter.extensions.xt_multiport import MultiPort
from vnetsim.netfilter.extensions.xt_tcpudp import TcpMatch, UdpMatch
from vnetsim.netfilter.header import contiguous_length
from vnetsim.netfilter.nft import expression as nft
from vnetsim.netfilter.nft import primary_expr as primary
from vnetsim.netfilter.nft import statement as stmt
from vnetsim.netfilter.nft.proto import PayloadBase
from vnetsim.netfilter.nft.stateful import ConnlimitStmt, LimitStmt, QuotaStmt, Stmt
from vnetsim.netfilter.nft.tables import HOOKS, IP_FAMILIES
from vnetsim.process.network import Network
from vnetsim.reach.translation.independence import networks
from vnetsim.reach.translation.iptables_nat import NUMBERS
from vnetsim.reach.translation.translations import OUTPUT, PROTOCOLS
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Matches of iptables by what they look at.
_LOOKED_AT: Final = {
    "length": "the length of packets", "ttl": "the hop limit", "hl": "the hop limit", "tos": "the type of service",
    "dscp": "the type of service", "ecn": "ECN", "mac": "the MAC address of the sender", "owner": "the user that sends",
    "string": "what packets say", "time": "the time of day", "pkttype": "the kind of frame", "tcpmss": "TCP options",
    "recent": "earlier packets", "statistic": "chance or earlier packets", "connlimit": "other connections",
    "quota": "earlier packets", "hashlimit": "earlier packets", "limit": "earlier packets",
}  # fmt: skip
#: Targets that decide whether, or by which mark, a packet goes on.
_DECIDING: Final = ("REJECT", "DNAT", "REDIRECT", "NETMAP", "MARK", "CONNMARK", "NOTRACK", "CT")
_META: Final = {
    "length": "the length of packets", "skuid": "the user that sends", "skgid": "the user that sends",
    "time": "the time of day", "day": "the time of day", "hour": "the time of day", "random": "chance",
    "cpu": "the processor", "priority": "the priority of packets", "pkttype": "the kind of frame",
}  # fmt: skip
#: Header fields that probes vary only by their destination: addresses, the protocol, destination ports, TCP flags
#: and ICMP types; in bits.
_VARIED: Final = {
    PayloadBase.NETWORK: ((48, 64), (72, 80), (96, 160), (64, 320)),
    PayloadBase.TRANSPORT: ((0, 8), (16, 32), (104, 112)),
}
_SOURCE_PORT: Final = "the source port"
_NEW: Final = 8


@frozen
class Doubt:
    """A rule in `namespace`; `hook` is its built-in chain, "" if that is not known."""

    namespace: str
    hook: str
    protocols: frozenset[str]
    looks_at: str
    text: str

    def __str__(self) -> str:
        return f"a rule of {self.namespace} decides by {self.looks_at}, which probes do not vary: {self.text}"

    def concerns(self, sender: str, destination: str, protocol: str) -> bool:
        """Whether packets between these namespaces may meet it."""
        if protocol not in self.protocols:
            return False
        return {OUTPUT: self.namespace == sender, "INPUT": self.namespace == destination}.get(self.hook, True)


def doubts(lab: BaseLab) -> list[Doubt]:
    """Of all namespaces, in their order."""
    return [doubt for network in networks(lab) for doubt in _doubts(network, lab.label_of(network))]


def _doubts(network: Network, label: str) -> Iterator[Doubt]:
    for version in (4, 6):
        for table in network.ruleset(version).tables.values():
            for name, chain in table.chains.items():
                hook = name if chain.policy is not None else ""
                for rule in chain.rules:
                    yield from (Doubt(label, hook, _protocols(rule), what, str(rule)) for what in _of_iptables(rule))
    for native in network.native_tables().values():
        for base in native.chains.values():
            of_ip = base.hook is not None and native.family in IP_FAMILIES
            hook = HOOKS.get(base.hook.hook, "") if base.hook is not None and of_ip else ""
            for entry in base.entries:
                message = f"nft {native} {base.name}, handle {entry.handle}"
                found = dict.fromkeys(_of_nft(entry.rule.statements))
                yield from (Doubt(label, hook, PROTOCOLS, what, message) for what in found)


# --- iptables --------------------------------------------------------------------------------------------------------


def _protocols(rule: xt.Rule) -> frozenset[str]:
    if rule.protocol is None or rule.protocol.negated or not rule.protocol.number:
        return PROTOCOLS
    return frozenset({NUMBERS[rule.protocol.number]} if rule.protocol.number in NUMBERS else ())


def _of_iptables(rule: xt.Rule) -> Iterator[str]:
    target = rule.target
    decides = isinstance(target, xt.Standard | xt.Jump | xt.Return) or getattr(target, "name", "") in _DECIDING
    if not decides or any(map(_only_established, rule.matches)):
        return
    if rule.fragment is not None and not rule.fragment.negated:
        yield "fragments"
    for network in (rule.source, rule.destination):
        if network is not None and contiguous_length(network.mask, network.address.bits) is None:
            yield "single bits of addresses"
    for match in rule.matches:
        if match.name in _LOOKED_AT:
            yield _LOOKED_AT[match.name]
        elif _matches_source_port(match):
            yield _SOURCE_PORT


def _matches_source_port(match: xt.XtMatch) -> bool:
    if isinstance(match, MultiPort):
        return match.which != "dports"
    return isinstance(match, TcpMatch | UdpMatch) and match.source is not None


def _only_established(match: xt.XtMatch) -> bool:
    """Whether no packet that begins a connection fits."""
    if isinstance(match, StateMatch):
        return not match.negated and not {"NEW", "UNTRACKED", "INVALID"}.intersection(match.states)
    if isinstance(match, Conntrack):
        return any(
            isinstance(each, CtState)
            and not each.negated
            and not {"NEW", "UNTRACKED", "INVALID", "DNAT", "SNAT"}.intersection(each.states)
            for each in match.criteria
        )
    return False


# --- nft -------------------------------------------------------------------------------------------------------------


def _of_nft(statements: tuple[Stmt, ...]) -> Iterator[str]:
    decides = (stmt.VerdictStmt, stmt.RejectStmt, stmt.MetaStmt, stmt.CtStmt, stmt.NotrackStmt)
    if not any(isinstance(each, decides) or _translates(each) for each in statements):
        return
    if any(isinstance(each, stmt.ExpressionStmt) and _never_new(each.expression) for each in statements):
        return
    for statement in statements:
        if isinstance(statement, LimitStmt | QuotaStmt | ConnlimitStmt | stmt.SetStmt):
            yield "earlier packets"
        for node in _nodes(statement):
            yield from _looks_at(node)


def _translates(statement: Stmt) -> bool:
    return isinstance(statement, stmt.NatStmt) and statement.kind in ("dnat", "redirect")


def _never_new(match: nft.Expr) -> bool:
    if not isinstance(match, nft.RelationalExpr):
        return False
    left, right = match.left, match.right
    if isinstance(left, nft.BitwiseExpr) and left.value == primary.CtExpr("state") and match.operator == "!=":
        return not left.mask & _NEW
    if left == primary.CtExpr("state") and match.operator == "==" and isinstance(right, nft.ConstantExpr):
        return isinstance(right.value, int) and not right.value & _NEW
    return False


def _looks_at(node: nft.Expr) -> Iterator[str]:
    if isinstance(node, primary.PayloadExpr) and not _is_varied(node):
        yield (
            _SOURCE_PORT
            if (node.base, node.offset, node.bits) == (PayloadBase.TRANSPORT, 0, 16)
            else "bytes of packets"
        )
    elif isinstance(node, primary.MetaExpr) and node.key in _META:
        yield _META[node.key]
    elif isinstance(node, primary.NumgenExpr | primary.HashExpr):
        yield "chance, or a hash"
    elif isinstance(node, nft.BitwiseExpr | nft.ShiftExpr) and isinstance(node.value, primary.PayloadExpr):
        if node.value.base is not PayloadBase.TRANSPORT or node.value.offset != 104:
            yield "single bits"
    elif isinstance(node, primary.ExthdrExpr):
        yield "TCP options"


def _is_varied(payload: primary.PayloadExpr) -> bool:
    end = payload.offset + payload.bits
    return any(first <= payload.offset and end <= last for first, last in _VARIED.get(payload.base, ()))


def _nodes(value: Any) -> Iterator[nft.Expr]:
    """Everything that a statement looks at."""
    if isinstance(value, nft.Expr):
        yield value
    if isinstance(value, tuple):
        for part in value:
            yield from _nodes(part)
    elif attrs.has(type(value)) and not isinstance(value, nft.ConstantExpr):
        for field in attrs.fields(type(value)):
            yield from _nodes(getattr(value, field.name))
