"""The rules of one namespace and family, as iptables 1.8.9 keeps them in nf_tables.

A table exists once something in it was changed, and so does each of its built-in chains: only then its hook is walked.

Not modelled: tables and chains that `nft` makes.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.operations import Batch, IptablesOperation
from vnetsim.netfilter.tables import BUILTIN, XtTable
from vnetsim.netfilter.transaction import Transaction
from vnetsim.values import define

__all__ = ["HookEntry", "NetfilterError", "Ruleset"]

#: Table and built-in chain.
HookEntry: TypeAlias = tuple[str, str]

_PRIORITY: Final = {"raw": -300, "mangle": -150, "filter": 0, "security": 150}


def priority(table: str, hook: str) -> int:
    """Of two tables at a hook the lower number comes first (enum nf_ip_hook_priorities; nat has two)."""
    if table == "nat":
        return -100 if hook in ("PREROUTING", "OUTPUT") else 100
    return _PRIORITY[table]


def at_hook(hooked: tuple[HookEntry, ...], hook: str) -> tuple[HookEntry, ...]:
    """The tables that have a chain at this hook (PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING), in their order.

    Tables of a lower priority than -200 (raw) come before connection tracking, the others behind it.
    """
    return tuple(sorted((entry for entry in hooked if entry[1] == hook), key=lambda entry: priority(*entry)))


@define(eq=False)
class Ruleset:
    """The tables of one family; `version` is 4 or 6.

    `generation` grows with every change.  `tables` are those that exist, to be read only; `apply` changes them.
    """

    version: int = 4
    generation: int = attrs.field(init=False, default=0)
    tables: dict[str, XtTable] = attrs.field(init=False, factory=dict)
    #: The built-in chains that packets come to.
    hooked: tuple[HookEntry, ...] = attrs.field(init=False, default=())

    def apply(self, operation: IptablesOperation) -> None:
        """Carry it out, all of it or nothing.  NetfilterError where iptables would be refused."""
        try:
            tables = self._tried(operation)
        except NetfilterError as refused:
            refused.program = "iptables" if self.version == 4 else "ip6tables"
            raise
        if tables is not None:
            self.tables = tables
            self.generation += 1
            self.hooked = tuple([
                (name, chain) for name, table in tables.items() for chain in BUILTIN[name]
                if table.chains[chain].present
            ])  # fmt: skip

    def _tried(self, operation: IptablesOperation) -> dict[str, XtTable] | None:
        transaction = Transaction(self.tables)
        try:
            for single in operation.operations if isinstance(operation, Batch) else (operation,):
                transaction.execute(single)
            return transaction.commit()
        except NetfilterError:
            transaction.abort()
            raise

    @property
    def needs_conntrack(self) -> bool:
        """Whether some rule matches connections or translates addresses: without one, nothing is tracked."""
        return any(table.tracks for table in self.tables.values())

    @property
    def memory_keys(self) -> set[tuple[str, str] | None]:
        """What its rules remember together with others."""
        return {
            extension.memory_key
            for table in self.tables.values()
            for chain in table.chains.values()
            for entry in chain.entries
            for extension in entry.rule.extensions
        }

    def table(self, name: str) -> XtTable:
        """To be read; a table that does not exist yet as it would be created.  KeyError for an unknown name."""
        return self.tables.get(name) or XtTable.new(name)

    def saved(self) -> list[XtTable]:
        """The tables that exist, in the order of iptables-save."""
        return [self.tables[name] for name in BUILTIN if name in self.tables]
