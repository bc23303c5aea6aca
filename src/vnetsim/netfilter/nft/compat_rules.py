"""Rules of iptables as nf_tables keeps them and nft prints them (iptables/nft.c, nft-ipv4.c of iptables 1.8.9).

iptables expresses addresses, devices, protocols, ports, limits and marks natively; the rest are its
extensions, unchanged between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.netfilter import header
from vnetsim.netfilter import rules as xt
from vnetsim.netfilter.extensions.xt_limit import Limit
from vnetsim.netfilter.extensions.xt_mark import Mark
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange, TcpMatch, UdpMatch
from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft.compat import CompatChain, CompatTable
from vnetsim.netfilter.nft.datatype import Datatype
from vnetsim.netfilter.nft.primary_expr import MetaExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import PayloadBase
from vnetsim.netfilter.nft.ruleset import NftRuleset
from vnetsim.netfilter.nft.stateful import CounterState, CounterStmt, Stmt
from vnetsim.netfilter.nft.stateful import LimitStmt as NativeLimit
from vnetsim.netfilter.nft.statement import VerdictStmt, XtStmt, relational
from vnetsim.netfilter.nft.tables import NftChain, NftHook, NftRule, NftRuleEntry, NftTable
from vnetsim.netfilter.nft.xlate import xlate
from vnetsim.netfilter.ruleset import priority
from vnetsim.netfilter.tables import IptEntry as ForeignEntry
from vnetsim.netfilter.verdicts import ACCEPT

_TCP_FLAGS: Final = PayloadExpr(PayloadBase.TRANSPORT, 104, 8)
_SOURCE_PORT: Final = PayloadExpr(PayloadBase.TRANSPORT, 0, 16)
_DESTINATION_PORT: Final = PayloadExpr(PayloadBase.TRANSPORT, 16, 16)
#: Where the source and the destination address are, and how long they are.
_SOURCES: Final = {"ip": PayloadExpr(PayloadBase.NETWORK, 96, 32), "ip6": PayloadExpr(PayloadBase.NETWORK, 64, 128)}
_DESTINATIONS: Final = {
    "ip": PayloadExpr(PayloadBase.NETWORK, 128, 32),
    "ip6": PayloadExpr(PayloadBase.NETWORK, 192, 128),
}
_ADDRESSES: Final = {"ip": types.IPV4_ADDR, "ip6": types.IPV6_ADDR}
_LAST_PORT: Final = 0xFFFF
_ALL_MARKS: Final = 0xFFFFFFFF
_FRAGMENT_OFFSET: Final = 0x1FFF


def all_tables(native: NftRuleset) -> list[NftTable]:
    """The tables of nft and those of iptables, in the order in which they came."""
    found = [*native.tables.values(), *(table(foreign) for foreign in native.foreign.tables.values())]
    return sorted(found, key=lambda one: one.handle)


def table(foreign: CompatTable) -> NftTable:
    """A table of iptables as nft lists it."""
    found = NftTable(foreign.family, foreign.table.name, foreign.handle)
    for name, chain in foreign.chains.items():
        found.chains[name] = _chain(foreign, chain)
    return found


def _chain(compat: CompatTable, foreign: CompatChain) -> NftChain:
    chain = foreign.chain
    entries = [
        _entry(compat.family, entry, handle) for entry, handle in zip(chain.entries, foreign.handles, strict=True)
    ]
    hook = None
    if chain.policy is not None:
        kind = "nat" if compat.table.name == "nat" else "filter"
        hook = NftHook(
            kind="route" if (compat.table.name, chain.name) == ("mangle", "OUTPUT") else kind,
            hook=chain.name.lower(),
            priority=priority(compat.table.name, chain.name),
            policy="accept" if chain.policy == ACCEPT else "drop",
        )
    return NftChain(chain.name, foreign.handle, hook, None, entries, foreign.registered)


def _entry(family: str, foreign: ForeignEntry, handle: int) -> NftRuleEntry:
    statements = (*_conditions(family, foreign.rule), CounterStmt(), *_target(family, foreign.rule))
    entry = NftRuleEntry(NftRule(statements), handle)
    entry.states = tuple(
        CounterState(foreign.packets, foreign.bytes) if isinstance(statement, CounterStmt) else state
        for statement, state in zip(statements, entry.states, strict=True)
    )
    return entry


# --- what a packet must be -----------------------------------------------------------------------------------------


def _conditions(family: str, rule: xt.Rule) -> Iterator[Stmt]:
    for device, key in ((rule.in_device, "iifname"), (rule.out_device, "oifname")):
        if device is not None and device.name != "+":
            yield device_is(device, key)
    if rule.protocol is not None and rule.protocol.number:
        yield _protocol(rule.protocol.number, negated=rule.protocol.negated)
    for network, payloads in ((rule.source, _SOURCES), (rule.destination, _DESTINATIONS)):
        if network is not None and network.mask:
            yield _network(family, network, payloads[family])
    if rule.fragment is not None:
        offset = ex.BitwiseExpr(PayloadExpr(PayloadBase.NETWORK, 48, 16), _FRAGMENT_OFFSET)
        yield relational("==" if rule.fragment.negated else "!=", offset, ex.ConstantExpr(0))
    for one in rule.matches:
        yield from _match(family, one)


def device_is(device: header.DeviceName, key: str) -> Stmt:
    """`key` is iifname or oifname."""
    operator = "!=" if device.negated else "=="
    right: ex.Expr = ex.ConstantExpr(device.name, types.IFNAME)
    if device.name.endswith("+"):
        right = ex.WildcardExpr(device.name[:-1], types.IFNAME)
    return relational(operator, MetaExpr(key), right)


def _protocol(number: int, *, negated: bool = False) -> Stmt:
    return relational("!=" if negated else "==", MetaExpr("l4proto"), ex.ConstantExpr(number, types.INET_PROTO))


def _network(family: str, network: header.MaskedAddress, payload: PayloadExpr) -> Stmt:
    operator = "!=" if network.negated else "=="
    return masked(operator, payload, int(network.address) & network.mask, network.mask, _ADDRESSES[family])


def masked(operator: str, payload: PayloadExpr, value: int, mask: int, datatype: Datatype) -> Stmt:
    """A comparison of bits of a packet; of whole bytes at their beginning only these are loaded."""
    length = header.contiguous_length(mask, payload.bits)
    if length is not None and not length % 8:
        short = PayloadExpr(payload.base, payload.offset, length)
        return relational(operator, short, ex.ConstantExpr(value >> payload.bits - length, datatype))
    return relational(operator, ex.BitwiseExpr(payload, mask), ex.ConstantExpr(value, datatype))


def _match(family: str, match: xt.XtMatch) -> Iterator[Stmt]:
    if isinstance(match, Limit):
        yield NativeLimit(match.rate, match.unit, match.burst)
    elif isinstance(match, Mark):
        yield _mark(match)
    elif isinstance(match, (TcpMatch, UdpMatch)) and _is_native(match):
        yield from _ports(match)
    else:
        yield _foreign("match", family, match)


def _mark(match: Mark) -> Stmt:
    left: ex.Expr = MetaExpr("mark")
    if match.mask != _ALL_MARKS:
        left = ex.BitwiseExpr(left, match.mask)
    return relational("!=" if match.negated else "==", left, ex.ConstantExpr(match.value, types.MARK))


def _is_native(match: TcpMatch | UdpMatch) -> bool:
    if isinstance(match, TcpMatch) and match.option is not None:
        return False
    flags = isinstance(match, TcpMatch) and match.flags is not None
    given = [ports for ports in (match.source, match.destination) if ports is not None]
    return flags or any(ports.negated or not _is_any(ports) for ports in given)


def _is_any(ports: PortRange) -> bool:
    return ports.first == 0 and ports.last == _LAST_PORT


def _ports(match: TcpMatch | UdpMatch) -> Iterator[Stmt]:
    if isinstance(match, TcpMatch) and match.flags is not None:
        flags = match.flags
        masked = ex.BitwiseExpr(_TCP_FLAGS, flags.mask)
        yield relational("!=" if flags.negated else "==", masked, ex.ConstantExpr(flags.value, types.TCP_FLAG))
    for ports, payload in ((match.source, _SOURCE_PORT), (match.destination, _DESTINATION_PORT)):
        if ports is not None:
            yield from _port(ports, payload)


def _port(ports: PortRange, payload: PayloadExpr) -> Iterator[Stmt]:
    kind: Datatype = types.INET_SERVICE
    if _is_any(ports):
        return
    if ports.first == ports.last:
        yield relational("!=" if ports.negated else "==", payload, ex.ConstantExpr(ports.first, kind))
    elif ports.negated:
        whole = ex.RangeExpr.of(ports.first, ports.last, kind)
        yield (
            relational("!=", payload, whole)
            if ports.first
            else relational(">", payload, ex.ConstantExpr(ports.last, kind))
        )
    else:
        if ports.first:
            yield relational(">=", payload, ex.ConstantExpr(ports.first, kind))
        yield relational("<=", payload, ex.ConstantExpr(ports.last, kind))


# --- what becomes of it --------------------------------------------------------------------------------------------


def _target(family: str, rule: xt.Rule) -> Iterator[Stmt]:
    target = rule.target
    if target is None:
        return
    if isinstance(target, xt.Jump):
        yield VerdictStmt(ex.VerdictExpr("goto" if target.goto else "jump", target.chain))
    elif isinstance(target, xt.Return):
        yield VerdictStmt(ex.VerdictExpr("return"))
    elif isinstance(target, xt.Standard):
        yield VerdictStmt(ex.VerdictExpr("accept" if target.verdict == ACCEPT else "drop"))
    else:
        yield _foreign("target", family, target)


def _foreign(kind: str, family: str, extension: xt.XtMatch | xt.XtTarget) -> Stmt:
    name = {"state": "conntrack"}.get(extension.name, extension.name)
    translated = xlate(extension, family)
    return XtStmt(kind, name, f"xt {kind} {name}" if translated is None else translated)
