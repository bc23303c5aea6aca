"""Deleting conntrack entries whose NAT is out of date.

NAT is decided once for a connection.  Entries from before a port was published, or of the previous owner of a
container's address, are stale and are deleted (libnetwork/iptables/conntrack.go, clearConntrackEntries of moby 28.5).
"""

from __future__ import annotations

from vnetsim.docker.libnetwork.network import NetworkEndpoint
from vnetsim.docker.libnetwork.nlwrap import EngineHost
from vnetsim.observations import ConnectionEntry
from vnetsim.operations import DeleteConnection
from vnetsim.protocols.conntrack import FlowTuple
from vnetsim.wire.inet import Address
from vnetsim.wire.ipv4 import UDP


def forget_connections(host: EngineHost, endpoint: NetworkEndpoint) -> None:
    """Delete the entries with a reply from or to the endpoint's addresses, and those to a published UDP port."""
    ports = {binding.host_port for binding in endpoint.bindings if binding.port.protocol == "udp"}
    for version in (4, 6):
        address = endpoint.address(version)

        def wanted(original: FlowTuple, reply: FlowTuple, address: Address | None = address) -> bool:
            about = address is not None and address in (reply.source, reply.destination)
            return about or (original.protocol == UDP and original.destination_port in ports)

        for entry in host.network.connections(version, wanted):
            _forget(host, entry)


def _forget(host: EngineHost, entry: ConnectionEntry) -> None:
    flow = entry.original
    host.try_execute(DeleteConnection(
        protocol=flow.protocol, source=flow.source, destination=flow.destination, source_port=flow.source_port,
        destination_port=flow.destination_port, by=host.pid, by_name="dockerd",
    ))  # fmt: skip
