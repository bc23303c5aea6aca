"""Tables, chains, rules, sets and objects as `nft -j` lists them (src/json.c of nftables 1.0.6).

The flags of a dormant table are given by name; nft 1.0.6 prints uninitialized memory there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from vnetsim.netfilter.nft.datatype import Json, JsonObject, concatenated
from vnetsim.netfilter.nft.output import STATELESS, OutputContext
from vnetsim.netfilter.nft.rule import printed
from vnetsim.netfilter.nft.segtree import set_expr
from vnetsim.netfilter.nft.sets import NftObject, NftSet
from vnetsim.netfilter.nft.stateful import CounterState, LimitStmt, QuotaStmt
from vnetsim.netfilter.nft.tables import NftChain, NftFlowtable, NftTable

_METAINFO: Final[Json] = {"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}
_FLAGS: Final = ("constant", "interval", "timeout")
#: The keys of a limit object, in another order than those of the statement.
_LIMIT_KEYS: Final = ("rate", "per", "inv", "rate_unit", "burst", "burst_unit")


def document(things: Iterable[Json]) -> str:
    return json.dumps({"nftables": [_METAINFO, *things]}, ensure_ascii=False) + "\n"


def whole_table_json(table: NftTable, ctx: OutputContext) -> Iterator[Json]:
    yield table_json(table)
    for found in table.objects.values():
        yield object_json(table, found)
    for known in table.sets.values():
        if not known.spec.anonymous:
            yield set_json(table, known, ctx)
    for one in table.flowtables.values():
        yield flowtable_json(table, one)
    for chain in table.chains.values():
        yield chain_json(table, chain)
    for chain in table.chains.values():
        yield from rules_json(table, chain, ctx)


def table_json(table: NftTable) -> Json:
    root: JsonObject = {"family": table.family, "name": table.name, "handle": table.handle}
    if table.dormant:
        root["flags"] = "dormant"
    return {"table": root}


def chain_json(table: NftTable, chain: NftChain) -> Json:
    root: JsonObject = {"family": table.family, "table": table.name, "name": chain.name, "handle": chain.handle}
    if chain.hook is not None:
        hook = chain.hook
        root |= {"type": hook.kind, "hook": hook.hook, "prio": hook.priority, "policy": hook.policy}
    return {"chain": root}


def flowtable_json(table: NftTable, found: NftFlowtable) -> Json:
    root = _named(table, found.name, handle=found.handle, hook="ingress", prio=found.priority)
    devices: list[Json] = [*sorted(found.devices)]
    if devices:
        root["dev"] = devices if len(devices) > 1 else devices[0]
    return {"flowtable": root}


def rules_json(table: NftTable, chain: NftChain, ctx: OutputContext) -> Iterator[Json]:
    for entry in chain.entries:
        root: JsonObject = {"family": table.family, "table": table.name, "chain": chain.name, "handle": entry.handle}
        if entry.rule.comment is not None:
            root["comment"] = entry.rule.comment
        root["expr"] = [one.statement.to_json(one.state, ctx) for one in printed(table, entry, ctx)]
        yield {"rule": root}


def _named(table: NftTable, name: str, **more: Json) -> JsonObject:
    return {"family": table.family, "name": name, "table": table.name, **more}


def set_json(table: NftTable, found: NftSet, ctx: OutputContext) -> Json:
    spec = found.spec
    names: list[Json] = [part.name for part in spec.key]
    root = _named(table, spec.name, type=names if len(names) > 1 else names[0], handle=found.handle)
    if spec.comment is not None:
        root["comment"] = spec.comment
    if spec.is_map:
        root["map"] = spec.objects if spec.objects is not None else concatenated(spec.data).name
    if "constant" not in spec.flags:
        root |= {"policy": "memory"} if spec.policy == "memory" else {}
        root |= {"size": spec.size} if spec.size else {}
    flags: list[Json] = [flag for flag in _FLAGS if flag in spec.flags]
    if flags:
        root["flags"] = flags
    for name, value in (("timeout", spec.timeout), ("gc-interval", spec.gc_interval)):
        if value:
            root[name] = value // 1000
    if not ctx.terse and (elements := set_expr(found, ctx.now).elements):
        root["elem"] = [element.to_json(ctx) for element in elements]
    if spec.statements:
        root["stmt"] = [statement.to_json(None, STATELESS) for statement in spec.statements]
    return {spec.kind: root}


def object_json(table: NftTable, found: NftObject) -> Json:
    spec = found.spec
    root = _named(table, spec.name, handle=found.handle)
    if spec.comment is not None:
        root["comment"] = spec.comment
    return {spec.kind: root | _contents(found)}


def _contents(found: NftObject) -> JsonObject:
    statement, state = found.spec.statement, found.state
    if isinstance(statement, QuotaStmt):
        return {"bytes": statement.bytes, "used": statement.used_in(state), "inv": statement.over}
    if isinstance(statement, LimitStmt):
        rate = statement.rate_json
        keys = [key for key in _LIMIT_KEYS if key in rate and (statement.burst or not key.startswith("burst"))]
        return {key: rate[key] for key in keys}
    assert isinstance(state, CounterState)
    return {"packets": state.packets, "bytes": state.bytes}
