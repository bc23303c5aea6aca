"""Tables, chains, sets and objects as JSON (src/json.c of nftables 1.0.6).

The flags of a dormant table are told in words; nft 1.0.6 prints what happens to lie in its memory there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from vnetsim.netfilter.nft.datatype import Datatype, Json, concatenated
from vnetsim.netfilter.nft.json import expression_json, limit_json, statement_json
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.printing import shown, tell
from vnetsim.netfilter.nft.segtree import literal
from vnetsim.netfilter.nft.sets import NftObject, NftSet
from vnetsim.netfilter.nft.stateful import CounterState, QuotaState
from vnetsim.netfilter.nft.statement import LimitStmt, QuotaStmt
from vnetsim.netfilter.nft.tables import NftChain, NftRuleEntry, NftTable

_METAINFO: Final[Json] = {
    "metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}
}  # fmt: skip
_FLAGS: Final = ("constant", "interval", "timeout")


def document(things: Iterable[Json]) -> str:
    return json.dumps({"nftables": [_METAINFO, *things]}, ensure_ascii=False) + "\n"


def whole_table(found: NftTable, style: OutputContext) -> Iterator[Json]:
    yield table(found)
    for one in found.objects.values():
        yield an_object(found, one)
    for a_set_ in found.sets.values():
        if not a_set_.spec.anonymous:
            yield a_set(found, a_set_, style)
    for one_chain in found.chains.values():
        yield chain(found, one_chain)
    for one_chain in found.chains.values():
        yield from rules(found, one_chain, style)


def table(found: NftTable) -> Json:
    root: dict[str, Json] = {"family": found.family, "name": found.name, "handle": found.handle}
    if found.dormant:
        root["flags"] = "dormant"
    return {"table": root}


def chain(place: NftTable, found: NftChain) -> Json:
    root: dict[str, Json] = {
        "family": place.family, "table": place.name, "name": found.name, "handle": found.handle,
    }  # fmt: skip
    if found.hook is not None:
        hook = found.hook
        root |= {"type": hook.kind, "hook": hook.hook, "prio": hook.priority, "policy": hook.policy}
    return {"chain": root}


def rules(place: NftTable, found: NftChain, style: OutputContext) -> Iterator[Json]:
    for entry in found.entries:
        yield {"rule": _rule(place, found, entry, style)}


def _rule(place: NftTable, found: NftChain, entry: NftRuleEntry, style: OutputContext) -> Json:
    root: dict[str, Json] = {
        "family": place.family, "table": place.name, "chain": found.name, "handle": entry.handle,
    }  # fmt: skip
    if entry.rule.comment is not None:
        root["comment"] = entry.rule.comment
    statements = shown(place.family, place.sets, entry, style)
    root["expr"] = [statement_json(one.statement, one.state, style) for one in statements]
    return root


# --- sets ----------------------------------------------------------------------------------------------------------


def a_set(place: NftTable, found: NftSet, style: OutputContext) -> Json:
    spec = found.spec
    root: dict[str, Json] = {
        "family": place.family, "name": spec.name, "table": place.name, "type": _type(spec.key),
        "handle": found.handle,
    }  # fmt: skip
    if spec.comment is not None:
        root["comment"] = spec.comment
    if spec.is_map:
        root["map"] = spec.objects if spec.objects is not None else concatenated(spec.data).name
    if "constant" not in spec.flags:
        root |= {name: value for name, value in (("policy", _policy(spec.policy)), ("size", spec.size)) if value}
    flags: list[Json] = [flag for flag in _FLAGS if flag in spec.flags]
    if flags:
        root["flags"] = flags
    for name, value in (("timeout", spec.timeout), ("gc-interval", spec.gc_interval)):
        if value:
            root[name] = value // 1000
    elements = literal(found, style.now, tell(style)).elements
    if elements and not style.terse:
        root["elem"] = [expression_json(element, style) for element in elements]
    if spec.statements:
        root["stmt"] = [statement_json(one, None, OutputContext(stateless=True)) for one in spec.statements]
    return {spec.word: root}


def _policy(policy: str | None) -> str | None:
    return policy if policy == "memory" else None


def _type(key: tuple[Datatype, ...]) -> Json:
    names: list[Json] = [part.name for part in key]
    return names if len(names) > 1 else names[0]


# --- objects -------------------------------------------------------------------------------------------------------


def an_object(place: NftTable, found: NftObject) -> Json:
    spec = found.spec
    root: dict[str, Json] = {
        "family": place.family, "name": spec.name, "table": place.name, "handle": found.handle,
    }  # fmt: skip
    if spec.comment is not None:
        root["comment"] = spec.comment
    return {spec.kind: root | _said(found)}


def _said(found: NftObject) -> dict[str, Json]:
    what, state = found.spec.statement, found.state
    if isinstance(what, QuotaStmt):
        return {
            "bytes": what.bytes,
            "used": state.used if isinstance(state, QuotaState) else what.used,
            "inv": what.over,
        }
    if isinstance(what, LimitStmt):
        return _limit(what)
    assert isinstance(state, CounterState)
    return {"packets": state.packets, "bytes": state.bytes}


def _limit(limit: LimitStmt) -> dict[str, Json]:
    """In another order than that of the statement."""
    told = limit_json(limit)
    order = ("rate", "per", "inv", "rate_unit", "burst", "burst_unit")
    return {name: told[name] for name in order if name in told and (name not in ("burst", "burst_unit") or limit.burst)}
