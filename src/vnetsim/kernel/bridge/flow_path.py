"""Frames between two ports of a bridge, as recorded (see netdev.flow_path)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.engine import HOP_NS
from vnetsim.kernel.netdev.flow_path import FlowHop, FlowPath, RecordedHop

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb


class BridgedHop(RecordedHop):
    """`learned` is the entry of the frames' source, `looked_up` that of their destination."""

    __slots__ = ()

    def replay(self, skb: Skb) -> None:
        frame, softirq = skb.frame, self.softirq
        learned, looked_up = self.learned, self.looked_up
        now, length = softirq.instant, frame.length
        expired = now - self.fdb.ageing
        if (
            self.generation != softirq.generation
            or frame.destination is not self.destination
            or frame.source is not self.source
            or length > self.longest
            or learned.updated <= expired
            or looked_up.updated <= expired
        ):
            self.walk(skb)
            return
        learned.updated = looked_up.used = now
        egress = self.egress
        egress.tx_packets += 1
        egress.tx_bytes += length
        if softirq.backlog:
            self.congested(skb)
        else:
            softirq.backlog.append((now + HOP_NS, self.arrive, skb))


def bridged(path: FlowPath, skb: Skb, peer: Device) -> FlowHop | None:
    """FlowPath.record of a frame that no rule saw and nothing has changed."""
    if path.hooks is not None or skb.frame is not path.frame or path.learned is None or path.looked_up is None:
        return None
    assert path.previous is not None
    hop = BridgedHop(path, peer)
    path.previous.arrive = hop.replay
    return hop
