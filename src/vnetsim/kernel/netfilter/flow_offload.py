"""Packets of established connections through all hooks of a host at once (net/netfilter/nf_flow_table_core.c, _ip.c).

As the flow table of Linux does at the ingress of a device: look up the connection, translate, send.  Which counters of
rules a packet adds to, is recorded as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vnetsim.clock import SECOND
from vnetsim.engine import HOP_NS
from vnetsim.kernel.netdev.flow_path import FlowPath, Hop, RecordedHop
from vnetsim.kernel.netfilter.flow_entry import FlowEntry
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.netfilter.flow_entry import FlowTable
    from vnetsim.protocols.conntrack import ConnectionTable


class OffloadedHop(RecordedHop):
    """One direction of a connection (struct flow_offload_tuple); `hops` is by how much the TTL falls.

    `lifetime` is how long a packet keeps the connection, once that does not change any more.
    """

    __slots__ = ("device", "entry", "from_address", "from_port", "hops", "ingress", "lifetime", "neighbour",
                 "to_address", "to_port")  # fmt: skip

    def __init__(self, path: FlowPath, packet: Packet, peer: Device) -> None:
        super().__init__(path, peer)
        before, header = path.frame.payload, packet.payload
        assert isinstance(before, Packet)
        assert isinstance(header, (Udp, Tcp))
        self.ingress, self.hops = path.ingress, before.ttl - packet.ttl
        self.from_address, self.to_address = packet.source, packet.destination
        self.from_port, self.to_port = header.source_port, header.destination_port
        self.entry = FlowEntry((counted for flow in path.flows for counted in flow.counted), None)
        self.device: Any = None if path.route is None else path.route.device
        self.neighbour = None if path.route is None else path.route.neighbour
        self.lifetime = 0

    def translated(self, packet: Packet) -> Packet:
        header: Any = packet.payload
        if header.source_port != self.from_port or header.destination_port != self.to_port:
            header = _with_ports(header, self.from_port, self.to_port)
        return Packet(
            self.from_address, self.to_address, packet.protocol, header, packet.ttl - self.hops, packet.identification,
            packet.dont_fragment, packet.more_fragments, packet.fragment_offset, packet.tos, packet.options,
            packet.length,
        )  # fmt: skip


def _with_ports(header: Udp | Tcp, source: int, destination: int) -> Udp | Tcp:
    if isinstance(header, Udp):
        return Udp(source, destination, header.data, header.length)
    return Tcp(
        source, destination, header.sequence, header.acknowledgement, header.flags, header.window, header.options,
        header.data, header.urgent, header.length,
    )  # fmt: skip


class FlowOffload:
    """The ingress hook of a flow table, for what arrives from one hop (nf_flow_offload_ip_hook)."""

    __slots__ = ("connections", "flows", "ingress", "previous")

    def __init__(self, path: FlowPath) -> None:
        assert path.previous is not None
        self.previous, self.ingress = path.previous, path.ingress
        self.connections: ConnectionTable = path.hooks.connections.table
        self.flows: FlowTable = path.hooks.flows

    def replay(self, skb: Skb) -> None:
        packet = skb.frame.payload
        if type(packet) is Packet:
            softirq = self.previous.peer.softirq
            connection, direction = self.connections.ordinary(packet, softirq.instant)
            if connection is not None:
                hop = connection.flow_entries.get(direction)
                if hop is not None and self._send(skb, packet, connection, direction, hop):
                    return
        self.previous.unrecorded(skb)

    def _send(self, skb: Skb, packet: Packet, connection: Any, direction: int, hop: OffloadedHop) -> bool:
        frame, softirq, neighbour, size = skb.frame, hop.softirq, hop.neighbour, packet.length
        now, length = softirq.instant, 14 + size
        if (
            hop.generation != softirq.generation
            or hop.ingress is not self.ingress
            or frame.destination is not hop.destination
            or frame.source is not hop.source
            or packet.ttl <= hop.hops
            or packet.tos
            or packet.options
            or length > hop.longest
            or (neighbour is not None and not neighbour.ready)
            or not hop.pass_bridges(now, frame.length, length)
        ):
            return False
        if hop.lifetime:
            connection.packets[direction] += 1
            connection.bytes[direction] += size
            connection.deadline = now + hop.lifetime
        else:
            self.connections.go_on(connection, direction, size, now)
            if connection.status >= _FINAL:
                hop.lifetime = connection.seconds_left * SECOND
        entry = hop.entry
        if not entry.packets:
            self.flows.open(entry)
        entry.packets += 1
        entry.bytes += size
        egress = hop.egress
        egress.tx_packets += 1
        egress.tx_bytes += length
        if neighbour is not None:
            skb.frame = Frame(neighbour.mac, hop.device.mac, IPV4, hop.translated(packet), length)
        if softirq.backlog:
            hop.congested(skb)
        else:
            softirq.backlog.append((now + HOP_NS, hop.arrive, skb))
        return True


#: A connection with both lasts as long after each packet.
_FINAL = frozenset({"SEEN_REPLY", "ASSURED"})


def offloaded(path: FlowPath, skb: Skb, peer: Device) -> Hop | None:
    """FlowPath.record of a packet whose outcome at all hooks was cached."""
    packet, connection, before = skb.frame.payload, skb.connection, path.frame.payload
    if (
        not isinstance(packet, Packet)
        or not isinstance(before, Packet)
        or not isinstance(packet.payload, (Udp, Tcp))
        or packet.tos
        or packet.options
        or path.previous is None
        or connection is None
    ):
        return None
    if path.route is None and (packet is not before or path.looked_up is None):
        return None
    hop = OffloadedHop(path, packet, peer)
    connection.flow_entries[skb.direction] = hop
    path.previous.arrive = FlowOffload(path).replay
    return hop
