"""Dumps and changes of tracked connections by netlink (net/netfilter/nf_conntrack_netlink.c).

Not modelled: making and changing connections from outside, expectations, labels, filtered dumps.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vnetsim import observations
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.transport.sock import ReceiveQueue
from vnetsim.observations import ConnectionEntry, ConnectionEvent
from vnetsim.protocols.conntrack import FlowTuple, Zone
from vnetsim.protocols.jiffies import HZ, JIFFY

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.operations import DeleteConnection, FlushConnections
    from vnetsim.protocols.conntrack import ConnectionTable, NfConn


def dump_connections(
    namespace: NetworkNamespace, version: int, wanted: Callable[[FlowTuple, FlowTuple], bool] | None = None
) -> list[ConnectionEntry]:
    """Without expired ones; those whose tuples of both directions are `wanted`."""
    table = namespace.netfilter.connections(version).table
    if not table:
        return []
    table.expire(namespace.host.engine.now())
    # The program took longer than a tick to start, so that a timer that was just set shows less than its full time.
    return [
        _entry(namespace, version, connection, elapsed=1)
        for connection in table
        if wanted is None or wanted(connection.original, connection.reply)
    ]


def delete_connection(namespace: NetworkNamespace, operation: DeleteConnection) -> None:
    wanted = FlowTuple(
        operation.protocol, operation.source, operation.destination, operation.source_port, operation.destination_port
    )
    table = namespace.netfilter.connections(operation.source.version).table
    found = table.find(wanted, namespace.host.engine.now(), Zone(operation.zone, operation.zone_directions))
    if found is None:
        raise KernelError(Errno.ENOENT)
    _forget(namespace, table, found[0], operation)


def flush_connections(namespace: NetworkNamespace, operation: FlushConnections) -> None:
    for version in (4, 6) if operation.version is None else (operation.version,):
        table = namespace.netfilter.connections(version).table
        table.expire(namespace.host.engine.now())
        for connection in list(table):
            _forget(namespace, table, connection, operation)


def _forget(
    namespace: NetworkNamespace,
    table: ConnectionTable,
    connection: NfConn,
    operation: DeleteConnection | FlushConnections,
) -> None:
    for watch in namespace.netfilter.ct_listeners:
        watch.by = operation.by, operation.by_name
    table.forget(connection)
    for watch in namespace.netfilter.ct_listeners:
        watch.by = 0, ""


def _entry(namespace: NetworkNamespace, version: int, connection: NfConn, *, elapsed: int = 0) -> ConnectionEntry:
    done = {"SRC_NAT_DONE": "SNAT_DONE", "DST_NAT_DONE": "DNAT_DONE"}
    # With nat rules every connection is bound, if only to its own tuple.
    translates = "nat" in namespace.netfilter.rulesets[version].tables
    status = connection.status & {"SEEN_REPLY", "ASSURED"}
    status |= {"OFFLOAD"} if connection.offload is not None else set()
    status |= {name for name, own in done.items() if translates and own in connection.status}
    left = connection.deadline // JIFFY - namespace.host.engine.now() // JIFFY - elapsed
    return ConnectionEntry(
        id=zlib.crc32(f"{connection.created} {connection.original}".encode()),
        original=_flow(connection, 0),
        reply=_flow(connection, 1),
        state=None if connection.state is None or "OFFLOAD" in status else connection.state.value,
        status=frozenset(status),
        seconds=max(0, left // HZ),
        mark=connection.mark,
        zone=connection.zone.id,
        zone_directions=connection.zone.directions,
    )


def _flow(connection: NfConn, direction: int) -> observations.Flow:
    flow = connection.flow(direction)
    counted = connection.counted
    return observations.Flow(
        protocol=flow.protocol,
        source=flow.source,
        destination=flow.destination,
        source_port=flow.source_port,
        destination_port=flow.destination_port,
        packets=connection.packets[direction] if counted else None,
        bytes=connection.bytes[direction] if counted else None,
    )


class ConnectionEvents:
    """A socket of the groups NFNLGRP_CONNTRACK_NEW, _UPDATE and _DESTROY; `by` is the process that deletes now."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._namespace = namespace
        self._queue = ReceiveQueue(namespace.host.engine)
        self.by = 0, ""
        namespace.netfilter.ct_listeners += (self,)
        _listen(namespace)

    def saw(self, version: int, kind: str, connection: NfConn) -> None:
        namespace = self._namespace
        self._queue.put(ConnectionEvent(
            at=namespace.host.engine.now(), kind=kind, connection=_entry(namespace, version, connection),
            by=self.by[0], by_name=self.by[1],
        ))  # fmt: skip

    def receive(self, timeout: int | None = None) -> Any:
        return self._queue.get(timeout)

    def close(self) -> None:
        netfilter = self._namespace.netfilter
        netfilter.ct_listeners = tuple(known for known in netfilter.ct_listeners if known is not self)
        _listen(self._namespace)


def _listen(namespace: NetworkNamespace) -> None:
    """Connections report events as long as there is a listener."""
    for version in (4, 6):

        def tell(kind: str, connection: NfConn, version: int = version) -> None:
            for watch in namespace.netfilter.ct_listeners:
                watch.saw(version, kind, connection)

        table = namespace.netfilter.connections(version).table
        table.listener = tell if namespace.netfilter.ct_listeners else None
