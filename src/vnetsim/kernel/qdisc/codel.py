"""Controlled delay (include/net/codel_impl.h, RFC 8289): frames that wait too long are dropped, or marked with ECN.

`CodelState.dequeue` is codel_dequeue with a queue that gives frames and their times.  Not modelled: `ce_threshold`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.qdisc import PacketQueue, QueueingDiscipline
from vnetsim.wire import ipv4, ipv6

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.wire.ethernet import Frame

TARGET: Final = 5 * MILLISECOND
INTERVAL: Final = 100 * MILLISECOND
_CE: Final = 3


def congestion_experienced(frame: Frame) -> Frame | None:
    """INET_ECN_set_ce: the frame with the mark; None if its sender does not know ECN."""
    packet = frame.payload
    if isinstance(packet, ipv4.Packet) and packet.tos & _CE:
        return attrs.evolve(frame, payload=attrs.evolve(packet, tos=packet.tos | _CE))
    if isinstance(packet, ipv6.Packet) and packet.traffic_class & _CE:
        return attrs.evolve(frame, payload=attrs.evolve(packet, traffic_class=packet.traffic_class | _CE))
    return None


class TimedQueue(PacketQueue):
    """Frames with the times at which they came."""

    def __init__(self) -> None:
        super().__init__()
        self._times: list[int] = []
        self._at = 0
        self.backlog = 0

    def add(self, skb: Skb, now: int) -> None:
        self.append(skb)
        self._times.append(now)
        self.backlog += wire_length(skb)

    def remove(self) -> tuple[Skb, int]:
        skb = self.popleft()
        came = self._times[self._at]
        self._at += 1
        if self._at > 1000:
            del self._times[: self._at]
            self._at = 0
        self.backlog -= wire_length(skb)
        return skb, came

    def clear(self) -> None:
        super().clear()
        self._times.clear()
        self._at = self.backlog = 0


class CodelState:
    """struct codel_vars, and how it drops."""

    def __init__(self) -> None:
        self.count = self.last_count = 0
        self.dropping = False
        self.last_delay = 0
        self._first_above = 0
        self._drop_next = 0

    def dequeue(self, queue: TimedQueue, now: int, options: Mapping[str, int], mtu: int,
                drop: Callable[[Skb], None], mark: Callable[[Skb], bool]) -> Skb | None:  # fmt: skip
        """codel_dequeue: `mark` says whether it could mark the frame in place of dropping it."""
        self._queue, self._now, self._mtu = queue, now, mtu
        self._target, self._interval = options["target"], options["interval"]
        skb, late = self._next()
        if self.dropping:
            if not late:
                self.dropping = False
            while self.dropping and skb is not None and now >= self._drop_next:
                self.count += 1
                if mark(skb):
                    self._drop_next = self._law(self._drop_next)
                    return skb
                drop(skb)
                skb, late = self._next()
                if late:
                    self._drop_next = self._law(self._drop_next)
                else:
                    self.dropping = False
        elif late and skb is not None:
            skb = self._begin(skb, drop, mark)
        return skb

    def _begin(self, skb: Skb, drop: Callable[[Skb], None], mark: Callable[[Skb], bool]) -> Skb | None:
        found: Skb | None = skb
        if not mark(skb):
            drop(skb)
            found, _ = self._next()
        self.dropping = True
        delta = self.count - self.last_count
        recent = self._now - self._drop_next < 16 * self._interval
        self.count = delta if delta > 1 and recent else 1
        self.last_count = self.count
        self._drop_next = self._law(self._now)
        return found

    def _next(self) -> tuple[Skb | None, bool]:
        """The next frame, and whether it may be dropped (codel_should_drop)."""
        if not self._queue:
            self._first_above = 0
            return None, False
        skb, came = self._queue.remove()
        self.last_delay = self._now - came
        if self.last_delay < self._target or self._queue.backlog <= self._mtu:
            self._first_above = 0
            return skb, False
        if not self._first_above:
            self._first_above = self._now + self._interval
            return skb, False
        return skb, self._now > self._first_above

    def _law(self, time: int) -> int:
        """codel_control_law"""
        return time + int(self._interval / math.sqrt(self.count))


class Codel(QueueingDiscipline):
    """One queue (net/sched/sch_codel.c)."""

    kind: ClassVar[str] = "codel"

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.options = {"limit": 1000, "target": TARGET, "interval": INTERVAL, "ecn": 0}
        self.counts = {"ecn_mark": 0, "drop_overlimit": 0, "maxpacket": 0}
        self._queue, self._state = TimedQueue(), CodelState()

    def configure(self, options: Mapping[str, int]) -> None:
        self.options |= options

    def details(self) -> Mapping[str, int]:
        state = self._state
        return {**self.options, **self.counts, "count": state.count, "lastcount": state.last_count,
                "last_delay": state.last_delay}  # fmt: skip

    def enqueue(self, skb: Skb) -> Errno | None:
        if self.length >= self.options["limit"]:
            self.counts["drop_overlimit"] += 1
            return self.drop(skb)
        self.came(skb)
        self._queue.add(skb, self.device.engine.now())
        return None

    def dequeue(self) -> Skb | None:
        now = self.device.engine.now()
        skb = self._state.dequeue(self._queue, now, self.options, self.device.mtu, self.lost, self._mark)
        if skb is not None:
            self.counts["maxpacket"] = max(self.counts["maxpacket"], wire_length(skb))
            self.went(skb)
        return skb

    def _mark(self, skb: Skb) -> bool:
        marked = congestion_experienced(skb.frame) if self.options["ecn"] else None
        if marked is None:
            return False
        skb.frame = marked
        self.counts["ecn_mark"] += 1
        return True

    def reset(self) -> None:
        super().reset()
        self._queue.clear()
        self._state = CodelState()
