"""The hierarchical token bucket (net/sched/sch_htb.c) with one level of classes.

All frames go to the default class, as there are no filters; without such a class they leave at once ("direct").  A
class sends while both of its buckets, that of its rate and that of its ceiling, hold tokens, and may overdraw them by a
frame.  Not modelled: classes below a class, borrowing, priorities between classes (of which one only has frames).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import count, wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.qdisc import RootQdisc
from vnetsim.kernel.qdisc.rate import Rate

if TYPE_CHECKING:
    from vnetsim.clock import Timer
    from vnetsim.kernel.netdev.device import Device

#: The longest time that counts between two frames, and the largest debt (HTB_MIN_... mbuffer).
_MOST: Final = 60 * SECOND


class HtbBucket:
    """Tokens are nanoseconds of sending; `depth` of them are what the burst takes."""

    def __init__(self, rate: int, burst: int) -> None:
        self.rate = Rate(rate)
        self.depth = self.tokens = self.rate.nanoseconds(burst)

    def refill(self, elapsed: int) -> None:
        self.tokens = min(self.tokens + min(elapsed, _MOST), self.depth)

    def charge(self, length: int) -> None:
        """htb_accnt_tokens: a debt is bounded."""
        self.tokens = max(self.tokens - self.rate.nanoseconds(length), 1 - _MOST)


class HtbClass:
    """A leaf: frames wait in its own discipline first, if it has one, then for tokens."""

    def __init__(self, root: HierarchyTokenBucket, minor: int, options: Mapping[str, int]) -> None:
        self.root, self.minor = root, minor
        self.leaf: RootQdisc | None = None
        self._queue: deque[Skb] = deque()
        self.bytes = self.packets = self.drops = self.overlimits = self.backlog = 0
        self._timer: Timer | None = None
        self.configure(options)

    def configure(self, options: Mapping[str, int]) -> None:
        """htb_change_class"""
        self.options = dict(options)
        self._buckets = [HtbBucket(options["rate"], options["burst"]), HtbBucket(options["ceil"], options["cburst"])]
        self._checked = self.root.device.engine.now()

    @property
    def length(self) -> int:
        return len(self._queue)

    @property
    def tokens(self) -> tuple[int, int]:
        """Of both buckets, in nanoseconds."""
        rate, ceiling = self._buckets
        return rate.tokens, ceiling.tokens

    def enqueue(self, skb: Skb) -> Errno | None:
        """Errno if the queue is full: that of its own discipline, or of `txqueuelen` packets."""
        leaf = self.leaf
        limit = (self.root.device.qlen or 1) if leaf is None else leaf.details().get("limit", 1000)
        if len(self._queue) + (0 if leaf is None else leaf.length) >= limit:
            self.drops += 1
            return (self.root if leaf is None else leaf).drop(skb)
        return self.ready(skb) if leaf is None else leaf.enqueue(skb)

    def ready(self, skb: Skb) -> Errno | None:
        """A frame that waits for nothing but tokens."""
        length = wire_length(skb)
        self._queue.append(skb)
        self.backlog += length
        if skb.sender is not None:
            skb.sender.holds(length)
        self._run()
        return None

    def _run(self) -> None:
        """htb_dequeue, until a bucket is empty."""
        now = self.root.device.engine.now()
        for bucket in self._buckets:
            bucket.refill(now - self._checked)
        self._checked = now
        while self._queue:
            if min(self.tokens) < 0:
                self.overlimits += 1
                self.root.overlimits += 1
                self._wake(-min(self.tokens))
                return
            self._send(self._queue.popleft())

    def _send(self, skb: Skb) -> None:
        length = wire_length(skb)
        for bucket in self._buckets:
            bucket.charge(length)
        self.backlog -= length
        self.bytes += length
        self.packets += count(skb)
        if skb.sender is not None:
            skb.sender.holds(-length)
        self.root.passes(skb)

    def _wake(self, delay: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.root.device.engine.after(delay, self._run)

    def reset(self) -> None:
        for skb in self._queue:
            if skb.sender is not None:
                skb.sender.holds(-wire_length(skb))
            self.root.device.namespace.drop(skb, self.root.device, DropReason.QDISC_DROP, "htb")
        self._queue.clear()
        self.backlog = 0
        if self.leaf is not None:
            self.leaf.reset()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class HierarchyTokenBucket(RootQdisc):
    kind: ClassVar[str] = "htb"

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.classes: dict[int, HtbClass] = {}
        self._options: dict[str, int] = {"r2q": 10, "default": 0}
        self._direct = 0

    def configure(self, options: Mapping[str, int]) -> None:
        """htb_init; tc sends its defaults."""
        self._options |= options

    def details(self) -> Mapping[str, int]:
        return {**self._options, "direct_packets_stat": self._direct, "direct_qlen": self.device.qlen or 0}

    def enqueue(self, skb: Skb) -> Errno | None:
        chosen = self.classes.get(self._options["default"])
        if chosen is None:
            self._direct += count(skb)
            return self._passes(skb)
        return chosen.enqueue(skb)

    def graft(self, minor: int, leaf: RootQdisc | None) -> None:
        """htb_graft: the discipline below a class, whose frames then wait for the class's tokens."""
        chosen = self.classes[minor]
        if chosen.leaf is not None:
            chosen.leaf.reset()
        chosen.leaf = leaf
        if leaf is not None:
            leaf.output = chosen.ready

    def reset(self) -> None:
        for each in self.classes.values():
            each.reset()
