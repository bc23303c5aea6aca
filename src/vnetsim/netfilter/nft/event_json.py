"""Events as `nft -j monitor` and `nft -j -e` print them (src/monitor.c, src/json.c of nftables 1.0.6)."""

from __future__ import annotations

import attrs

from vnetsim.netfilter.nft.datatype import Json
from vnetsim.netfilter.nft.events import NftEvent
from vnetsim.netfilter.nft.json import chain_json, object_json, rules_json, set_json, table_json
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.segtree import set_expr
from vnetsim.netfilter.nft.sets import NftObject, NftSet, SetElem
from vnetsim.netfilter.nft.tables import NftChain, NftRuleEntry


def event_json(event: NftEvent, ctx: OutputContext) -> Json:
    """One event, under its verb."""
    return {event.verb: _thing(event, ctx)}


def _thing(event: NftEvent, ctx: OutputContext) -> Json:
    subject, table = event.subject, event.table
    if subject is None:
        return table_json(table)
    if isinstance(subject, NftChain):
        return chain_json(table, attrs.evolve(subject, hook=None) if event.verb == "delete" else subject)
    if isinstance(subject, NftRuleEntry):
        assert event.chain is not None
        chain = attrs.evolve(event.chain, entries=[subject])
        return next(iter(rules_json(table, chain, ctx)))
    if isinstance(subject, NftObject):
        return object_json(table, subject)
    path: dict[str, Json] = {"family": table.family}
    if isinstance(subject, SetElem):
        assert event.within is not None
        alone = NftSet(event.within.spec, event.within.handle, {subject.key: subject})
        listed: list[Json] = [element.to_json(ctx) for element in set_expr(alone, ctx.now).elements]
        name = event.within.spec.name
        return {"element": path | {"table": table.name, "name": name, "elem": {"set": listed}}}
    if event.verb == "delete":
        # The message says neither of what type it is, nor that it is a map.
        rest: dict[str, Json] = {"name": subject.spec.name, "table": table.name, "type": "invalid"}
        return {"set": path | rest | {"handle": subject.handle}}
    return set_json(table, NftSet(subject.spec, subject.handle), ctx)
