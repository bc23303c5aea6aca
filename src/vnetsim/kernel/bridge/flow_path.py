"""Frames between two ports of a bridge, as recorded (see netdev.flow_path)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.kernel.netdev.flow_path import FlowHop, FlowPath, RecordedHop

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.flow_path import FlowStep
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.wire.ethernet import Frame


class BridgedHop(RecordedHop):
    """`learned` is the entry of the frames' source, `looked_up` that of their destination."""

    __slots__ = ()

    def replay(self, skb: Skb) -> None:
        frame, now = skb.frame, self.softirq.instant
        if self._is_for(frame) and self.fits(now):
            self.passed(now, frame.length)
            self.leave(skb)
        else:
            self.walk(skb)

    def fits(self, now: int) -> bool:
        expired = now - self.fdb.ageing
        return not (self.learned.updated <= expired or self.looked_up.updated <= expired)

    def passed(self, now: int, length: int) -> None:
        self.learned.updated = self.looked_up.used = now
        egress = self.egress
        egress.tx_packets += 1
        egress.tx_bytes += length

    def step(self, frame: Frame) -> tuple[FlowStep, Frame] | None:
        return (self, frame) if self._is_for(frame) else None

    def _is_for(self, frame: Frame) -> bool:
        return (
            self.generation == self.softirq.generation
            and frame.destination is self.destination
            and frame.source is self.source
            and frame.length <= self.longest
        )


def bridged(path: FlowPath, skb: Skb, peer: Device) -> FlowHop | None:
    """FlowPath.record of a frame that no rule saw and nothing has changed."""
    if path.hooks is not None or skb.frame is not path.frame or path.learned is None or path.looked_up is None:
        return None
    assert path.previous is not None
    hop = BridgedHop(path, peer)
    path.previous.arrive = hop.replay
    return hop
