"""Statements evaluated for packets: a step continues, breaks or gives a verdict (the `eval` of nft_*.c)."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter import verdicts
from vnetsim.netfilter.extensions.xt_log import Log as KernelLog
from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.dynset import updater
from vnetsim.netfilter.nft.expr_eval import Loader, loader
from vnetsim.netfilter.nft.frame import FramePkt
from vnetsim.netfilter.nft.payload import change, set_segment_size
from vnetsim.netfilter.nft.primary_expr import PayloadExpr
from vnetsim.netfilter.nft.set_expr import MapExpr, SetRefExpr
from vnetsim.netfilter.nft.sets import Data
from vnetsim.netfilter.nft.stateful import ConnlimitStmt, CounterStmt, LimitStmt, QuotaStmt, Stmt, StmtState
from vnetsim.netfilter.nft.tables import BREAK, Break, ChainVisit, Result, Step
from vnetsim.netfilter.verdicts import ACCEPT, DROP, STOLEN, Addresses, Ports
from vnetsim.wire import ipv4
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.tcp import FIN, RST, Tcp
from vnetsim.wire.udp import Udp

_COMPARE: Final[dict[str, Callable[..., bool]]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
}  # fmt: skip
_LEVELS: Final = {level: number for number, level in enumerate(st.LOG_LEVELS)}
_WARNING: Final = 4
_GRE: Final = 47


def compiled(statements: tuple[Stmt, ...], states: tuple[StmtState | None, ...]) -> tuple[Step, ...]:
    """NotModelled for statements that the kernel has and we have not."""
    return tuple(_step(statement, state) for statement, state in zip(statements, states, strict=True))


def _step(statement: Stmt, state: StmtState | None) -> Step:
    maker = _MAKERS.get(type(statement))
    if maker is None:
        raise NotModelled("nft reset tcp option")
    return maker(statement, state)


def _goes_on_if(condition: bool) -> Break | None:
    return None if condition else BREAK


# --- comparisons ---------------------------------------------------------------------------------------------------


def _expression(statement: st.ExpressionStmt, _state: StmtState | None) -> Step:
    relation = statement.expression
    assert isinstance(relation, ex.RelationalExpr)
    load = loader(relation.left)
    fits = _test(relation.operator, relation.right)

    def step(visit: ChainVisit) -> Result:
        value = load(visit)
        return _goes_on_if(value is not None and fits(value, visit))

    return step


def _test(op: str, right: ex.Expr) -> Callable[[object, ChainVisit], bool]:
    negated = op == "!="
    match right:
        case ex.ConstantExpr():
            compare, constant = _COMPARE[op], right.value
            return lambda value, _visit: compare(value, constant)
        case ex.PrefixExpr():
            first, last = right.first, right.last
            return lambda value, _visit: (isinstance(value, int) and first <= value <= last) != negated
        case ex.RangeExpr():
            lowest, highest = right.first, right.last
            return lambda value, _visit: (isinstance(value, int) and lowest <= value <= highest) != negated
        case ex.WildcardExpr():
            text = right.text
            return lambda value, _visit: (isinstance(value, str) and value.startswith(text)) != negated
        case SetRefExpr():
            name = right.name
            return lambda value, visit: (
                (visit.table.sets[name].find(value, visit.packet.context.now()) is not None) != negated  # type: ignore[arg-type]
            )
    raise AssertionError(f"nothing is compared with {right}")


# --- verdicts ------------------------------------------------------------------------------------------------------


def _verdict(statement: st.VerdictStmt, _state: StmtState | None) -> Step:
    if isinstance(statement.verdict, MapExpr):
        return _verdict_map(statement.verdict)
    result = _decided(statement.verdict)
    return lambda _visit: result


def _decided(node: ex.VerdictExpr) -> Result:
    if node.kind == "continue":
        return BREAK
    return {"accept": ACCEPT, "drop": DROP}.get(node.kind, node)


def _verdict_map(node: MapExpr) -> Step:
    load = loader(node.key)
    assert isinstance(node.mappings, SetRefExpr)
    name = node.mappings.name

    def step(visit: ChainVisit) -> Result:
        key = load(visit)
        found = None if key is None else visit.table.sets[name].find(key, visit.packet.context.now())  # type: ignore[arg-type]
        if found is None or not isinstance(found.data, ex.VerdictExpr):
            return BREAK
        return None if found.data.kind == "continue" else _decided(found.data)

    return step


_KINDS: Final = {
    ("icmp", 0): "icmp-net-unreachable", ("icmp", 1): "icmp-host-unreachable", ("icmp", 2): "icmp-proto-unreachable",
    ("icmp", 3): "icmp-port-unreachable", ("icmp", 9): "icmp-net-prohibited", ("icmp", 10): "icmp-host-prohibited",
    ("icmp", 13): "icmp-admin-prohibited", ("icmpv6", 0): "icmp6-no-route", ("icmpv6", 1): "icmp6-adm-prohibited",
    ("icmpv6", 3): "icmp6-addr-unreachable", ("icmpv6", 4): "icmp6-port-unreachable",
    ("icmpv6", 5): "icmp6-policy-fail", ("icmpv6", 6): "icmp6-reject-route", ("tcp reset", 0): "tcp-reset",
}  # fmt: skip
#: Codes that mean the same in both families: of ICMP and of ICMPv6.
_EITHER: Final = {0: (0, 0), 1: (3, 4), 2: (1, 3), 3: (13, 1)}


def _reject(statement: st.RejectStmt, _state: StmtState | None) -> Step:
    if statement.kind == "icmpx":
        codes = _EITHER.get(statement.code)
        if codes is None:
            raise NotModelled(f"nft reject with icmpx {statement.code}")
        by_version = {
            4: verdicts.RejectVerdict(_KINDS["icmp", codes[0]]),
            6: verdicts.RejectVerdict(_KINDS["icmpv6", codes[1]]),
        }
        return lambda visit: by_version[visit.packet.ip.source.version] if visit.packet.is_ip else DROP
    kind = _KINDS.get((statement.kind, statement.code))
    if kind is None:
        raise NotModelled(f"nft reject with {statement.kind} {statement.code}")
    verdict = verdicts.RejectVerdict(kind)
    return lambda _visit: verdict


# --- counting ------------------------------------------------------------------------------------------------------


def _counting(_statement: Stmt, state: StmtState | None) -> Step:
    """Counters, limits, quotas, and numbers of connections."""
    assert state is not None
    return lambda visit: _goes_on_if(state.eval(visit.packet))


def _object(statement: st.ObjrefStmt, _state: StmtState | None) -> Step:
    load = loader(statement.name)
    kind = statement.kind

    def step(visit: ChainVisit) -> Result:
        name = load(visit)
        if not isinstance(name, str):
            return BREAK
        return _goes_on_if(visit.table.objects[kind, name].state.eval(visit.packet))

    return step


# --- effects -------------------------------------------------------------------------------------------------------


def _log(statement: st.LogStmt, _state: StmtState | None) -> Step:
    if statement.group is not None or statement.level == "audit":
        # For a program that listens, of which there is none.
        return lambda _visit: None
    line = KernelLog(statement.prefix or "", _LEVELS.get(statement.level or "", _WARNING), statement.flags)
    return lambda visit: line.act(visit.packet)


def _set_meta(statement: st.MetaStmt, _state: StmtState | None) -> Step:
    if statement.key not in ("mark", "nftrace"):
        raise NotModelled(f"nft meta {statement.key} set")
    load = loader(statement.value)

    def step(visit: ChainVisit) -> Result:
        value = load(visit)
        if not isinstance(value, int):
            return BREAK
        if statement.key == "mark":
            visit.packet.mark = value
        else:
            visit.packet.traced = bool(value)
        return None

    return step


#: Of which directions a zone is, by the name of the one that a statement has.
_ZONE_DIRECTIONS: Final = {"": 3, "original": 1, "reply": 2}


def _set_zone(statement: st.CtStmt) -> Step:
    """nft_ct_set_zone_eval: of a packet that is not tracked yet."""
    load = loader(statement.value)

    def step(visit: ChainVisit) -> Result:
        value = load(visit)
        if not isinstance(value, int):
            return BREAK
        packet = visit.packet
        if packet.connection is None and not packet.untracked and packet.zone is None:
            packet.zone = value, _ZONE_DIRECTIONS[statement.direction]
        return None

    return step


def _set_conntrack(statement: st.CtStmt, _state: StmtState | None) -> Step:
    if statement.key == "zone":
        return _set_zone(statement)
    if statement.key != "mark":
        raise NotModelled(f"nft ct {statement.key} set")
    load = loader(statement.value)

    def step(visit: ChainVisit) -> Result:
        value = load(visit)
        if not isinstance(value, int):
            return BREAK
        if visit.packet.connection is not None:
            visit.packet.connection.mark = value
        return None

    return step


def _set_payload(statement: st.PayloadStmt, _state: StmtState | None) -> Step:
    expr = statement.expr
    assert isinstance(expr, PayloadExpr)
    load = loader(statement.value)

    def step(visit: ChainVisit) -> Result:
        value = load(visit)
        if not isinstance(value, int):
            return BREAK
        change(visit.packet, expr, value)
        return None

    return step


def _set_option(statement: st.ExthdrStmt, _state: StmtState | None) -> Step:
    if (statement.expr.name, statement.expr.field) != ("maxseg", "size"):
        raise NotModelled(f"nft tcp option {statement.expr.name} set")
    load = loader(statement.value)

    def step(visit: ChainVisit) -> Result:
        value = load(visit)
        if not isinstance(value, int):
            return BREAK
        set_segment_size(visit.packet, value)
        return None

    return step


def _notrack(_statement: st.NotrackStmt, _state: StmtState | None) -> Step:
    def step(visit: ChainVisit) -> Result:
        visit.packet.untracked, visit.packet.ctstate = True, "UNTRACKED"
        return None

    return step


def _leave_by(statement: st.DupStmt, _state: StmtState | None) -> Step:
    load = loader(statement.device)
    result = STOLEN if isinstance(statement, st.FwdStmt) else None

    def step(visit: ChainVisit) -> Result:
        index, packet = load(visit), visit.packet
        assert isinstance(packet, FramePkt), "tables of devices have these statements"
        if not isinstance(index, int):
            return BREAK
        packet.emit(packet.result(), index)
        return result

    return step


def _update(statement: st.SetStmt, _state: StmtState | None) -> Step:
    update = updater(statement)

    def step(visit: ChainVisit) -> Result:
        states = update(visit)
        if states is None:
            return BREAK
        passed = [state.eval(visit.packet) for state in states if state is not None]
        return _goes_on_if(all(passed))

    return step


# --- translations --------------------------------------------------------------------------------------------------


def _nat(statement: st.NatStmt, _state: StmtState | None) -> Step:
    if statement.prefix:
        raise NotModelled("nft snat prefix and dnat prefix")
    addresses = None if statement.address is None else _ends(statement.address)
    ports = None if statement.port is None else _ends(statement.port)
    flags = statement.flags

    def step(visit: ChainVisit) -> Result:
        found: object = _found(visit, addresses)
        port: object = _found(visit, ports)
        if (addresses is not None and found is None) or (ports is not None and port is None):
            return BREAK
        if isinstance(found, tuple):
            found, port = found
        return _TRANSLATIONS[statement.kind](
            None if found is None else _addresses(visit, _interval(found)),
            None if port is None else Ports(_interval(port).first, _interval(port).last),
            "random" in flags,
            "fully-random" in flags,
            "persistent" in flags,
        )

    return step


_TRANSLATIONS: Final[dict[str, type[verdicts.NatVerdict]]] = {
    "snat": verdicts.SnatVerdict,
    "dnat": verdicts.DnatVerdict,
    "masquerade": verdicts.MasqueradeVerdict,
    "redirect": verdicts.RedirectVerdict,
}


def _ends(node: ex.Expr) -> Loader:
    """A range is loaded as an interval."""
    if isinstance(node, ex.RangeExpr):
        interval = ex.Interval(node.first, node.last)
        return lambda _visit: interval
    return loader(node)


def _found(visit: ChainVisit, load: Loader | None) -> Data | tuple[Data, ...] | None:
    return None if load is None else load(visit)


def _interval(value: object) -> ex.Interval:
    if isinstance(value, ex.Interval):
        return value
    assert isinstance(value, int)
    return ex.Interval(value, value)


def _addresses(visit: ChainVisit, interval: ex.Interval) -> Addresses:
    kind = IPv4 if visit.packet.ip.source.version == 4 else IPv6
    return Addresses(kind(interval.first), kind(interval.last))


def _flow(statement: st.FlowOffloadStmt, _state: StmtState | None) -> Step:
    """nft_flow_offload_eval: connections of TCP that are established, and of UDP."""

    def step(visit: ChainVisit) -> Result:
        packet, connection = visit.packet, visit.packet.connection
        if connection is None or "CONFIRMED" not in connection.status:
            return BREAK
        if connection.offload is not None or packet.flowtable is not None:
            return BREAK
        if packet.protocol == _GRE:
            raise NotModelled("nft flow add of GRE")
        payload = packet.ip.payload
        if isinstance(payload, Tcp):
            state = "" if connection.state is None else connection.state.value
            if payload.flags & (FIN | RST) or state != "ESTABLISHED" or "ASSURED" not in connection.status:
                return BREAK
        elif not isinstance(payload, Udp):
            return BREAK
        if isinstance(packet.ip, ipv4.Packet) and packet.ip.options:
            return BREAK
        packet.flowtable = visit.table.flowtables[statement.flowtable]
        return None

    return step


def _xt_target(statement: st.XtTargetStmt, _state: StmtState | None) -> Step:
    """arpt_mangle.c, xt_MARK.c, xt_CLASSIFY.c."""
    verdict = {"accept": ACCEPT, "drop": DROP}.get(statement.verdict)

    def step(visit: ChainVisit) -> Result:
        packet = visit.packet
        for expr, value in statement.changes:
            change(packet, expr, value)
        if statement.mark is not None:
            kept, exchanged = statement.mark
            packet.mark = packet.mark & kept ^ exchanged
        if statement.priority is not None:
            packet.priority = statement.priority
        return verdict

    return step


_MAKERS: Final[dict[type[Stmt], Callable[..., Step]]] = {
    st.ExpressionStmt: _expression, st.VerdictStmt: _verdict, st.RejectStmt: _reject, CounterStmt: _counting,
    LimitStmt: _counting, QuotaStmt: _counting, ConnlimitStmt: _counting, st.ObjrefStmt: _object,
    st.LogStmt: _log, st.MetaStmt: _set_meta, st.CtStmt: _set_conntrack, st.PayloadStmt: _set_payload,
    st.ExthdrStmt: _set_option, st.NotrackStmt: _notrack, st.SetStmt: _update, st.NatStmt: _nat,
    st.DupStmt: _leave_by, st.FwdStmt: _leave_by, st.FlowOffloadStmt: _flow,
    st.XtTargetStmt: _xt_target,
}  # fmt: skip
