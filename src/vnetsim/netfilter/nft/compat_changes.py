"""What a batch of nft's does to the tables of iptables: it may only delete.

Not modelled: adding to them, and renaming.
"""

from __future__ import annotations

import attrs

from vnetsim.errors import Errno, NotModelled
from vnetsim.netfilter import operations as iptables
from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft.compat import VERSIONS, CompatTable, CompatTables
from vnetsim.netfilter.nft.extack import CHAIN, HANDLE, OBJECT, SET, TABLE, OperationRefused
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.values import define


@define(eq=False)
class CompatChanges:
    """`operations` are those of iptables that the batch comes to."""

    foreign: CompatTables
    operations: list[iptables.IptablesOperation] = attrs.field(factory=list)
    _gone: set[TableKey] = attrs.field(factory=set)

    def table_of(self, operation: ops.NftOperation) -> CompatTable | None:
        """The table of iptables that an operation is about."""
        if isinstance(operation, ops.NftDeleteTable):
            return self._deleted(operation)
        if not isinstance(operation, ops.NftTableOperation):
            return None
        found = self.foreign.tables.get((operation.family, operation.table))
        return None if found is None or found.key in self._gone else found

    def _deleted(self, operation: ops.NftDeleteTable) -> CompatTable | None:
        for table in self._left():
            by_name = operation.table is not None and operation.table == table.table.name
            by_handle = operation.handle is not None and operation.handle == table.handle
            if table.family == operation.family and (by_name or by_handle):
                return table
        return None

    def _left(self) -> list[CompatTable]:
        return [table for table in self.foreign.tables.values() if table.key not in self._gone]

    def delete_all(self, family: str | None) -> None:
        """`flush ruleset`"""
        for table in self._left():
            if family in (None, table.family):
                self._delete(table)

    def _delete(self, table: CompatTable) -> None:
        self._gone.add(table.key)
        self._add(iptables.DeleteTable(table=table.table.name, version=VERSIONS[table.family]))

    def _add(self, operation: iptables.IptablesOperation) -> None:
        self.operations.append(operation)

    def carry_out(self, table: CompatTable, operation: ops.NftOperation) -> None:
        """OperationRefused as the kernel refuses it."""
        match operation:
            case ops.NftAddTable():
                if operation.create:
                    raise OperationRefused(Errno.EEXIST, TABLE)
            case ops.NftDeleteTable():
                self._delete(table)
            case ops.NftDeleteRule():
                self._delete_rules(table, operation)
            case ops.NftDeleteChain():
                self._delete_chain(table, operation)
            case ops.NftDeleteSet() | ops.NftFlushSet():
                raise OperationRefused(Errno.ENOENT, SET)
            case ops.NftDeleteObject():
                raise OperationRefused(Errno.ENOENT, OBJECT)
            case _:
                raise NotModelled(f"nft: changing the table {table.family} {table.table.name}, which iptables made")

    def _delete_rules(self, table: CompatTable, operation: ops.NftDeleteRule) -> None:
        name, version = table.table.name, VERSIONS[table.family]
        if operation.chain is None:
            self._add(iptables.Flush(table=name, version=version))
            return
        chain = table.chains.get(operation.chain)
        if chain is None:
            raise OperationRefused(Errno.ENOENT, CHAIN)
        if operation.handle is None:
            self._add(iptables.Flush(table=name, version=version, chain=operation.chain))
            return
        if operation.handle not in chain.handles:
            raise OperationRefused(Errno.ENOENT, HANDLE)
        number = chain.handles.index(operation.handle) + 1
        self._add(iptables.DeleteRule(table=name, version=version, chain=operation.chain, number=number))

    def _delete_chain(self, table: CompatTable, operation: ops.NftDeleteChain) -> None:
        part = CHAIN if operation.chain is not None else HANDLE
        name = operation.chain
        if name is None:
            name = next((n for n, chain in table.chains.items() if chain.handle == operation.handle), None)
        if name is None or name not in table.chains:
            raise OperationRefused(Errno.ENOENT, part)
        if table.table.references(name):
            raise OperationRefused(Errno.EBUSY, part)
        if table.chains[name].chain.policy is not None:
            raise NotModelled(f"nft: deleting the chain {name}, which iptables made")
        version = VERSIONS[table.family]
        self._add(iptables.Flush(chain=name, table=table.table.name, version=version))
        self._add(iptables.DeleteChain(chain=name, table=table.table.name, version=version))
