"""IPv4 packets that begin here, end here or pass through, as recorded (see netdev.flow_path)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from vnetsim.kernel.netdev.flow_path import FlowHop, FlowPath, RecordedHop
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.flow_offload import offloaded
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.flow_path import FlowStep


class DepartingHop(RecordedHop):
    """Ip4.send of packets by one route."""

    __slots__ = ("host",)

    def __init__(self, path: FlowPath, peer: Device) -> None:
        super().__init__(path, peer)
        self.host = self.device.namespace.host

    def fits(self, now: int) -> bool:
        neighbour = self.neighbour
        return (
            neighbour.ready and neighbour.mac is self.station and (self.sent_to is None or RecordedHop.fits(self, now))
        )

    def depart(self, packet: Packet) -> bool:
        softirq, length = self.softirq, 14 + packet.length
        now = softirq.instant
        if self.generation != softirq.generation or length > self.longest or not self.fits(now):
            return False
        self.passed(now, length)
        host, device = self.host, self.device
        host.packets += 1
        self.leave(Skb(Frame(self.station, device.mac, IPV4, packet, length), host.packets, device))
        return True


class AddressedHop(RecordedHop):
    """What becomes of packets with the same addresses and the same TOS."""

    __slots__ = ("from_address", "to_address", "tos")

    def __init__(self, path: FlowPath, peer: Device) -> None:
        super().__init__(path, peer)
        packet = path.frame.payload
        assert isinstance(packet, Packet)
        self.from_address, self.to_address, self.tos = packet.source, packet.destination, packet.tos

    def is_for(self, frame: Frame, packet: Any) -> bool:
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

    __slots__ = ("handler", "protocol")

    def __init__(self, path: FlowPath, device: Device, packet: Packet, handler: Callable[[Skb, Packet], None]) -> None:
        assert path.ingress is not None
        super().__init__(path, path.ingress)
        self.device, self.protocol, self.handler = device, packet.protocol, handler

    def replay(self, skb: Skb) -> None:
        frame, now = skb.frame, self.softirq.instant
        packet: Any = frame.payload
        if not self.is_for(frame, packet) or not self.fits(now):
            self.walk(skb)
            return
        self.passed(now, frame.length)
        skb.device = self.device
        self.handler(skb, packet)

    def demux(self, packet: Packet) -> Callable[[Skb, Packet], None]:
        """The handler of packets with these ports (early_demux of struct net_protocol)."""
        early = getattr(getattr(self.handler, "__self__", None), "early_demux", None)
        return self.handler if early is None else early(packet, self.device)

    def is_for(self, frame: Frame, packet: Any) -> bool:
        return (
            super().is_for(frame, packet)
            and packet.protocol == self.protocol
            and not packet.more_fragments
            and not packet.fragment_offset
        )


class ForwardedHop(AddressedHop):
    """Ip4.receive of packets that this host routes, without rules."""

    __slots__ = ()

    def replay(self, skb: Skb) -> None:
        now = self.softirq.instant
        found = self.step(skb.frame)
        if found is None or not self.fits(now):
            self.walk(skb)
            return
        skb.frame = found[1]
        self.passed(now, skb.frame.length)
        self.leave(skb)

    def step(self, frame: Frame) -> tuple[FlowStep, Frame] | None:
        packet: Any = frame.payload
        if not self.is_for(frame, packet) or packet.ttl <= 1 or not packet.length + 14 == frame.length <= self.longest:
            return None
        return self, Frame(self.station, self.device.mac, IPV4, packet.forwarded(), frame.length)


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
