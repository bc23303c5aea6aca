"""Connections that exist: the one that a question is about.

It is found by the namespace of its sender and by whom it is connected to, as `ss` shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.errors import UsageError
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.kernel.transport.tcp_endpoint import TcpEndpoint
    from vnetsim.process.network import Network
    from vnetsim.reach.endpoints.probe import Probe

#: The state in ss of a connection of which one side has sent FIN (RFC 9293, 3.6).
HALF_CLOSED: Final = {
    "FIN-WAIT-1": "this side has closed it",
    "FIN-WAIT-2": "this side has closed it, the other has not",
    "CLOSE-WAIT": "the other side has closed it, this one has not",
    "LAST-ACK": "both sides have closed it",
    "CLOSING": "both sides have closed it",
    "TIME-WAIT": "both sides have closed it",
}


def find_connection(network: Network, address: Address, probe: Probe) -> TcpEndpoint:
    """The sender's connection to an address and port; UsageError if there is none, or more than one."""
    known = _connections(network)
    found = [each for each in known if each.key[2:] == (address, probe.port) and probe.source_port in (0, each.key[1])]
    if not found:
        others = ", ".join(_shown(each) for each in known) or "none at all"
        raise UsageError(f"there is no TCP connection to {end_text(address, probe.port)} here; there are: {others}")
    if len(found) > 1:
        raise UsageError(f"{' or '.join(_shown(each) for each in found)}: say which, like sport={found[0].key[1]}")
    return found[0]


def connected(network: Network, addresses: Sequence[Address], probe: Probe) -> Address:
    """To which of these addresses the sender is connected; UsageError if to none."""
    known = {each.key[2] for each in _connections(network) if each.key[3] == probe.port}
    address = next((each for each in addresses if each in known), addresses[0])
    return find_connection(network, address, probe).key[2]


def connection_text(network: Network, address: Address, probe: Probe) -> str:
    """State and ends of a connection, and what its state means where one side has closed it."""
    found = find_connection(network, address, probe)
    meaning = HALF_CLOSED.get(found.connection.state.value)
    return f"{_shown(found)}{f' ({meaning})' if meaning else ''}"


def _connections(network: Network) -> list[TcpEndpoint]:
    return list(network.namespace.tcp.connections.values())  # type: ignore[attr-defined]


def _shown(endpoint: TcpEndpoint) -> str:
    local, port, remote, remote_port = endpoint.key
    return f"{endpoint.connection.state.value} {end_text(local, port)} > {end_text(remote, remote_port)}"


def end_text(address: Address, port: int) -> str:
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
