"""Tracked packets through all hooks of a host at once (net/netfilter/nf_flow_table_core.c, nf_flow_table_ip.c).

As the flow table of Linux does at the ingress of a device: look up the connection, translate, send.  What is recorded
of a walk besides the way is which counters it added to.  That is known for the next packet of a connection if the rules
on the way matched only what such packets have in common (`FlowEntry`).  It is known for packets of other connections
between the same addresses, also for the first ones, if the rules did not read the port of the client (compare the
megaflows of Open vSwitch).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Final

from vnetsim.clock import SECOND
from vnetsim.kernel.netdev.flow_path import FlowHop, FlowPath, RecordedHop
from vnetsim.kernel.netfilter.flow_entry import FlowEntry
from vnetsim.kernel.netfilter.nat_core import alike, chooses_port
from vnetsim.netfilter.packet import port_keys
from vnetsim.protocols.conntrack import FlowTuple
from vnetsim.wire.ethernet import HEADER_LENGTH, IPV4, Frame
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.flow_path import FlowStep
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.netfilter.conntrack import Connections
    from vnetsim.kernel.netfilter.flow_entry import FlowTable
    from vnetsim.protocols.conntrack import AlikeConnections, ConnectionTable, NfConn

#: How many classes of packets an ingress keeps, before it begins anew.
_MOST_CLASSES: Final = 10_000
#: In the place of a direction: the first packet of a connection, to whose ends the nat rules are bound.
_NEW: Final = 2
_BINDINGS: Final = 2


class OffloadedHop(RecordedHop):
    """The way of tracked packets through all hooks; `hops` is by how much the TTL falls.

    `bound` are the verdicts of the nat rules for a new connection, with hook and devices, and `alike` what they make of
    most connections.
    """

    __slots__ = ("alike", "bound", "entry", "flows", "hops", "ingress")

    def __init__(self, path: FlowPath, packet: Packet, peer: Device) -> None:
        super().__init__(path, peer)
        before = path.frame.payload
        assert isinstance(before, Packet)
        self.ingress, self.hops, self.bound = path.ingress, before.ttl - packet.ttl, path.bound
        counted = [counted for flow in path.flows for counted in flow.counted]
        counted += [counted for _, outcome in path.outcomes for counted in outcome.counted]
        self.entry = FlowEntry(counted, None)
        self.flows: FlowTable = path.hooks.flows
        self.alike: AlikeConnections | None = None

    def takes(self, frame: Frame, packet: Packet, ingress: Device | None) -> bool:
        """Whether it is for a packet, if that fits."""
        return (
            self.generation == self.softirq.generation
            and self.ingress is ingress
            and frame.destination is self.destination
            and frame.source is self.source
            and packet.ttl > self.hops
            and not packet.tos
            and not packet.options
            and 14 + packet.length == frame.length <= self.longest
        )

    def entered(self, now: int, length: int) -> None:
        """The counters of all hooks too."""
        entry = self.entry
        if not entry.packets:
            self.flows.open(entry)
        entry.packets += 1
        entry.bytes += length - HEADER_LENGTH
        RecordedHop.entered(self, now, length)

    def passed(self, now: int, length: int) -> None:
        if self.learned is None:
            self.entered(now, length)
        RecordedHop.passed(self, now, length)

    def sent(self, frame: Frame, packet: Packet, answers: FlowTuple) -> Frame:
        """As it leaves, if what answers it is `answers`."""
        if self.neighbour is not None:
            return Frame(self.station, self.device.mac, IPV4, self.translated(packet, answers), frame.length)
        if FlowTuple.of(packet) == answers.inverse():
            return frame
        return Frame(frame.destination, frame.source, IPV4, self.translated(packet, answers), frame.length)

    def translated(self, packet: Packet, answers: FlowTuple) -> Packet:
        header: Any = packet.payload
        _, to_address, from_address, to_port, from_port = answers
        if header.source_port != from_port or header.destination_port != to_port:
            header = with_ports(header, from_port, to_port)
        return Packet(
            from_address, to_address, packet.protocol, header, packet.ttl - self.hops,  # type: ignore[arg-type]
            packet.identification, packet.dont_fragment, packet.more_fragments, packet.fragment_offset, packet.tos,
            packet.options, packet.length,
        )  # fmt: skip


class Offloaded:
    """One direction of a connection (struct flow_offload_tuple): its hop, and the flow of the `answers` to its packets.

    `lifetime` is how long a packet keeps the connection, which stays so until `unchanged_until`.
    """

    __slots__ = ("_connection", "_direction", "_table", "answers", "hop", "lifetime", "unchanged_until")

    def __init__(self, hop: OffloadedHop, table: ConnectionTable, connection: NfConn, direction: int) -> None:
        self.hop, self.lifetime, self.unchanged_until = hop, 0, -1
        self._table, self._connection, self._direction = table, connection, direction
        self.answers = connection.flow(1 - direction)

    @property
    def longest(self) -> int:
        return self.hop.longest

    @property
    def arrive(self) -> Callable[[Skb], None]:
        return self.hop.arrive

    def fits(self, now: int) -> bool:
        """Whether nothing of the connection changes but its counters and its deadline, either."""
        connection = self._connection
        return (
            now <= self.unchanged_until
            and now < connection.deadline
            and not connection.dying
            and self._table.listener is None
            and self.hop.fits(now)
        )

    def passed(self, now: int, length: int) -> None:
        connection, direction = self._connection, self._direction
        connection.packets[direction] += 1
        connection.bytes[direction] += length - HEADER_LENGTH
        connection.deadline = now + self.lifetime
        self.hop.passed(now, length)

    def go_on(self, now: int, length: int) -> None:
        """The same for a packet that may change the connection."""
        connection = self._connection
        self._table.go_on(connection, self._direction, length - HEADER_LENGTH, now)
        self.lifetime = connection.seconds_left * SECOND
        self.unchanged_until = self._table.unchanged_until(connection)
        self.hop.passed(now, length)


def with_ports(header: Udp | Tcp, source: int, destination: int) -> Udp | Tcp:
    if isinstance(header, Udp):
        return Udp(source, destination, header.data, header.length)
    return Tcp(
        source, destination, header.sequence, header.acknowledgement, header.flags, header.window, header.options,
        header.data, header.urgent, header.length,
    )  # fmt: skip


class FlowOffload:
    """The ingress hook of a flow table, for what arrives from one hop (nf_flow_offload_ip_hook)."""

    __slots__ = ("_classes", "_connections", "_ingress", "_previous", "_softirq", "table")

    def __init__(self, path: FlowPath, previous: FlowHop) -> None:
        self._previous, self._ingress = previous, path.ingress
        self._connections: Connections = path.hooks.connections
        self.table: ConnectionTable = self._connections.table
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
        frame, now = skb.frame, self._softirq.instant
        connection, direction = self.table.ordinary(packet, now)
        if connection is None:
            return self._begin(skb, packet, now)
        flow = self._flow(packet, connection, direction)
        if flow is None or not flow.hop.takes(frame, packet, self._ingress):
            return False
        if flow.fits(now):
            flow.passed(now, frame.length)
        elif flow.hop.fits(now):
            flow.go_on(now, frame.length)
        else:
            return False
        skb.frame = flow.hop.sent(frame, packet, flow.answers)
        flow.hop.leave(skb)
        return True

    def step(self, frame: Frame) -> tuple[FlowStep, Frame] | None:
        packet = frame.payload
        if type(packet) is not Packet:
            return None
        connection, direction = self.table.ordinary(packet, self._softirq.instant)
        flow = None if connection is None else connection.flow_entries.get(direction)
        if flow is None or not flow.hop.takes(frame, packet, self._ingress):
            return None
        return flow, flow.hop.sent(frame, packet, flow.answers)

    def _flow(self, packet: Packet, connection: NfConn, direction: int) -> Offloaded | None:
        """That of the connection, or what is known of others between the same addresses."""
        flow: Offloaded | None = connection.flow_entries.get(direction)
        if flow is not None and flow.hop.generation == self._softirq.generation:
            return flow
        if not isinstance(packet.payload, (Udp, Tcp)):
            return None
        hop = self._classes.get(_class(packet, connection.flow(1 - direction), direction))
        if hop is None:
            return None
        flow = Offloaded(hop, self.table, connection, direction)
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
        frame, like = skb.frame, hop.alike
        if not hop.takes(frame, packet, self._ingress) or not hop.fits(now):
            return False
        connection = None if like is None else self._connections.nat.begin_like(like, packet, now)
        if connection is None:
            connection = self.table.begin(packet, now)
            if connection is None:
                return False
            if not self._bind(hop, skb, connection):
                hop.entered(now, frame.length)
                return True
        hop.passed(now, frame.length)
        skb.frame = hop.sent(frame, packet, connection.reply)
        hop.leave(skb)
        return True

    def _bind(self, hop: OffloadedHop, skb: Skb, connection: NfConn) -> bool:
        """Translate and confirm a new connection; without a free port its packet is dropped in POSTROUTING."""
        setup = self._connections.nat.setup
        skb.connection = connection
        confirmed = all(setup(connection, *binding) for binding in hop.bound) and self._connections.confirm(skb)
        skb.connection, skb.direction = None, 0
        return confirmed


def _class(packet: Packet, answers: FlowTuple, direction: int) -> Hashable:
    """All packets of established connections that differ in nothing but the port of the client."""
    header: Any = packet.payload
    protocol, to_address, from_address, to_port, from_port = answers
    ports = (header.source_port, from_port) if direction else (header.destination_port, to_port)
    return direction, packet.source, packet.destination, protocol, from_address, to_address, ports


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
    direction = skb.direction
    if path.flows and not path.outcomes:
        connection.flow_entries[direction] = Offloaded(hop, offload.table, connection, direction)
    elif not path.flows and _is_class(path, direction):
        if skb.ctstate == "ESTABLISHED":
            offload.add(_class(before, connection.flow(1 - direction), direction), hop)
        elif connection.packets == [1, 0] and len(path.bound) == _BINDINGS:
            port = before.payload.destination_port
            hop.alike = alike(connection, [verdict for _, verdict, _, _ in path.bound])
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
    return not any(chooses_port(verdict) for _, verdict, _, _ in path.bound)
