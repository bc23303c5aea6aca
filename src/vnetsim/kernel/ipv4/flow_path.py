"""IPv4 packets that begin here, end here or pass through, as recorded (see netdev.flow_path)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vnetsim.engine import HOP_NS
from vnetsim.kernel.netdev.flow_path import FlowHop, FlowPath, RecordedHop
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.flow_offload import offloaded
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device


class DepartingHop(RecordedHop):
    """Ip4.send of packets by one route."""

    __slots__ = ("device", "host", "neighbour")

    def __init__(self, path: FlowPath, peer: Device) -> None:
        super().__init__(path, peer)
        self.device, self.neighbour = path.route.device, path.route.neighbour
        self.host = self.device.namespace.host

    def depart(self, packet: Packet) -> bool:
        softirq, neighbour, length = self.softirq, self.neighbour, 14 + packet.length
        if self.generation != softirq.generation or length > self.longest or not neighbour.ready:
            return False
        now = softirq.instant
        if self.sent_to is not None:
            if not self.bridges_know(now):
                return False
            self.leave_bridge(now, length)
        host, device, egress = self.host, self.device, self.egress
        host.packets += 1
        egress.tx_packets += 1
        egress.tx_bytes += length
        skb = Skb(Frame(neighbour.mac, device.mac, IPV4, packet, length), host.packets, device)
        if softirq.backlog:
            self.congested(skb)
        else:
            softirq.backlog.append((now + HOP_NS, self.arrive, skb))
        return True


class AddressedHop(RecordedHop):
    """What becomes of packets with the same addresses and the same TOS."""

    __slots__ = ("from_address", "to_address", "tos")

    def __init__(self, path: FlowPath, peer: Device) -> None:
        super().__init__(path, peer)
        packet = path.frame.payload
        assert isinstance(packet, Packet)
        self.from_address, self.to_address, self.tos = packet.source, packet.destination, packet.tos

    def is_for(self, frame: Frame, packet: object) -> bool:
        """Whether it is a packet with these addresses, without options."""
        return (
            type(packet) is Packet
            and frame.destination is self.destination
            and (self.learned is None or frame.source is self.source)
            and (packet.destination is self.to_address or packet.destination == self.to_address)
            and (packet.source is self.from_address or packet.source == self.from_address)
            and packet.tos == self.tos
            and not packet.options
            and self.generation == self.softirq.generation
        )


class LocalHop(AddressedHop):
    """Ip4.receive of packets to this host: they end in a protocol's handler."""

    __slots__ = ("device", "handler", "protocol")

    def __init__(self, path: FlowPath, device: Device, packet: Packet, handler: Callable[[Skb, Packet], None]) -> None:
        assert path.ingress is not None
        super().__init__(path, path.ingress)
        self.device, self.protocol, self.handler = device, packet.protocol, handler

    def replay(self, skb: Skb) -> None:
        frame = skb.frame
        packet: Any = frame.payload
        if (
            not self.is_for(frame, packet)
            or packet.protocol != self.protocol
            or packet.more_fragments
            or packet.fragment_offset
            or (self.learned is not None and not self.bridges_know(self.softirq.instant))
        ):
            self.walk(skb)
            return
        if self.learned is not None:
            self.enter_bridge(self.softirq.instant, frame.length)
        skb.device = self.device
        self.handler(skb, packet)


class ForwardedHop(AddressedHop):
    """Ip4.receive of packets that this host routes, without rules."""

    __slots__ = ("device", "neighbour")

    def __init__(self, path: FlowPath, peer: Device) -> None:
        super().__init__(path, peer)
        self.device, self.neighbour = path.route.device, path.route.neighbour

    def replay(self, skb: Skb) -> None:
        frame, softirq, neighbour = skb.frame, self.softirq, self.neighbour
        packet: Any = frame.payload
        now = softirq.instant
        if (
            not self.is_for(frame, packet)
            or packet.ttl <= 1
            or (length := 14 + packet.length) > self.longest
            or not neighbour.ready
            or not self.bridges_know(now)
        ):
            self.walk(skb)
            return
        if self.learned is not None:
            self.enter_bridge(now, frame.length)
        if self.sent_to is not None:
            self.leave_bridge(now, length)
        device, egress = self.device, self.egress
        egress.tx_packets += 1
        egress.tx_bytes += length
        skb.frame = Frame(neighbour.mac, device.mac, IPV4, packet.forwarded(), length)
        if softirq.backlog:
            self.congested(skb)
        else:
            softirq.backlog.append((now + HOP_NS, self.arrive, skb))


def departed(path: FlowPath, _skb: Skb, peer: Device) -> FlowHop | None:
    """FlowPath.record of a packet that begins here."""
    hop: FlowHop = DepartingHop(path, peer)
    path.route.hop = hop
    return hop


def record_input(path: FlowPath, skb: Skb, packet: Packet, handler: Callable[[Skb, Packet], None]) -> None:
    """A packet that is about to be handled, with the one that came."""
    skb.path = None
    if path.device is not skb.device or skb.frame is not path.frame or packet.options or path.previous is None:
        return
    path.previous.arrive = LocalHop(path, skb.device, packet, handler).replay


def forwarded(path: FlowPath, skb: Skb, peer: Device) -> FlowHop | None:
    """FlowPath.record of a packet that was routed, and perhaps translated."""
    if path.hooks is not None:
        return offloaded(path, skb, peer)
    assert path.previous is not None
    hop = ForwardedHop(path, peer)
    path.previous.arrive = hop.replay
    return hop
