"""The tables of one namespace that `nft` made (nf_tables_api.c), as they are between two batches."""

from __future__ import annotations

import attrs

from vnetsim.netfilter.nft import references
from vnetsim.netfilter.nft.errors import OBJECT, BatchRefused, Failure
from vnetsim.netfilter.nft.operations import NftBatch, NftOperation, ResetObjects
from vnetsim.netfilter.nft.sets import Object
from vnetsim.netfilter.nft.tables import FAMILIES, Chain, Handles, Table, TableKey
from vnetsim.netfilter.nft.transaction import Transaction
from vnetsim.errors import Errno


@attrs.define(eq=False)
class NativeRuleset:
    """`tables` in the order in which they came, to be read only; `generation` grows with every change.

    `handles` numbers tables, those of iptables too.
    """

    handles: Handles = attrs.field(factory=Handles)
    tables: dict[TableKey, Table] = attrs.field(init=False, factory=dict)
    generation: int = attrs.field(init=False, default=0)

    def apply(self, operation: NftOperation, now: int) -> None:
        """Carry it out, all of it or nothing: BatchRefused with everything that is wrong.  `now` in nanoseconds."""
        batch = operation if isinstance(operation, NftBatch) else NftBatch(operations=(operation,))
        if any(isinstance(single, ResetObjects) for single in batch.operations):
            self._reset(batch)
            return
        transaction = self._tried(batch, now, validating=False)
        if not transaction.failures and not transaction.is_valid():
            transaction = self._tried(batch, now, validating=True)
        if transaction.failures:
            raise BatchRefused(transaction.failures[0].errno, failures=tuple(transaction.failures))
        if not batch.check:
            self.tables = transaction.tables
            self.generation += 1

    def _tried(self, batch: NftBatch, now: int, *, validating: bool) -> Transaction:
        transaction = Transaction(self.tables, self.handles, now, validating=validating)
        for number, operation in enumerate(batch.operations):
            transaction.execute(number, operation)
        return transaction

    # --- objects ----------------------------------------------------------------------------------------------------

    def _reset(self, batch: NftBatch) -> None:
        for number, operation in enumerate(batch.operations):
            assert isinstance(operation, ResetObjects), "resetting changes no table, and so is no part of a batch"
            found = self.objects(operation)
            if operation.name is not None and not found:
                raise BatchRefused(Errno.ENOENT, failures=(Failure(number, Errno.ENOENT),))
            for one in found:
                one.reset()

    def objects(self, wanted: ResetObjects) -> list[Object]:
        """Those that it is about, in the order of a listing."""
        return [
            found
            for table in self.tables.values()
            if wanted.family in (None, table.family) and wanted.table in (None, table.name)
            for (kind, name), found in table.objects.items()
            if kind == wanted.kind and wanted.name in (None, name)
        ]

    # --- what packets meet ------------------------------------------------------------------------------------------

    def base_chains(self, version: int, hook: str) -> list[tuple[Table, Chain]]:
        """What packets of an IP `version` meet at a hook (prerouting, ...), the first of them first."""
        families = (FAMILIES[0] if version == 4 else FAMILIES[1], FAMILIES[2])
        found = [
            (table, chain)
            for table in self.tables.values()
            if table.family in families and not table.dormant
            for chain in table.chains.values()
            if chain.hook is not None and chain.hook.hook == hook
        ]
        # Of two with the same priority the one that came last is the first.
        return sorted(reversed(found), key=lambda place: place[1].hook.priority if place[1].hook else 0)

    def needs_conntrack(self, version: int) -> bool:
        """Whether some rule asks about connections or translates addresses."""
        families = (FAMILIES[0] if version == 4 else FAMILIES[1], FAMILIES[2])
        return any(
            references.tracks(statement)
            for table in self.tables.values()
            if table.family in families
            for chain in table.chains.values()
            for entry in chain.entries
            for statement in entry.rule.statements
        )
