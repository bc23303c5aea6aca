"""The token bucket filter (net/sched/sch_tbf.c): frames leave at a rate, a burst of them at once.

They wait in a bfifo, or in the discipline that is put below it.  TCP sends no more than it may have waiting here (TCP
small queues).  Not modelled: other senders that wait because their socket's buffer is full of frames that are queued
here: excess frames are dropped at the limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.gso import single_frames, wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.fifo import Bfifo
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline, Xmit
from vnetsim.kernel.qdisc.rate import Rate

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device


class TokenBucket:
    """Tokens are nanoseconds of sending: `depth` of them are what the burst takes."""

    def __init__(self, rate: Rate, burst: int) -> None:
        self.rate = rate
        self.depth = self.tokens = rate.nanoseconds(burst)

    def left(self, elapsed: int, length: int) -> int:
        """What would be left after a frame; negative: how long it has to wait."""
        return min(min(elapsed, self.depth) + self.tokens, self.depth) - self.rate.nanoseconds(length)


class TokenBucketFilter(QueueingDiscipline):
    kind: ClassVar[str] = "tbf"
    classful: ClassVar[bool] = True

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.leaf: QueueingDiscipline = self._default()
        self._buckets: list[TokenBucket] = []
        self._options: dict[str, int] = {}
        self._longest = 0
        self._checked = 0

    def configure(self, options: Mapping[str, int]) -> None:
        """tbf_change: KernelError(EINVAL) for a peak rate that is no peak."""
        if not {"rate", "burst", "limit"} <= options.keys():
            raise KernelError(Errno.EINVAL)
        overhead, least = options.get("overhead", 0), options.get("mpu", 0)
        buckets = [TokenBucket(Rate(options["rate"], overhead, least), options["burst"])]
        longest = options["burst"]
        if options.get("peakrate"):
            if options["peakrate"] <= options["rate"]:
                raise KernelError(Errno.EINVAL)
            buckets.append(TokenBucket(Rate(options["peakrate"], overhead, least), options["mtu"]))
            longest = min(longest, options["mtu"])
        if not longest:
            raise KernelError(Errno.EINVAL)
        self._buckets, self._longest, self._options = buckets, longest, dict(options)
        self._checked = self.device.engine.now()
        if not self.leaf.handle:
            self.leaf.configure({"limit": options["limit"]})

    def details(self) -> Mapping[str, int]:
        """`buffer` and `peak_buffer` are the depths of the buckets in nanoseconds."""
        depths = dict(zip(("buffer", "peak_buffer"), (bucket.depth for bucket in self._buckets), strict=False))
        return {**self._options, **depths}

    # --- its class ----------------------------------------------------------------------------------------------------

    def find(self, _minor: int) -> QueueingDiscipline:
        return self.leaf

    def graft(self, _minor: int, leaf: QueueingDiscipline | None) -> None:
        """tbf_graft: without a discipline, the queue of before with its limit is there again."""
        self.leaf.reset()
        if leaf is None:
            leaf = self._default()
            leaf.configure({"limit": self._options["limit"]})
        leaf.above = self
        self.leaf = leaf
        self.backlog = self.length = 0

    def _default(self) -> Bfifo:
        leaf = Bfifo(self.device, 0)
        leaf.label, leaf.above = self.kind, self
        return leaf

    def children(self) -> Iterator[QueueingDiscipline]:
        return iter((self.leaf,) if self.leaf.handle else ())

    # --- frames -------------------------------------------------------------------------------------------------------

    def enqueue(self, skb: Skb) -> Errno | Xmit | None:
        if wire_length(skb) <= self._longest:
            return self._queue(skb)
        if not skb.gso:
            return self.drop(skb)
        failed: Errno | Xmit | None = None
        for one in single_frames(skb, skb.frame.payload):  # type: ignore[arg-type]
            failed = self.enqueue(one) or failed
        return failed

    def _queue(self, skb: Skb) -> Errno | Xmit | None:
        failed = self.leaf.enqueue(skb)
        if failed is None:
            self.came(skb)
        else:
            self.drops += failed is not Xmit.STOLEN
        return failed

    def dequeue(self) -> Skb | None:
        skb = self.leaf.peek()
        if skb is None:
            return None
        now, length = self.device.engine.now(), wire_length(skb)
        left = [bucket.left(now - self._checked, length) for bucket in self._buckets]
        if min(left) < 0:
            self.overlimits += 1
            self.watch(now - min(left))
            return None
        for bucket, tokens in zip(self._buckets, left, strict=True):
            bucket.tokens = tokens
        self._checked = now
        self.leaf.take()
        self.went(skb)
        return skb

    def reset(self) -> None:
        super().reset()
        self.leaf.reset()
        self._checked = self.device.engine.now()
        for bucket in self._buckets:
            bucket.tokens = bucket.depth
