"""The tables of iptables as nf_tables numbers them: iptables 1.8.9 keeps its rules there, where nft sees them, too.

Handles that iptables uses up in commands that are refused are not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.nft.numbers import Handles, Numbers, TableKey
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.tables import Chain, IptEntry, XtTable
from vnetsim.values import define

FAMILIES: Final = {4: "ip", 6: "ip6"}
VERSIONS: Final = {family: version for version, family in FAMILIES.items()}
_OfOneRule: TypeAlias = ops.AppendRule | ops.InsertRule | ops.ReplaceRule | ops.DeleteRule
_OF_ONE_RULE: Final = (ops.AppendRule, ops.InsertRule, ops.ReplaceRule, ops.DeleteRule)


@define(eq=False)
class CompatChain:
    """`registered` grows from base chain to base chain."""

    chain: Chain
    handle: int
    registered: int = 0

    @property
    def handles(self) -> list[int]:
        """Those of its rules."""
        return [entry.handle for entry in self.chain.entries]


@define(eq=False)
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

    def number(self, entries: Iterable[IptEntry]) -> None:
        """The new ones among them; rules that are replaced keep their handles."""
        for entry in entries:
            entry.handle = entry.handle or self.numbers.next()

    def rename(self, old: str, new: str) -> None:
        """A chain keeps its position and its handle."""
        self.chains = {new if name == old else name: chain for name, chain in self.chains.items()}


@define(eq=False)
class CompatTables:
    """Of both families; `numbers` are those of nft's tables, too."""

    numbers: Numbers = attrs.field(factory=Numbers)
    tables: dict[TableKey, CompatTable] = attrs.field(factory=dict)

    def note(self, ruleset: Ruleset, operation: ops.IptablesOperation) -> None:
        """Record the changes of an operation that was executed."""
        family = FAMILIES[ruleset.version]
        if isinstance(operation, _OF_ONE_RULE):
            known = self.tables.get((family, operation.table))
            if known is not None and operation.chain in known.chains:
                _note_rule(known, ruleset.tables[operation.table], operation)
                return
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
        new = _in_order([name for name in present if name not in known.chains], table.name, single)
        for name in new:
            hooked = self.numbers.hooks.next() if present[name].hooked else 0
            known.chains[name] = CompatChain(present[name], known.numbers.next(), hooked)
        for name, chain in present.items():
            if known.chains[name].chain is not chain or name in new:
                known.chains[name].chain = chain
                known.number(chain.entries)

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


def _note_rule(known: CompatTable, table: XtTable, operation: _OfOneRule) -> None:
    """At most one rule of a chain that has its handle is new."""
    chain = known.chains[operation.chain].chain = table.chains[operation.chain]
    known.table = table
    if isinstance(operation, ops.AppendRule):
        known.number(chain.entries[-1:])
    elif isinstance(operation, ops.InsertRule):
        known.number(chain.entries[operation.number - 1 : operation.number])
