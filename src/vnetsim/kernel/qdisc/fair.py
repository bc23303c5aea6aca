"""Queues that flows share (net/sched/sch_sfq.c, sch_fq_codel.c, sch_fq.c): each flow gets its turn of `quantum` bytes.

A flow is what addresses, protocol and ports tell apart.  Not modelled: flows that share a queue because their hashes
are equal, so that perturbation of the hash (`perturb` of sfq) has nothing to change, pacing of fq by the rates of
sockets, batches of drops, `ce_threshold`; RED of sfq.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.gso import wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.codel import INTERVAL, TARGET, CodelState, TimedQueue, congestion_experienced
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

_MEMORY: Final = 32 << 20


def flow_of(skb: Skb) -> tuple[object, ...]:
    """skb_flow_dissect: what packets of one flow have in common."""
    packet = skb.frame.payload
    if isinstance(packet, ipv4.Packet):
        protocol = packet.protocol
    elif isinstance(packet, ipv6.Packet):
        protocol = packet.next_header
    else:
        return (skb.frame.ethertype,)
    inner = packet.payload
    ports = (getattr(inner, "source_port", 0), getattr(inner, "destination_port", 0))
    return (packet.source, packet.destination, protocol, *ports)


class FairFlow:
    def __init__(self, deficit: int) -> None:
        self.queue, self.state = TimedQueue(), CodelState()
        self.deficit = deficit


class FairQueue(QueueingDiscipline):
    """Deficit round robin over flows; new ones come before those that had a turn."""

    defaults: ClassVar[Mapping[str, int]] = {}

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.options: dict[str, int] = dict(self.defaults)
        self.counts = {"maxpacket": 0, "drop_overlimit": 0, "new_flow_count": 0, "ecn_mark": 0}
        self._flows: dict[tuple[object, ...], FairFlow] = {}
        self._new: deque[tuple[object, ...]] = deque()
        self._old: deque[tuple[object, ...]] = deque()

    def configure(self, options: Mapping[str, int]) -> None:
        self.options.setdefault("quantum", self.device.mtu + HEADER_LENGTH)
        self.options |= options

    def details(self) -> Mapping[str, int]:
        lengths = {"new_flows_len": len(self._new), "old_flows_len": len(self._old)}
        return {**self.options, **self.counts, **lengths}

    def has_space(self, flow: FairFlow) -> bool:  # noqa: ARG002 (what kinds override)
        """Whether a flow may have one more."""
        return True

    def enqueue(self, skb: Skb) -> Errno | None:
        key = flow_of(skb)
        flow = self._flows.get(key)
        if flow is None:
            flow = self._flows[key] = FairFlow(self.options["quantum"])
            self._new.append(key)
            self.counts["new_flow_count"] += 1
        if not self.has_space(flow):
            return self.drop(skb)
        flow.queue.add(skb, self.device.engine.now())
        self.came(skb)
        if self.length > self.options["limit"]:
            self._free_space()
        return None

    def _free_space(self) -> None:
        """Drop the oldest frame of the flow with most bytes (fq_codel_drop, sfq_drop)."""
        fattest = max(self._flows.values(), key=lambda flow: flow.queue.backlog)
        skb, _ = fattest.queue.remove()
        self.counts["drop_overlimit"] += 1
        self.lost(skb)

    def dequeue(self) -> Skb | None:
        """fq_codel_dequeue"""
        while queue := self._new or self._old:
            key = queue[0]
            flow = self._flows[key]
            if flow.deficit <= 0:
                flow.deficit += self.options["quantum"]
                self._old.append(queue.popleft())
                continue
            skb = self._next(flow)
            if skb is None:
                queue.popleft()
                if queue is self._new and self._old:
                    self._old.append(key)
                else:
                    del self._flows[key]
                continue
            flow.deficit -= wire_length(skb)
            self.went(skb)
            return skb
        return None

    def _next(self, flow: FairFlow) -> Skb | None:
        return flow.queue.remove()[0] if flow.queue else None

    def reset(self) -> None:
        super().reset()
        for flow in self._flows.values():
            flow.queue.clear()
        self._flows.clear()
        self._new.clear()
        self._old.clear()


class Sfq(FairQueue):
    kind: ClassVar[str] = "sfq"
    changeable: ClassVar[bool] = False
    defaults: ClassVar[Mapping[str, int]] = {"limit": 127, "depth": 127, "divisor": 1024, "flows": 128}

    def has_space(self, flow: FairFlow) -> bool:
        return len(flow.queue) < self.options["depth"]

    def configure(self, options: Mapping[str, int]) -> None:
        """sfq_init"""
        super().configure(options)
        self.options["limit"] = min(self.options["limit"], self.options["depth"] * self.options["flows"])


class FqCodel(FairQueue):
    kind: ClassVar[str] = "fq_codel"
    bypass: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, int]] = {
        "limit": 10240, "flows": 1024, "target": TARGET, "interval": INTERVAL, "memory_limit": _MEMORY, "ecn": 1,
        "drop_batch": 64,
    }  # fmt: skip

    def configure(self, options: Mapping[str, int]) -> None:
        """fq_codel_change: KernelError(EINVAL) for another number of flows."""
        if "flows" in options and self._configured and options["flows"] != self.options["flows"]:
            raise KernelError(Errno.EINVAL)
        super().configure(options)
        self._configured = True

    _configured = False

    def _next(self, flow: FairFlow) -> Skb | None:
        """RFC 8290, section 4.2"""
        now = self.device.engine.now()
        skb = flow.state.dequeue(flow.queue, now, self.options, self.device.mtu, self.lost, self._mark)
        if skb is not None:
            self.counts["maxpacket"] = max(self.counts["maxpacket"], wire_length(skb))
        return skb

    def _mark(self, skb: Skb) -> bool:
        marked = congestion_experienced(skb.frame) if self.options["ecn"] else None
        if marked is None:
            return False
        skb.frame = marked
        self.counts["ecn_mark"] += 1
        return True


class Fq(FairQueue):
    """Without pacing: no socket here has a rate."""

    kind: ClassVar[str] = "fq"
    defaults: ClassVar[Mapping[str, int]] = {
        "limit": 10000, "flow_limit": 100, "buckets": 1024, "orphan_mask": 1023, "low_rate_threshold": 68750,
        "refill_delay": 40 * MILLISECOND, "timer_slack": 10_000, "horizon": 10_000 * MILLISECOND, "horizon_drop": 1,
        "pacing": 1,
    }  # fmt: skip

    def configure(self, options: Mapping[str, int]) -> None:
        size = self.device.mtu + HEADER_LENGTH
        self.options.setdefault("quantum", 2 * size)
        self.options.setdefault("initial_quantum", 10 * size)
        super().configure(options)

    def has_space(self, flow: FairFlow) -> bool:
        return len(flow.queue) < self.options["flow_limit"]

    def enqueue(self, skb: Skb) -> Errno | None:
        """fq_enqueue: it drops the new frame."""
        return self.drop(skb) if self.length >= self.options["limit"] else super().enqueue(skb)
