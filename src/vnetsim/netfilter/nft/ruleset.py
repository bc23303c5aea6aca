"""The tables of one namespace that `nft` made (nf_tables_api.c), as they are between two batches."""

from __future__ import annotations

import functools

import attrs

from vnetsim.errors import Errno, NotModelled
from vnetsim.netfilter.nft import validate
from vnetsim.netfilter.nft.compat import FAMILIES as FOREIGN_FAMILIES
from vnetsim.netfilter.nft.compat import CompatTables
from vnetsim.netfilter.nft.compat_changes import CompatChanges
from vnetsim.netfilter.nft.events import NftChanges, NftEvent, RulesetListener, placed
from vnetsim.netfilter.nft.extack import BatchRefused, ExtAck
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.operations import NftBatch, NftDeleteTable, NftOperation, NftResetObjects
from vnetsim.netfilter.nft.sets import NftObject
from vnetsim.netfilter.nft.tables import FAMILIES, NftChain, NftFlowtable, NftTable
from vnetsim.netfilter.nft.transaction import NftTransaction
from vnetsim.netfilter.operations import Batch, IptablesOperation
from vnetsim.values import define


@define(eq=False)
class NftRuleset:
    """`tables` in the order in which they came, to be read only; `generation` grows with every change.

    `foreign` are those that iptables made.
    """

    foreign: CompatTables = attrs.field(factory=CompatTables)
    tables: dict[TableKey, NftTable] = attrs.field(init=False, factory=dict)
    generation: int = attrs.field(init=False, default=0)
    #: The number of the generation as the kernel counts it, and who hears of changes.
    commits: int = attrs.field(init=False, default=1)
    listeners: tuple[RulesetListener, ...] = attrs.field(init=False, default=())

    def apply(self, operation: NftOperation, now: int) -> list[IptablesOperation]:
        """Execute it completely or not at all: BatchRefused with all errors.  `now` in nanoseconds.

        The operations on the tables of iptables are returned to the caller.
        """
        batch = operation if isinstance(operation, NftBatch) else NftBatch(operations=(operation,))
        if any(isinstance(single, NftResetObjects) for single in batch.operations):
            self._reset(batch)
            return []
        transaction, changes = self._tried(batch, now, validating=False)
        if not transaction.failures and not transaction.is_valid():
            transaction, changes = self._tried(batch, now, validating=True)
        if transaction.failures:
            raise BatchRefused(transaction.failures[0].errno, failures=tuple(transaction.failures))
        if batch.check:
            return []
        if transaction.changed if transaction.events is None else (transaction.events or transaction.quiet):
            self.commits += 1
            if transaction.events is not None:
                self._report(batch, placed(transaction.events, transaction.tables))
        self.tables = transaction.tables
        self.generation += 1
        if changes.operations:
            self.foreign_changed()
        return changes.operations

    def _report(self, batch: NftBatch, events: tuple[NftEvent, ...]) -> None:
        for listener in self.listeners:
            listener(NftChanges(events=events, generation=self.commits, by=batch.by, by_name=batch.by_name))

    def foreign_changed(self) -> None:
        """A table of iptables has changed."""
        self.commits += 1
        for listener in self.listeners:
            listener(None)

    def _tried(self, batch: NftBatch, now: int, *, validating: bool) -> tuple[NftTransaction, CompatChanges]:
        transaction = NftTransaction(self.tables, self.foreign.numbers, now, validating=validating)
        transaction.events = [] if self.listeners else None
        changes = CompatChanges(self.foreign)
        for number, operation in enumerate(batch.operations):
            table = changes.table_of(operation)
            if table is not None:
                transaction.attempt(number, functools.partial(changes.carry_out, table, operation))
                continue
            if isinstance(operation, NftDeleteTable) and operation.table is None and operation.handle is None:
                changes.delete_all(operation.family)
            transaction.execute(number, operation)
        return transaction, changes

    def check_foreign(self, operation: IptablesOperation) -> None:
        """NotModelled for an operation of iptables on a table that nft made."""
        singles = operation.operations if isinstance(operation, Batch) else (operation,)
        for single in singles:
            if (FOREIGN_FAMILIES[single.version], single.table) in self.tables:
                raise NotModelled(f"iptables: changing the table {single.table}, which nft made")

    # --- objects ----------------------------------------------------------------------------------------------------

    def _reset(self, batch: NftBatch) -> None:
        for number, operation in enumerate(batch.operations):
            assert isinstance(operation, NftResetObjects), "resetting changes no table, and so is no part of a batch"
            found = self.objects(operation)
            if operation.name is not None and not found:
                raise BatchRefused(Errno.ENOENT, failures=(ExtAck(number, Errno.ENOENT),))
            for one in found:
                one.reset()

    def objects(self, wanted: NftResetObjects) -> list[NftObject]:
        """The objects to reset, in the order of a listing."""
        return [
            found
            for table in self.tables.values()
            if wanted.family in (None, table.family) and wanted.table in (None, table.name)
            for (kind, name), found in table.objects.items()
            if kind == wanted.kind and wanted.name in (None, name)
        ]

    # --- hooks -----------------------------------------------------------------------------------------------------

    def base_chains(self, version: int, hook: str) -> list[tuple[NftTable, NftChain]]:
        """The base chains for packets of an IP `version` at a hook (prerouting, ...), in the order of their calls."""
        families = (FAMILIES[0] if version == 4 else FAMILIES[1], FAMILIES[2])
        found = [
            (table, chain)
            for table in self.tables.values()
            if table.family in families and not table.dormant
            for chain in table.chains.values()
            if chain.hook is not None and chain.hook.hook == hook
        ]
        return sorted(found, key=lambda pair: rank(pair[1]))

    def frame_chains(self) -> dict[tuple[str, str], list[tuple[NftTable, NftChain | NftFlowtable]]]:
        """The base chains for frames, and flowtables, in the order of their calls.

        By family and hook, or by hook and device.
        """
        found: dict[tuple[str, str], list[tuple[NftTable, NftChain | NftFlowtable]]] = {}
        for table in self.tables.values():
            for chain in table.chains.values():
                hook = chain.hook
                if hook is None or table.dormant:
                    continue
                keys = [(hook.hook, device) for device in hook.devices]
                if table.family in ("arp", "bridge"):
                    keys = [(table.family, hook.hook)]
                for key in keys:
                    found.setdefault(key, []).append((table, chain))
            for flowtable in () if table.dormant else table.flowtables.values():
                for device in flowtable.devices:
                    found.setdefault(("ingress", device), []).append((table, flowtable))
        return {key: sorted(pairs, key=lambda pair: rank(pair[1])) for key, pairs in found.items()}

    def tracks_frames(self) -> bool:
        """Whether a rule for bridges matches connections."""
        return any(
            validate.tracks(statement)
            for table in self.tables.values()
            if table.family == "bridge"
            for statement in validate.statements_of(table)
        )

    def needs_conntrack(self, version: int) -> bool:
        """Whether a rule matches connections or translates addresses."""
        families = (FAMILIES[0] if version == 4 else FAMILIES[1], FAMILIES[2], "bridge")
        return any(
            validate.tracks(statement)
            for table in self.tables.values()
            if table.family in families
            for chain in table.chains.values()
            for entry in chain.entries
            for statement in entry.rule.statements
        )


def rank(chain: NftChain | NftFlowtable) -> tuple[int, int]:
    """Of two chains with the same priority the one that came last is the first (nf_hook_entries_grow)."""
    if isinstance(chain, NftFlowtable):
        return chain.priority, -chain.registered
    assert chain.hook is not None
    return chain.hook.priority, -chain.registered
