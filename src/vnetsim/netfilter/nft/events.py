"""What a change of tables tells those who listen (NFNLGRP_NFTABLES; nf_tables_api.c: nf_tables_*_notify)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

import attrs

from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.sets import NftObject, NftSet, SetElem
from vnetsim.netfilter.nft.tables import NftChain, NftRuleEntry, NftTable
from vnetsim.netfilter.nft.validate import sets
from vnetsim.values import frozen

Tables: TypeAlias = Mapping[TableKey, NftTable]
Subject: TypeAlias = "NftChain | NftRuleEntry | NftSet | SetElem | NftObject | None"


@frozen(eq=False, kw_only=True)
class NftEvent:
    """`verb` is add, insert or delete; `subject` belongs to `chain` or `within` if it is a rule or an element.

    None is the table itself.  `position` is the handle of the rule before one that is not the last.
    """

    verb: str
    table: NftTable
    subject: Subject = None
    chain: NftChain | None = None
    within: NftSet | None = None
    position: int | None = None
    #: Whether `nft -e` prints it, if it is no deletion.
    echoed: bool = True


@frozen(kw_only=True)
class NftChanges:
    """A transaction: its events, the number of the new generation, and the process whose it was."""

    events: tuple[NftEvent, ...]
    generation: int
    by: int
    by_name: str


#: Who hears of changes; None: iptables has changed a table of its own.
RulesetListener: TypeAlias = Callable[[NftChanges | None], None]


def snapshot(tables: Tables) -> dict[TableKey, NftTable]:
    """The tables as they are now, of which the next operation changes its own."""
    found = {}
    for key, table in tables.items():
        copy = table.copy()
        copy.chains = {name: chain.copy() for name, chain in table.chains.items()}
        copy.sets = {name: one.copy() for name, one in table.sets.items()}
        found[key] = copy
    return found


def events_of(operation: ops.NftOperation, before: Tables, after: Tables) -> Iterator[NftEvent]:
    """The messages about one operation, in the kernel's order."""
    for key, table in before.items():
        if key not in after:
            yield from _whole_table(table)
    for key, table in after.items():
        known = before.get(key)
        if known is None or known.dormant != table.dormant:
            yield NftEvent(verb="add", table=table)
        if known is not None:
            yield from _within(operation, known, table)


def _whole_table(table: NftTable) -> Iterator[NftEvent]:
    """nft_flush_table"""
    for chain in table.chains.values():
        for entry in chain.entries:
            yield from _rule_gone(table, table, chain, entry)
    for found in table.sets.values():
        if not found.spec.anonymous:
            yield NftEvent(verb="delete", table=table, subject=found)
    for one in table.objects.values():
        yield NftEvent(verb="delete", table=table, subject=one)
    for chain in table.chains.values():
        yield NftEvent(verb="delete", table=table, subject=chain)
    yield NftEvent(verb="delete", table=table)


def _within(operation: ops.NftOperation, before: NftTable, after: NftTable) -> Iterator[NftEvent]:
    known = {chain.handle: chain for chain in before.chains.values()}
    for chain in after.chains.values():
        old = known.pop(chain.handle, None)
        if old is None or old.name != chain.name or _updates(operation, after, chain):
            renamed = old is not None and old.name != chain.name
            yield NftEvent(verb="add", table=after, subject=chain, echoed=not renamed)
        yield from _rules(operation, before, after, old, chain)
    for chain in known.values():
        for entry in chain.entries:
            yield from _rule_gone(before, after, chain, entry)
        yield NftEvent(verb="delete", table=after, subject=chain)
    yield from _sets(before, after)
    for kind, one in before.objects.items():
        if kind not in after.objects:
            yield NftEvent(verb="delete", table=after, subject=one)
    for kind, one in after.objects.items():
        if kind not in before.objects:
            yield NftEvent(verb="add", table=after, subject=one)


def _updates(operation: ops.NftOperation, table: NftTable, chain: NftChain) -> bool:
    """nf_tables_updchain, which reports also that nothing is another now."""
    if not isinstance(operation, ops.NftAddChain):
        return False
    return (operation.family, operation.table, operation.chain) == (*table.key, chain.name)


def _rule_gone(before: NftTable, table: NftTable, chain: NftChain, entry: NftRuleEntry) -> Iterator[NftEvent]:
    """nft_delrule: with its anonymous sets."""
    yield NftEvent(verb="delete", table=table, subject=entry, chain=chain)
    for statement in entry.rule.statements:
        for name in sets(statement):
            if name in before.sets and before.sets[name].spec.anonymous:
                yield NftEvent(verb="delete", table=table, subject=before.sets[name])


def _rules(
    operation: ops.NftOperation, known: NftTable, table: NftTable, before: NftChain | None, chain: NftChain
) -> Iterator[NftEvent]:
    if not isinstance(operation, ops.NftAddRule | ops.NftReplaceRule | ops.NftDeleteRule):
        return
    old = [] if before is None else before.entries
    for entry in old:
        if entry not in chain.entries:
            yield from _rule_gone(known, table, chain, entry)
    verb = "insert" if isinstance(operation, ops.NftAddRule) and operation.insert else "add"
    for entry in chain.entries:
        if entry not in old:
            yield NftEvent(verb=verb, table=table, subject=entry, chain=chain)


def _sets(before: NftTable, after: NftTable) -> Iterator[NftEvent]:
    for name, found in before.sets.items():
        if name not in after.sets and not found.spec.anonymous:
            yield NftEvent(verb="delete", table=after, subject=found)
    for name, found in after.sets.items():
        if found.spec.anonymous:
            continue
        known = before.sets.get(name)
        if known is None:
            yield NftEvent(verb="add", table=after, subject=found)
        yield from _elements(after, known, found)


def _elements(table: NftTable, before: NftSet | None, after: NftSet) -> Iterator[NftEvent]:
    old = {} if before is None else before.members
    for key, element in old.items():
        if key not in after.members:
            yield NftEvent(verb="delete", table=table, subject=element, within=after)
    for key, element in after.members.items():
        if key not in old:
            yield NftEvent(verb="add", table=table, subject=element, within=after)


def placed(events: list[NftEvent], after: Tables) -> tuple[NftEvent, ...]:
    """With the positions of new rules in their chains as these are in the end (nf_tables_fill_rule_info)."""
    return tuple(_placed(event, after) for event in events)


def _placed(event: NftEvent, after: Tables) -> NftEvent:
    table, chain = after.get(event.table.key), event.chain
    if event.verb == "delete" or table is None or chain is None or not isinstance(event.subject, NftRuleEntry):
        return event
    entries = next((one.entries for one in table.chains.values() if one.handle == chain.handle), [])
    at = entries.index(event.subject) if event.subject in entries else 0
    return attrs.evolve(event, position=entries[at - 1].handle) if 0 < at < len(entries) - 1 else event
