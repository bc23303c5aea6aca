"""Flows that exist: the connection that a question is about, and what the hosts on its way remember of it.

A connection is found by the namespace of its sender and by whom it is connected to, as `ss` shows it; an entry of
connection tracking by the ends of the packet as it came to that host, as `conntrack -L` shows it.

Not modelled: expectations, and flows that only one of the two hosts still knows of by its program.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.errors import UsageError
from vnetsim.observations import ConnectionEntry, Flow
from vnetsim.wire.inet import Address
from vnetsim.wire.tcp import PROTOCOL as TCP_NUMBER

if TYPE_CHECKING:
    from vnetsim.kernel.transport.tcp_endpoint import Endpoint as TcpEndpoint
    from vnetsim.process import Network
    from vnetsim.reach.crossing import Crossing
    from vnetsim.reach.endpoints import Probe

#: What ss calls a connection of which one side has said that it sends no more (RFC 9293, 3.6).
HALF_CLOSED: Final = {
    "FIN-WAIT-1": "this side has closed it", "FIN-WAIT-2": "this side has closed it, the other has not",
    "CLOSE-WAIT": "the other side has closed it, this one has not", "LAST-ACK": "both sides have closed it",
    "CLOSING": "both sides have closed it", "TIME-WAIT": "both sides have closed it",
}  # fmt: skip


def find_connection(network: Network, address: Address, probe: Probe) -> TcpEndpoint:
    """The sender's connection to an address and port; UsageError if there is none, or more than one."""
    known = _connections(network)
    found = [
        each for each in known
        if each.key[2:] == (address, probe.port) and probe.source_port in (0, each.key[1])
    ]  # fmt: skip
    if not found:
        others = ", ".join(_shown(each) for each in known) or "none at all"
        raise UsageError(f"there is no TCP connection to {_end(address, probe.port)} here; there are: {others}")
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


@attrs.frozen(kw_only=True)
class Remembered:
    """What a host remembers of a flow; `text` as conntrack(8) writes it, `translated` if it gives it another end."""

    namespace: str
    text: str
    entry: ConnectionEntry
    translated: bool


def remembered(crossing: Crossing) -> Iterator[Remembered]:
    """The entries of one host for the packet that came to it, in either direction."""
    packet = crossing.came
    for entry in crossing.place.network.connections(packet.source.version):
        if _is_of(entry.original, packet) or _is_of(entry.reply, packet):
            yield Remembered(
                namespace=crossing.place.label, text=_text(entry), entry=entry, translated=_is_translated(entry)
            )


def _is_of(flow: Flow, packet: Any) -> bool:
    ports = getattr(packet.payload, "source_port", 0), getattr(packet.payload, "destination_port", 0)
    ends = packet.source, packet.destination
    return (flow.source, flow.destination) == ends and (flow.source_port, flow.destination_port) == ports


def _is_translated(entry: ConnectionEntry) -> bool:
    there, back = entry.original, entry.reply
    return (there.source, there.source_port, there.destination, there.destination_port) != (
        back.destination, back.destination_port, back.source, back.source_port,
    )  # fmt: skip


def _text(entry: ConnectionEntry) -> str:
    kind = "tcp" if entry.original.protocol == TCP_NUMBER else "udp"
    state = f" {entry.state}" if entry.state else ""
    there = f"{_end(entry.original.source, entry.original.source_port)} > "
    there += _end(entry.original.destination, entry.original.destination_port)
    back = f"{_end(entry.reply.source, entry.reply.source_port)} > "
    back += _end(entry.reply.destination, entry.reply.destination_port)
    answered = "" if "SEEN_REPLY" in entry.status else " [UNREPLIED]"
    return f"{kind}{state} {there}, answers {back}{answered}, {entry.seconds} s left"


def _shown(endpoint: TcpEndpoint) -> str:
    local, port, remote, remote_port = endpoint.key
    return f"{endpoint.connection.state.value} {_end(local, port)} > {_end(remote, remote_port)}"


def _end(address: Address, port: int) -> str:
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
