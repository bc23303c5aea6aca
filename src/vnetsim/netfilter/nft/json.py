"""The same in JSON, as `nft -j` prints it (src/json.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.netfilter.nft import datatypes as types
from vnetsim.netfilter.nft import statements as st
from vnetsim.netfilter.nft.datatypes import Json
from vnetsim.netfilter.nft.decode import SetNamed, Test, VerboseReject
from vnetsim.netfilter.nft.expressions import (
    Binary,
    CatchAll,
    Concat,
    Conntrack,
    Constant,
    Element,
    Fib,
    FlagComparison,
    Flags,
    Hash,
    MapExpression,
    Mapping,
    Meta,
    Named,
    Named6,
    Node,
    Numgen,
    Payload,
    Prefix,
    Range,
    Relation,
    RouteKey,
    SetLiteral,
    SetReference,
    TcpOption,
    VerdictNode,
    Wildcard,
)
from vnetsim.netfilter.nft.states import Counted, State, Used
from vnetsim.netfilter.nft.style import Style

Object = dict[str, Json]


def expression_json(node: Node, style: Style) -> Json:
    return _WRITERS[type(node)](node, style)


def _constant(node: Constant, style: Style) -> Json:
    if isinstance(node.value, str) and node.value.endswith("*"):
        return f"{node.value[:-1]}\\*"
    return node.datatype.as_json(node.value, style)


def _prefix(node: Prefix, style: Style) -> Json:
    return {"prefix": {"addr": node.datatype.as_json(node.value, style), "len": node.length}}


def _range(node: Range, style: Style) -> Json:
    numbers = style.in_range()
    return {"range": [_constant(Constant(end, node.datatype), numbers) for end in (node.first, node.last)]}


def _meta(node: Meta, style: Style) -> Json:
    del style
    return {"meta": {"key": node.key}}


def _conntrack(node: Conntrack, style: Style) -> Json:
    del style
    return {"ct": {"key": node.key, **({"dir": node.direction} if node.direction else {})}}


def _conntrack_address(node: Named6, style: Style) -> Json:
    return _conntrack(node.key, style)


def _fib(node: Fib, style: Style) -> Json:
    del style
    return {"fib": {"result": node.result, "flags": list(node.selectors)}}


def _option(node: TcpOption, style: Style) -> Json:
    del style
    return {"tcp option": {"name": node.name, **({} if node.present else {"field": node.field})}}


def _route(node: RouteKey, style: Style) -> Json:
    del style
    return {"rt": {"key": node.key, **({"family": node.family} if node.family else {})}}


def _numgen(node: Numgen, style: Style) -> Json:
    del style
    return {"numgen": {"mode": node.mode, "mod": node.modulus, "offset": node.offset}}


def _hash(node: Hash, style: Style) -> Json:
    root: Object = {"mod": node.modulus}
    if node.seed is not None:
        root["seed"] = node.seed
    if node.offset:
        root["offset"] = node.offset
    if node.key is None:
        return {"symhash": root}
    return {"jhash": {**root, "expr": expression_json(node.key, style)}}


def _named(node: Named, style: Style) -> Json:
    del style
    return {"payload": {"protocol": node.header.name, "field": node.field.name}}


def _payload(node: Payload, style: Style) -> Json:
    del style
    return {"payload": {"base": node.base.token, "offset": node.offset, "len": node.bits}}


def _binary(node: Binary, style: Style) -> Json:
    return {node.operator: [expression_json(node.left, style), expression_json(node.right, style)]}


def _relation(node: Relation, style: Style) -> Json:
    return _match(node.operator, expression_json(node.left, style), expression_json(node.right, style))


def _match(operator: str, left: Json, right: Json) -> Json:
    return {"match": {"op": operator, "left": left, "right": right}}


def _flag_comparison(node: FlagComparison, style: Style) -> Json:
    left: Json = {"&": [expression_json(node.left, style), expression_json(node.mask, style)]}
    return _match(node.operator, left, expression_json(node.value, style))


def _list(node: Flags, style: Style) -> Json:
    return [expression_json(part, style) for part in node.parts]


def _concat(node: Concat, style: Style) -> Json:
    return {"concat": [expression_json(part, style) for part in node.parts]}


def _set_literal(node: SetLiteral, style: Style) -> Json:
    return {"set": [expression_json(element, style) for element in node.elements]}


def _element(node: Element, style: Style) -> Json:
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


def _mapping(node: Mapping, style: Style) -> Json:
    return [expression_json(node.key, style), expression_json(node.data, style)]


def _map(node: MapExpression, style: Style) -> Json:
    body: Json = {"key": expression_json(node.key, style), "data": expression_json(node.mappings, style)}
    return {"vmap" if node.verdicts else "map": body}


def _verdict(node: VerdictNode, style: Style) -> Json:
    del style
    return {node.kind: {"target": node.chain} if node.chain else None}


def _catch_all(node: CatchAll, style: Style) -> Json:
    del node, style
    return "*"


def _wildcard(node: Wildcard, style: Style) -> Json:
    del style
    return f"{node.text}*"


def _reference(node: SetReference, style: Style) -> Json:
    del style
    return f"@{node.name}"


_WRITERS: Final[dict[type[Node], Callable[..., Json]]] = {
    Constant: _constant, Prefix: _prefix, Range: _range, Meta: _meta, Conntrack: _conntrack,
    Named6: _conntrack_address, Fib: _fib, TcpOption: _option, RouteKey: _route, Numgen: _numgen, Hash: _hash,
    Named: _named, Payload: _payload, Binary: _binary, Relation: _relation, FlagComparison: _flag_comparison,
    Flags: _list, Concat: _concat, SetLiteral: _set_literal, Element: _element, Mapping: _mapping,
    MapExpression: _map, VerdictNode: _verdict, CatchAll: _catch_all, Wildcard: _wildcard, SetReference: _reference,
}  # fmt: skip


# --- statements ----------------------------------------------------------------------------------------------------


def statement_json(found: st.Statement, state: State | None, style: Style) -> Object:
    return _TELLERS[type(found)](found, state, style)


def _test(found: Test, state: State | None, style: Style) -> Object:
    del state
    return _object_of(expression_json(found.expression, style))


def _verdict_statement(found: st.Verdict, state: State | None, style: Style) -> Object:
    del state
    return _object_of(expression_json(found.verdict, style))


def _object_of(value: Json) -> Object:
    assert isinstance(value, dict), "comparisons and verdicts are objects"
    return value


def _counter(found: st.Counter, state: State | None, style: Style) -> Object:
    if style.stateless:
        return {"counter": None}
    packets, size = (state.packets, state.bytes) if isinstance(state, Counted) else (found.packets, found.bytes)
    return {"counter": {"packets": packets, "bytes": size}}


def _object(found: st.ObjectReference, state: State | None, style: Style) -> Object:
    del state
    return {found.kind: expression_json(found.name, style)}


def split_amount(size: int) -> tuple[int, str]:
    """Bytes as a number and the greatest unit that tells them exactly."""
    for unit in ("bytes", "kbytes"):
        if not size or size % 1024:
            return size, unit
        size //= 1024
    return size, "mbytes"


def limit_json(limit: st.Limit) -> Object:
    rate, burst = limit.rate, limit.burst
    units: Object = {}
    if limit.of_bytes:
        rate, units["rate_unit"] = split_amount(limit.rate)
        burst, units["burst_unit"] = split_amount(limit.burst)
    inverted: Object = {"inv": True} if limit.over else {}
    return {"rate": rate, "burst": burst, "per": st.UNITS[limit.unit], **inverted, **units}


def _limit(found: st.Limit, state: State | None, style: Style) -> Object:
    del state, style
    return {"limit": limit_json(found)}


def _quota(found: st.Quota, state: State | None, style: Style) -> Object:
    value, unit = split_amount(found.bytes)
    root: Object = {"val": value, "val_unit": unit}
    if found.over:
        root["inv"] = True
    used = state.used if isinstance(state, Used) else found.used
    if used and not style.stateless:
        root["used"], root["used_unit"] = split_amount(used)
    return {"quota": root}


def _connections(found: st.ConnectionLimit, state: State | None, style: Style) -> Object:
    del state, style
    return {"ct count": {"val": found.count, **({"inv": True} if found.over else {})}}


def _log(found: st.Log, state: State | None, style: Style) -> Object:
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


def _reject(found: st.Reject, state: State | None, style: Style) -> Object:
    del state
    if found.kind == "tcp reset":
        return {"reject": {"type": found.kind}}
    return {"reject": {"type": found.kind, "expr": _CODES[found.kind].as_json(found.code, style)}}


def _verbose_reject(found: VerboseReject, state: State | None, style: Style) -> Object:
    return _reject(found.reject, state, style)


def _nat(found: st.Nat, state: State | None, style: Style) -> Object:
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


def _set_meta(found: st.SetMeta, state: State | None, style: Style) -> Object:
    del state
    return _mangle({"meta": {"key": found.key}}, expression_json(found.value, style))


def _set_conntrack(found: st.SetConntrack, state: State | None, style: Style) -> Object:
    del state
    key = _conntrack(Conntrack(found.key, found.direction), style)
    return _mangle(key, _flat(found.value, style) if found.key == "event" else expression_json(found.value, style))


def _flat(node: Node, style: Style) -> Json:
    """`a | b` as a list."""
    parts: list[Json] = []
    while isinstance(node, Binary):
        parts.insert(0, expression_json(node.right, style))
        node = node.left
    first = expression_json(node, style)
    return [first, *parts] if parts else first


def _set_named(found: SetNamed, state: State | None, style: Style) -> Object:
    del state
    return _mangle(expression_json(found.place, style), expression_json(found.value, style))


def _set_option(found: st.SetOption, state: State | None, style: Style) -> Object:
    del state
    return _mangle(_option(found.place, style), expression_json(found.value, style))


def _strip_option(found: st.StripOption, state: State | None, style: Style) -> Object:
    del state
    return {"reset": _option(found.place, style)}


def _notrack(found: st.NoTrack, state: State | None, style: Style) -> Object:
    del found, state, style
    return {"notrack": None}


def _set_update(found: st.SetUpdate, state: State | None, style: Style) -> Object:
    del state
    key = expression_json(found.key, style)
    elem: Json = {"elem": {"val": key, "timeout": found.timeout // 1000}} if found.timeout else key
    root: Object = {"op": found.operation, "elem": elem, "set": f"@{found.reference.name}"}
    if found.statements:
        kept: list[Json] = [statement_json(s, None, Style(stateless=True)) for s in found.statements]
        root["stmt"] = kept
    return {"set": root}


def _foreign(found: st.Foreign, state: State | None, style: Style) -> Object:
    del state, style
    return {"xt": {"type": found.kind, "name": found.name}}


_TELLERS: Final[dict[type[st.Statement], Callable[..., Object]]] = {
    Test: _test, st.Verdict: _verdict_statement, st.Counter: _counter, st.ObjectReference: _object,
    st.Limit: _limit, st.Quota: _quota, st.ConnectionLimit: _connections, st.Log: _log, st.Reject: _reject,
    VerboseReject: _verbose_reject, st.Nat: _nat, st.SetMeta: _set_meta, st.SetConntrack: _set_conntrack,
    SetNamed: _set_named, st.SetOption: _set_option, st.StripOption: _strip_option, st.NoTrack: _notrack,
    st.SetUpdate: _set_update, st.Foreign: _foreign,
}  # fmt: skip
