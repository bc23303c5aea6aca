"""The tables of iptables as nf_tables numbers them: iptables 1.8.9 keeps its rules there, where nft sees them, too.

Handles that iptables uses up in commands that are refused are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.nft.numbers import Handles, Numbers, TableKey
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.tables import Chain, IptEntry, XtTable

FAMILIES: Final = {4: "ip", 6: "ip6"}
VERSIONS: Final = {family: version for version, family in FAMILIES.items()}


@attrs.define(eq=False)
class CompatChain:
    """`handles` are those of the rules; `registered` grows from base chain to base chain."""

    chain: Chain
    handle: int
    registered: int = 0
    handles: list[int] = attrs.field(factory=list)


@attrs.define(eq=False)
class CompatTable:
    """Chains in the order in which they came."""

    family: str
    handle: int
    table: XtTable
    numbers: Handles = attrs.field(factory=Handles)
    chains: dict[str, CompatChain] = attrs.field(factory=dict)

    @property
    def key(self) -> TableKey:
        return self.family, self.table.name

    def rename(self, old: str, new: str) -> None:
        """A chain keeps its position and its handle."""
        self.chains = {new if name == old else name: chain for name, chain in self.chains.items()}


@attrs.define(eq=False)
class CompatTables:
    """Of both families; `numbers` are those of nft's tables, too."""

    numbers: Numbers = attrs.field(factory=Numbers)
    tables: dict[TableKey, CompatTable] = attrs.field(factory=dict)

    def note(self, ruleset: Ruleset, operation: ops.IptablesOperation) -> None:
        """Record the changes of an operation that was executed."""
        family = FAMILIES[ruleset.version]
        single = list(_single(operation))
        for one in single:
            if isinstance(one, ops.DeleteTable):
                self.tables.pop((family, one.table), None)
            if isinstance(one, ops.RenameChain) and (family, one.table) in self.tables:
                self.tables[family, one.table].rename(one.chain, one.new_name)
        for key in [key for key in self.tables if key[0] == family and key[1] not in ruleset.tables]:
            del self.tables[key]
        for table in ruleset.tables.values():
            self._note_table(family, table, single)

    def _note_table(self, family: str, table: XtTable, single: list[ops.IptablesOperation]) -> None:
        known = self.tables.get((family, table.name))
        if known is None:
            known = CompatTable(family, self.numbers.tables.next(), table)
            self.tables[known.key] = known
        elif known.table is table:
            return
        known.table = table
        present = {name: chain for name, chain in table.chains.items() if chain.present}
        for name in [name for name in known.chains if name not in present]:
            del known.chains[name]
        for name in _in_order([name for name in present if name not in known.chains], table.name, single):
            hooked = self.numbers.hooks.next() if present[name].hooked else 0
            known.chains[name] = CompatChain(attrs.evolve(present[name], entries=[]), known.numbers.next(), hooked)
        in_place = all(isinstance(one, (ops.ReplaceRule, ops.Zero)) for one in single)
        for name, chain in present.items():
            _note_rules(known, known.chains[name], chain, in_place=in_place)

    def registered(self, version: int, table: str, hook: str) -> int:
        known = self.tables.get((FAMILIES[version], table))
        return known.chains[hook].registered if known is not None and hook in known.chains else 0


def _single(operation: ops.IptablesOperation) -> Iterator[ops.IptablesOperation]:
    if isinstance(operation, ops.Batch):
        for one in operation.operations:
            yield from _single(one)
    else:
        yield operation


def _in_order(new: list[str], table: str, single: list[ops.IptablesOperation]) -> list[str]:
    """Chains in the order in which a batch first names them; those that it does not name come last."""
    named = [getattr(one, "chain", None) for one in single if one.table == table]
    return sorted(new, key=lambda name: named.index(name) if name in named else len(named))


def _note_rules(table: CompatTable, known: CompatChain, chain: Chain, *, in_place: bool) -> None:
    """Rules that are replaced keep their handles."""
    if known.chain is chain:
        return
    if not (in_place and len(known.handles) == len(chain.entries)):
        known.handles = _handles(table, known, chain.entries)
    known.chain = chain


def _handles(table: CompatTable, known: CompatChain, entries: list[IptEntry]) -> list[int]:
    """A rule at either end, mostly, is the only new one."""
    before = known.chain.entries
    if len(entries) == len(before) + 1:
        if entries[:-1] == before:
            return [*known.handles, table.numbers.next()]
        if entries[1:] == before:
            return [table.numbers.next(), *known.handles]
    handles = dict(zip(before, known.handles, strict=True))
    return [handles.get(entry) or table.numbers.next() for entry in entries]
