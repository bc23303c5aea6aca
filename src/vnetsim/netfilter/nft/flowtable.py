"""Flowtables of a table (nf_tables_newflowtable, nf_tables_delflowtable of nf_tables_api.c)."""

from __future__ import annotations

import attrs

from vnetsim.errors import Errno
from vnetsim.netfilter.nft import operations as ops
from vnetsim.netfilter.nft.extack import HANDLE, OBJECT, OperationRefused
from vnetsim.netfilter.nft.numbers import Handles
from vnetsim.netfilter.nft.statement import FlowOffloadStmt
from vnetsim.netfilter.nft.tables import IP_FAMILIES, NftFlowtable, NftTable
from vnetsim.netfilter.nft.validate import statements_of


def add(table: NftTable, operation: ops.NftAddFlowtable, hooks: Handles) -> None:
    """A device belongs to one flowtable of a table."""
    known = table.flowtables.get(operation.name)
    if known is not None and operation.create:
        raise OperationRefused(Errno.EEXIST, OBJECT)
    if operation.family not in IP_FAMILIES:
        raise OperationRefused(Errno.ENOENT)
    handle = table.handles.next() if known is None else known.handle
    if operation.hook != "ingress" or (known is not None and known.priority != operation.priority):
        raise OperationRefused(Errno.EOPNOTSUPP)
    own = () if known is None else known.devices
    more = tuple(device for device in operation.devices if device not in own)
    others = (device for one in table.flowtables.values() if one is not known for device in one.devices)
    if len(set(more)) < len(more) or set(more) & set(others):
        raise OperationRefused(Errno.EEXIST)
    order = hooks.next() if known is None else known.registered
    table.flowtables[operation.name] = NftFlowtable(
        operation.name, handle, operation.priority, own + more, operation.counter, order
    )


def delete(table: NftTable, operation: ops.NftDeleteFlowtable) -> None:
    """The whole, or devices of it."""
    part = HANDLE if operation.name is None else OBJECT
    found = next(
        (one for one in table.flowtables.values() if operation.name == one.name or operation.handle == one.handle), None
    )
    if found is None:
        raise OperationRefused(Errno.ENOENT, part)
    if operation.devices:
        if not set(operation.devices) <= set(found.devices):
            raise OperationRefused(Errno.ENOENT)
        left = tuple(device for device in found.devices if device not in operation.devices)
        table.flowtables[found.name] = attrs.evolve(found, devices=left)
        return
    if any(isinstance(s, FlowOffloadStmt) and s.flowtable == found.name for s in statements_of(table)):
        raise OperationRefused(Errno.EBUSY, part)
    del table.flowtables[found.name]
