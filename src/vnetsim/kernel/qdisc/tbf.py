"""The token bucket filter (net/sched/sch_tbf.c): frames leave at a rate, a burst of them at once.

TCP sends no more than it may have waiting here (TCP small queues).  Not modelled: other senders that wait because
their socket's buffer is full of frames that are queued here: excess frames are dropped at the limit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.gso import transmit_segments, wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.qdisc import RootQdisc
from vnetsim.kernel.qdisc.rate import Rate

if TYPE_CHECKING:
    from vnetsim.clock import Timer
    from vnetsim.kernel.netdev.device import Device


class TokenBucket:
    """Tokens are nanoseconds of sending: `depth` of them are what the burst takes."""

    def __init__(self, rate: Rate, burst: int) -> None:
        self.rate = rate
        self.depth = self.tokens = rate.nanoseconds(burst)

    def left(self, elapsed: int, length: int) -> int:
        """What would be left after a frame; negative: how long it has to wait."""
        return min(min(elapsed, self.depth) + self.tokens, self.depth) - self.rate.nanoseconds(length)


class TokenBucketFilter(RootQdisc):
    kind: ClassVar[str] = "tbf"

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self._queue: deque[Skb] = deque()
        self._buckets: list[TokenBucket] = []
        self._options: dict[str, int] = {}
        self._longest = 0
        self._checked = 0
        self._timer: Timer | None = None

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

    def details(self) -> Mapping[str, int]:
        """`buffer` and `peak_buffer` are the depths of the buckets in nanoseconds."""
        depths = dict(zip(("buffer", "peak_buffer"), (bucket.depth for bucket in self._buckets), strict=False))
        return {**self._options, **depths}

    def enqueue(self, skb: Skb) -> Errno | None:
        length, failed = wire_length(skb), None
        if length > self._longest and skb.gso:
            return transmit_segments(skb, skb.frame.payload, self.device)  # type: ignore[arg-type]
        if length > self._longest or self.backlog + length > self._options["limit"]:
            failed = self._drop(skb)
        else:
            self._queue.append(skb)
            if skb.sender is not None:
                skb.sender.holds(length)
            self.backlog += length
            self.length += 1
        self._run()
        return failed

    def _run(self) -> None:
        """tbf_dequeue, until the bucket is empty."""
        now = self.device.engine.now()
        while self._queue:
            length = wire_length(self._queue[0])
            left = [bucket.left(now - self._checked, length) for bucket in self._buckets]
            if min(left) < 0:
                self.overlimits += 1
                self._wake(-min(left))
                return
            for bucket, tokens in zip(self._buckets, left, strict=True):
                bucket.tokens = tokens
            self._checked = now
            self.backlog -= length
            self.length -= 1
            skb = self._queue.popleft()
            if skb.sender is not None:
                skb.sender.holds(-length)
            self._passes(skb)

    def _wake(self, delay: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.device.engine.after(delay, self._run)

    def reset(self) -> None:
        for skb in self._queue:
            if skb.sender is not None:
                skb.sender.holds(-wire_length(skb))
        self._queue.clear()
        self.backlog = self.length = 0
        self._checked = self.device.engine.now()
        for bucket in self._buckets:
            bucket.tokens = bucket.depth
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
