"""The same in JSON, as `nft -j` prints it (src/json.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.datatype import Json
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    CatchallExpr,
    ConcatExpr,
    ConstantExpr,
    CtAddressExpr,
    CtExpr,
    Expr,
    ExthdrExpr,
    FibExpr,
    FieldExpr,
    FlagcmpExpr,
    HashExpr,
    ListExpr,
    MapExpr,
    MappingExpr,
    MetaExpr,
    NumgenExpr,
    PayloadExpr,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    RtExpr,
    SetElemExpr,
    SetExpr,
    SetRefExpr,
    VerdictExpr,
    WildcardExpr,
)
from vnetsim.netfilter.nft.netlink_delinearize import ExpressionStmt, FieldStmt, VerboseRejectStmt
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.stateful import CounterState, QuotaState, StmtState

Object = dict[str, Json]


def expression_json(node: Expr, style: OutputContext) -> Json:
    return _WRITERS[type(node)](node, style)


def _constant(node: ConstantExpr, style: OutputContext) -> Json:
    if isinstance(node.value, str) and node.value.endswith("*"):
        return f"{node.value[:-1]}\\*"
    return node.datatype.as_json(node.value, style)


def _prefix(node: PrefixExpr, style: OutputContext) -> Json:
    return {"prefix": {"addr": node.datatype.as_json(node.value, style), "len": node.length}}


def _range(node: RangeExpr, style: OutputContext) -> Json:
    numbers = style.in_range()
    return {"range": [_constant(ConstantExpr(end, node.datatype), numbers) for end in (node.first, node.last)]}


def _meta(node: MetaExpr, style: OutputContext) -> Json:
    del style
    return {"meta": {"key": node.key}}


def _conntrack(node: CtExpr, style: OutputContext) -> Json:
    del style
    return {"ct": {"key": node.key, **({"dir": node.direction} if node.direction else {})}}


def _conntrack_address(node: CtAddressExpr, style: OutputContext) -> Json:
    return _conntrack(node.key, style)


def _fib(node: FibExpr, style: OutputContext) -> Json:
    del style
    return {"fib": {"result": node.result, "flags": list(node.selectors)}}


def _option(node: ExthdrExpr, style: OutputContext) -> Json:
    del style
    return {"tcp option": {"name": node.name, **({} if node.present else {"field": node.field})}}


def _route(node: RtExpr, style: OutputContext) -> Json:
    del style
    return {"rt": {"key": node.key, **({"family": node.family} if node.family else {})}}


def _numgen(node: NumgenExpr, style: OutputContext) -> Json:
    del style
    return {"numgen": {"mode": node.mode, "mod": node.modulus, "offset": node.offset}}


def _hash(node: HashExpr, style: OutputContext) -> Json:
    root: Object = {"mod": node.modulus}
    if node.seed is not None:
        root["seed"] = node.seed
    if node.offset:
        root["offset"] = node.offset
    if node.key is None:
        return {"symhash": root}
    return {"jhash": {**root, "expr": expression_json(node.key, style)}}


def _named(node: FieldExpr, style: OutputContext) -> Json:
    del style
    return {"payload": {"protocol": node.header.name, "field": node.field.name}}


def _payload(node: PayloadExpr, style: OutputContext) -> Json:
    del style
    return {"payload": {"base": node.base.token, "offset": node.offset, "len": node.bits}}


def _binary(node: BinopExpr, style: OutputContext) -> Json:
    return {node.operator: [expression_json(node.left, style), expression_json(node.right, style)]}


def _relation(node: RelationalExpr, style: OutputContext) -> Json:
    return _match(node.operator, expression_json(node.left, style), expression_json(node.right, style))


def _match(operator: str, left: Json, right: Json) -> Json:
    return {"match": {"op": operator, "left": left, "right": right}}


def _flag_comparison(node: FlagcmpExpr, style: OutputContext) -> Json:
    left: Json = {"&": [expression_json(node.left, style), expression_json(node.mask, style)]}
    return _match(node.operator, left, expression_json(node.value, style))


def _list(node: ListExpr, style: OutputContext) -> Json:
    return [expression_json(part, style) for part in node.parts]


def _concat(node: ConcatExpr, style: OutputContext) -> Json:
    return {"concat": [expression_json(part, style) for part in node.parts]}


def _set_literal(node: SetExpr, style: OutputContext) -> Json:
    return {"set": [expression_json(element, style) for element in node.elements]}


def _element(node: SetElemExpr, style: OutputContext) -> Json:
    value = expression_json(node.key, style)
    root: Object = {"val": value}
    if node.timeout:
        root["timeout"] = node.timeout // 1000
    if node.expires is not None:
        root["expires"] = node.expires // 1000
    if node.comment is not None:
        root["comment"] = node.comment
    if node.statements:
        root |= node.statements[0][1]
    return value if len(root) == 1 else {"elem": root}


def _mapping(node: MappingExpr, style: OutputContext) -> Json:
    return [expression_json(node.key, style), expression_json(node.data, style)]


def _map(node: MapExpr, style: OutputContext) -> Json:
    body: Json = {"key": expression_json(node.key, style), "data": expression_json(node.mappings, style)}
    return {"vmap" if node.verdicts else "map": body}


def _verdict(node: VerdictExpr, style: OutputContext) -> Json:
    del style
    return {node.kind: {"target": node.chain} if node.chain else None}


def _catch_all(node: CatchallExpr, style: OutputContext) -> Json:
    del node, style
    return "*"


def _wildcard(node: WildcardExpr, style: OutputContext) -> Json:
    del style
    return f"{node.text}*"


def _reference(node: SetRefExpr, style: OutputContext) -> Json:
    del style
    return f"@{node.name}"


_WRITERS: Final[dict[type[Expr], Callable[..., Json]]] = {
    ConstantExpr: _constant, PrefixExpr: _prefix, RangeExpr: _range, MetaExpr: _meta, CtExpr: _conntrack,
    CtAddressExpr: _conntrack_address, FibExpr: _fib, ExthdrExpr: _option, RtExpr: _route, NumgenExpr: _numgen,
    HashExpr: _hash,
    FieldExpr: _named, PayloadExpr: _payload, BinopExpr: _binary, RelationalExpr: _relation,
    FlagcmpExpr: _flag_comparison,
    ListExpr: _list, ConcatExpr: _concat, SetExpr: _set_literal, SetElemExpr: _element, MappingExpr: _mapping,
    MapExpr: _map, VerdictExpr: _verdict, CatchallExpr: _catch_all, WildcardExpr: _wildcard, SetRefExpr: _reference,
}  # fmt: skip


# --- statements ----------------------------------------------------------------------------------------------------


def statement_json(found: st.Stmt, state: StmtState | None, style: OutputContext) -> Object:
    return _TELLERS[type(found)](found, state, style)


def _test(found: ExpressionStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    return _object_of(expression_json(found.expression, style))


def _verdict_statement(found: st.VerdictStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    return _object_of(expression_json(found.verdict, style))


def _object_of(value: Json) -> Object:
    assert isinstance(value, dict), "comparisons and verdicts are objects"
    return value


def _counter(found: st.CounterStmt, state: StmtState | None, style: OutputContext) -> Object:
    if style.stateless:
        return {"counter": None}
    packets, size = (state.packets, state.bytes) if isinstance(state, CounterState) else (found.packets, found.bytes)
    return {"counter": {"packets": packets, "bytes": size}}


def _object(found: st.ObjrefStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    return {found.kind: expression_json(found.name, style)}


def split_amount(size: int) -> tuple[int, str]:
    """Bytes as a number and the greatest unit that tells them exactly."""
    for unit in ("bytes", "kbytes"):
        if not size or size % 1024:
            return size, unit
        size //= 1024
    return size, "mbytes"


def limit_json(limit: st.LimitStmt) -> Object:
    rate, burst = limit.rate, limit.burst
    units: Object = {}
    if limit.of_bytes:
        rate, units["rate_unit"] = split_amount(limit.rate)
        burst, units["burst_unit"] = split_amount(limit.burst)
    inverted: Object = {"inv": True} if limit.over else {}
    return {"rate": rate, "burst": burst, "per": st.UNITS[limit.unit], **inverted, **units}


def _limit(found: st.LimitStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state, style
    return {"limit": limit_json(found)}


def _quota(found: st.QuotaStmt, state: StmtState | None, style: OutputContext) -> Object:
    value, unit = split_amount(found.bytes)
    root: Object = {"val": value, "val_unit": unit}
    if found.over:
        root["inv"] = True
    used = state.used if isinstance(state, QuotaState) else found.used
    if used and not style.stateless:
        root["used"], root["used_unit"] = split_amount(used)
    return {"quota": root}


def _connections(found: st.ConnlimitStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state, style
    return {"ct count": {"val": found.count, **({"inv": True} if found.over else {})}}


def _log(found: st.LogStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state, style
    told: dict[str, Json] = {
        "prefix": found.prefix, "group": found.group, "snaplen": found.snaplen, "queue-threshold": found.threshold,
        "level": None if found.level == "warn" else found.level,
    }  # fmt: skip
    root: Object = {name: value for name, value in told.items() if value is not None}
    flags: list[Json] = [name for name, bit in st.LOG_FLAGS.items() if found.flags & bit]
    if found.flags & st.LOG_ALL == st.LOG_ALL:
        flags = ["all"]
    _add(root, "flags", flags)
    return {"log": root or None}


def _add(root: Object, name: str, values: list[Json]) -> None:
    """One value stands for itself."""
    if values:
        root[name] = values if len(values) > 1 else values[0]


_CODES: Final = {"icmp": types.ICMP_CODE, "icmpv6": types.ICMPV6_CODE, "icmpx": types.ICMPX_CODE}


def _reject(found: st.RejectStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    if found.kind == "tcp reset":
        return {"reject": {"type": found.kind}}
    return {"reject": {"type": found.kind, "expr": _CODES[found.kind].as_json(found.code, style)}}


def _verbose_reject(found: VerboseRejectStmt, state: StmtState | None, style: OutputContext) -> Object:
    return _reject(found.reject, state, style)


def _nat(found: st.NatStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    root: Object = {"family": found.family} if found.family in ("ip", "ip6") else {}
    for name, node in (("addr", found.address), ("port", found.port)):
        if node is not None:
            root[name] = expression_json(node, style)
    flags: list[Json] = [*found.flags, *(["netmap"] if found.prefix else [])]
    _add(root, "flags", flags)
    if found.prefix:
        root["type_flags"] = "prefix"
    return {found.kind: root or None}


def _mangle(key: Json, value: Json) -> Object:
    return {"mangle": {"key": key, "value": value}}


def _set_meta(found: st.MetaStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    return _mangle({"meta": {"key": found.key}}, expression_json(found.value, style))


def _set_conntrack(found: st.CtStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    key = _conntrack(CtExpr(found.key, found.direction), style)
    return _mangle(key, _flat(found.value, style) if found.key == "event" else expression_json(found.value, style))


def _flat(node: Expr, style: OutputContext) -> Json:
    """`a | b` as a list."""
    parts: list[Json] = []
    while isinstance(node, BinopExpr):
        parts.insert(0, expression_json(node.right, style))
        node = node.left
    first = expression_json(node, style)
    return [first, *parts] if parts else first


def _set_named(found: FieldStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    return _mangle(expression_json(found.place, style), expression_json(found.value, style))


def _set_option(found: st.ExthdrStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    return _mangle(_option(found.place, style), expression_json(found.value, style))


def _strip_option(found: st.OptstripStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    return {"reset": _option(found.place, style)}


def _notrack(found: st.NotrackStmt, state: StmtState | None, style: OutputContext) -> Object:
    del found, state, style
    return {"notrack": None}


def _set_update(found: st.SetStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state
    key = expression_json(found.key, style)
    elem: Json = {"elem": {"val": key, "timeout": found.timeout // 1000}} if found.timeout else key
    root: Object = {"op": found.operation, "elem": elem, "set": f"@{found.reference.name}"}
    if found.statements:
        kept: list[Json] = [statement_json(s, None, OutputContext(stateless=True)) for s in found.statements]
        root["stmt"] = kept
    return {"set": root}


def _foreign(found: st.XtStmt, state: StmtState | None, style: OutputContext) -> Object:
    del state, style
    return {"xt": {"type": found.kind, "name": found.name}}


_TELLERS: Final[dict[type[st.Stmt], Callable[..., Object]]] = {
    ExpressionStmt: _test, st.VerdictStmt: _verdict_statement, st.CounterStmt: _counter, st.ObjrefStmt: _object,
    st.LimitStmt: _limit, st.QuotaStmt: _quota, st.ConnlimitStmt: _connections, st.LogStmt: _log,
    st.RejectStmt: _reject,
    VerboseRejectStmt: _verbose_reject, st.NatStmt: _nat, st.MetaStmt: _set_meta, st.CtStmt: _set_conntrack,
    FieldStmt: _set_named, st.ExthdrStmt: _set_option, st.OptstripStmt: _strip_option, st.NotrackStmt: _notrack,
    st.SetStmt: _set_update, st.XtStmt: _foreign,
}  # fmt: skip
