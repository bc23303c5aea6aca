"""Events as `nft monitor` prints them (src/monitor.c of nftables 1.0.6)."""

from __future__ import annotations

import attrs

from vnetsim.netfilter.nft.events import NftEvent
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.rule import chain_head, object_text, rule_line, set_text
from vnetsim.netfilter.nft.sets import NftObject, NftSet, SetElem
from vnetsim.netfilter.nft.tables import NftChain, NftRuleEntry


def thing_of(event: NftEvent) -> str:
    """What `nft monitor` calls the kind of an event in its arguments."""
    names = {NftChain: "chains", NftRuleEntry: "rules", NftSet: "sets", SetElem: "elements", NftObject: "objects"}
    return "tables" if event.subject is None else names[type(event.subject)]


def event_text(event: NftEvent, ctx: OutputContext) -> str:
    """One event, without the end of the line."""
    subject, path = event.subject, f"{event.table.family} {event.table.name}"
    handle = f" # handle {event.table.handle}" if ctx.handles and event.verb != "delete" else ""
    if subject is None:
        dormant = " { flags dormant; }" if event.table.dormant and event.verb == "add" else ""
        return f"{event.verb} table {path}{dormant}{handle}"
    if isinstance(subject, NftChain):
        return f"{event.verb} chain {path} {_chain(event, subject, ctx)}"
    if isinstance(subject, NftRuleEntry):
        return _rule(event, subject, ctx)
    if isinstance(subject, SetElem):
        return _element(event, subject, ctx)
    kind, name = subject.spec.kind, subject.spec.name
    if event.verb == "delete":
        # The message does not say that it is a map.
        return f"delete {'set' if isinstance(subject, NftSet) else kind} {path} {name}"
    text = set_text(_empty(subject), ctx) if isinstance(subject, NftSet) else object_text(subject, ctx)
    return f"add {kind} {path} {_on_a_line(text, name, separator=';' if isinstance(subject, NftSet) else '')}"


def _chain(event: NftEvent, chain: NftChain, ctx: OutputContext) -> str:
    if event.verb == "delete":
        return chain.name
    hook = next(
        (line.strip() for line in chain_head(event.table, chain, ctx).splitlines() if line.strip().startswith("type ")),
        "",
    )
    handle = f" # handle {chain.handle}" if ctx.handles else ""
    return f"{chain.name} {{ {hook} }}{handle}" if hook else f"{chain.name}{handle}"


def _rule(event: NftEvent, entry: NftRuleEntry, ctx: OutputContext) -> str:
    assert event.chain is not None
    front = f"{event.verb} rule {event.table.family} {event.table.name} {event.chain.name}"
    if event.verb == "delete":
        return f"{front} handle {entry.handle}"
    where = "" if event.position is None else f" handle {event.position}"
    return f"{front}{where} {rule_line(event.table, entry, ctx)}"


def _element(event: NftEvent, element: SetElem, ctx: OutputContext) -> str:
    assert event.within is not None
    alone = NftSet(event.within.spec, event.within.handle, {element.key: element})
    listed = set_text(alone, ctx).partition("elements = ")[2].strip().removesuffix("}").strip()
    path = f"{event.table.family} {event.table.name} {event.within.spec.name}"
    return f"{event.verb} element {path} {listed}"


def _empty(found: NftSet) -> NftSet:
    return NftSet(attrs.evolve(found.spec), found.handle)


def _on_a_line(text: str, name: str, *, separator: str) -> str:
    """A block of a listing on one line."""
    head, *lines = (line.strip() for line in text.splitlines())
    body = " ".join(f"{line}{separator}" for line in lines[:-1])
    return f"{name} {head.partition(f'{name} ')[2]} {body} }} "
