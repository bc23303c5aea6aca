"""Tracked packets through all hooks of a host at once (net/netfilter/nf_flow_table_core.c, nf_flow_table_ip.c).

As the flow table of Linux does at the ingress of a device: look up the connection, translate, send.  What is recorded
of a walk besides the way is which counters it added to.  That is known for the next packet of a connection if the rules
on the way matched only what such packets have in common (`FlowEntry`).  It is known for packets of other connections
between the same addresses, also for the first ones, if the rules did not read the port of the client (compare the
megaflows of Open vSwitch).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final

from vnetsim.clock import SECOND
from vnetsim.engine import HOP_NS
from vnetsim.kernel.netdev.flow_path import FlowHop, FlowPath, RecordedHop
from vnetsim.kernel.netfilter.flow_entry import FlowEntry
from vnetsim.netfilter.packet import port_keys
from vnetsim.netfilter.verdicts import DnatVerdict, RedirectVerdict
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.netfilter.conntrack import Connections
    from vnetsim.kernel.netfilter.flow_entry import FlowTable
    from vnetsim.protocols.conntrack import ConnectionTable, FlowTuple, NfConn

#: How many classes of packets an ingress keeps, before it begins anew.
_MOST_CLASSES: Final = 10_000
#: In the place of a direction: the first packet of a connection, to whose ends the nat rules are bound.
_NEW: Final = 2
_BINDINGS: Final = 2


class OffloadedHop(RecordedHop):
    """The way of tracked packets through all hooks; `hops` is by how much the TTL falls.

    `bound` are the verdicts of the nat rules for a new connection, with hook and devices.
    """

    __slots__ = ("bound", "device", "entry", "hops", "ingress", "neighbour")

    def __init__(self, path: FlowPath, packet: Packet, peer: Device) -> None:
        super().__init__(path, peer)
        before = path.frame.payload
        assert isinstance(before, Packet)
        self.ingress, self.hops, self.bound = path.ingress, before.ttl - packet.ttl, path.bound
        counted = [counted for flow in path.flows for counted in flow.counted]
        counted += [counted for _, outcome in path.outcomes for counted in outcome.counted]
        self.entry = FlowEntry(counted, None)
        self.device: Any = None if path.route is None else path.route.device
        self.neighbour: Any = None if path.route is None else path.route.neighbour

    def takes(self, frame: Frame, packet: Packet, ingress: Device | None, now: int) -> bool:
        """Whether a packet may go this way."""
        neighbour = self.neighbour
        return (
            self.generation == self.softirq.generation
            and self.ingress is ingress
            and frame.destination is self.destination
            and frame.source is self.source
            and packet.ttl > self.hops
            and not packet.tos
            and not packet.options
            and 14 + packet.length <= self.longest
            and (neighbour is None or neighbour.ready)
            and ((self.learned is None and self.sent_to is None) or self.bridges_know(now))
        )


class Offloaded:
    """One direction of a connection (struct flow_offload_tuple): its way, and what its packets become.

    `lifetime` is how long a packet keeps the connection, which stays so until `unchanged_until`.
    """

    __slots__ = ("from_address", "from_port", "hop", "lifetime", "to_address", "to_port", "unchanged_until")

    def __init__(self, hop: OffloadedHop, target: FlowTuple) -> None:
        self.hop, self.lifetime, self.unchanged_until = hop, 0, -1
        _, self.from_address, self.to_address, self.from_port, self.to_port = target

    def is_of(self, packet: Packet) -> bool:
        """Whether its addresses and ports are right already."""
        header: Any = packet.payload
        ports = header.source_port == self.from_port and header.destination_port == self.to_port
        return ports and packet.source == self.from_address and packet.destination == self.to_address

    def translated(self, packet: Packet) -> Packet:
        header: Any = packet.payload
        if header.source_port != self.from_port or header.destination_port != self.to_port:
            header = _with_ports(header, self.from_port, self.to_port)
        return Packet(
            self.from_address, self.to_address, packet.protocol, header, packet.ttl - self.hop.hops,  # type: ignore[arg-type]
            packet.identification, packet.dont_fragment, packet.more_fragments, packet.fragment_offset, packet.tos,
            packet.options, packet.length,
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

    __slots__ = ("_classes", "_connections", "_flows", "_ingress", "_previous", "_softirq", "_table")

    def __init__(self, path: FlowPath, previous: FlowHop) -> None:
        self._previous, self._ingress = previous, path.ingress
        self._connections: Connections = path.hooks.connections
        self._table: ConnectionTable = self._connections.table
        self._flows: FlowTable = path.hooks.flows
        self._softirq = previous.peer.softirq
        self._classes: dict[Hashable, OffloadedHop] = {}

    def add(self, key: Hashable, hop: OffloadedHop) -> None:
        if len(self._classes) >= _MOST_CLASSES:
            self._classes.clear()
        self._classes[key] = hop

    def replay(self, skb: Skb) -> None:
        packet = skb.frame.payload
        if type(packet) is not Packet or not self._offload(skb, packet):
            self._previous.unrecorded(skb)

    def _offload(self, skb: Skb, packet: Packet) -> bool:
        softirq, frame, size = self._softirq, skb.frame, packet.length
        now = softirq.instant
        connection, direction = self._table.ordinary(packet, now)
        if connection is None:
            return self._begin(skb, packet, now)
        flow = connection.flow_entries.get(direction)
        if flow is None or flow.hop.generation != softirq.generation:
            flow = self._flow(packet, connection, direction)
        if flow is None or not flow.hop.takes(frame, packet, self._ingress, now):
            return False
        if now <= flow.unchanged_until:
            connection.packets[direction] += 1
            connection.bytes[direction] += size
            connection.deadline = now + flow.lifetime
        else:
            self._table.go_on(connection, direction, size, now)
            flow.lifetime = connection.seconds_left * SECOND
            flow.unchanged_until = self._table.unchanged_until(connection)
        self._enter(skb, flow.hop, packet, now)
        self._leave(skb, packet, flow, now)
        return True

    def _flow(self, packet: Packet, connection: NfConn, direction: int) -> Offloaded | None:
        """What is known of other connections between the same addresses."""
        if not isinstance(packet.payload, (Udp, Tcp)):
            return None
        target = connection.flow(1 - direction).inverse()
        hop = self._classes.get(_class(packet, target, direction))
        if hop is None:
            return None
        flow = Offloaded(hop, target)
        if connection.packets[direction]:
            connection.flow_entries[direction] = flow
        return flow

    def _begin(self, skb: Skb, packet: Packet, now: int) -> bool:
        """The first packet of a connection, of a known class: bind and confirm it."""
        header = packet.payload
        if not isinstance(header, (Udp, Tcp)):
            return False
        hop = self._classes.get((_NEW, packet.source, packet.destination, packet.protocol, header.destination_port))
        if hop is None:
            return False
        connection = self._table.begin(packet, now)
        if connection is None or not hop.takes(skb.frame, packet, self._ingress, now):
            return False
        self._enter(skb, hop, packet, now)
        setup = self._connections.nat.setup
        # Without a free port the packet is dropped in POSTROUTING; _is_class sees to it that there is one before.
        if all(setup(connection, *binding) for binding in hop.bound):
            skb.connection = connection
            if self._connections.confirm(skb):
                self._leave(skb, packet, Offloaded(hop, connection.reply.inverse()), now)
            skb.connection, skb.direction = None, 0
        return True

    def _enter(self, skb: Skb, hop: OffloadedHop, packet: Packet, now: int) -> None:
        """The counters of all hooks, and the bridge before them."""
        entry = hop.entry
        if not entry.packets:
            self._flows.open(entry)
        entry.packets += 1
        entry.bytes += packet.length
        if hop.learned is not None:
            hop.enter_bridge(now, skb.frame.length)

    def _leave(self, skb: Skb, packet: Packet, flow: Offloaded, now: int) -> None:
        hop, frame, length = flow.hop, skb.frame, 14 + packet.length
        egress = hop.egress
        egress.tx_packets += 1
        egress.tx_bytes += length
        if hop.sent_to is not None:
            hop.leave_bridge(now, length)
        if hop.neighbour is not None:
            skb.frame = Frame(hop.neighbour.mac, hop.device.mac, IPV4, flow.translated(packet), length)
        elif not flow.is_of(packet):
            skb.frame = Frame(frame.destination, frame.source, IPV4, flow.translated(packet), length)
        softirq = self._softirq
        if softirq.backlog:
            hop.congested(skb)
        else:
            softirq.backlog.append((now + HOP_NS, hop.arrive, skb))


def _class(packet: Packet, target: FlowTuple, direction: int) -> Hashable:
    """All packets of established connections that differ in nothing but the port of the client."""
    header: Any = packet.payload
    ends = direction, packet.source, packet.destination, packet.protocol, target.source, target.destination
    if direction:
        return *ends, header.source_port, target.source_port
    return *ends, header.destination_port, target.destination_port


def offloaded(path: FlowPath, skb: Skb, peer: Device) -> FlowHop | None:
    """FlowPath.record of a packet that netfilter tracked."""
    packet, connection, before, previous = skb.frame.payload, skb.connection, path.frame.payload, path.previous
    if (
        not isinstance(packet, Packet)
        or not isinstance(before, Packet)
        or not isinstance(before.payload, (Udp, Tcp))
        or packet.tos
        or packet.options
        or previous is None
        or connection is None
        or skb.ctstate not in ("NEW", "ESTABLISHED")
        or (path.route is None and (packet is not before or path.looked_up is None))
    ):
        return None
    hop = OffloadedHop(path, packet, peer)
    offload = getattr(previous.arrive, "__self__", None)
    if not isinstance(offload, FlowOffload):
        offload = FlowOffload(path, previous)
        previous.arrive = offload.replay
    direction, target = skb.direction, connection.flow(1 - skb.direction).inverse()
    if path.flows and not path.outcomes:
        connection.flow_entries[direction] = Offloaded(hop, target)
    elif not path.flows and _is_class(path, direction):
        if skb.ctstate == "ESTABLISHED":
            offload.add(_class(before, target, direction), hop)
        elif connection.packets == [1, 0] and len(path.bound) == _BINDINGS:
            port = before.payload.destination_port
            offload.add((_NEW, before.source, before.destination, before.protocol, port), hop)
    else:
        return None
    return hop


def _is_class(path: FlowPath, direction: int) -> bool:
    """Whether what the rules did does not depend on the port of the client."""
    client = "destination_port" if direction else "source_port"
    for _, outcome in path.outcomes:
        ports = None if outcome.match_keys is None else port_keys(outcome.match_keys)
        if ports is None or client in ports:
            return False
    return not any(
        isinstance(verdict, (DnatVerdict, RedirectVerdict)) and verdict.ports is not None
        and verdict.ports.first != verdict.ports.last
        for _, verdict, _, _ in path.bound
    )  # fmt: skip
