"""Proportional integral controller enhanced (net/sched/sch_pie.c, RFC 8033): it drops by chance.

The probability is calculated when it is needed, for all intervals since the last time.  Not modelled: the estimator of
the rate of departures (`dq_rate_estimator`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.codel import TimedQueue, congestion_experienced
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline
from vnetsim.wire.ethernet import HEADER_LENGTH

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

MAX_PROBABILITY: Final = (1 << 56) - 1
_BURST: Final = 150 * MILLISECOND
#: Timers of the recorded kernel (HZ is 250), and ticks of the packet scheduler.
_JIFFY: Final = 4 * MILLISECOND
_TICK_NS: Final = 64
_TICKS_A_SECOND: Final = 1_000_000_000 // _TICK_NS
_LONG: Final = 250 * MILLISECOND


class Pie(QueueingDiscipline):
    kind: ClassVar[str] = "pie"

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.options: dict[str, int] = {
            "limit": 1000, "target": 15 * MILLISECOND, "tupdate": 15 * MILLISECOND, "alpha": 2, "beta": 20, "ecn": 0,
            "bytemode": 0,
        }  # fmt: skip
        self.counts = {"pkts_in": 0, "overlimit": 0, "dropped": 0, "maxq": 0, "ecn_mark": 0}
        self.probability = self.delay = 0
        self._delay_before = self._accumulated = 0
        self._burst, self._left_at = _BURST, 0
        self._updated = device.engine.now()
        self._queue = TimedQueue()

    def configure(self, options: Mapping[str, int]) -> None:
        """pie_change: what is more than the limit is dropped."""
        self.options |= options
        self.options["tupdate"] = -(-self.options["tupdate"] // _JIFFY) * _JIFFY
        while self.length > self.options["limit"]:
            self.lost(self._queue.remove()[0])

    def details(self) -> Mapping[str, int]:
        self._update()
        return {**self.options, **self.counts, "prob": self.probability, "delay": self.delay}

    def enqueue(self, skb: Skb) -> Errno | None:
        """pie_qdisc_enqueue"""
        self._update()
        full = self.length >= self.options["limit"]
        self.counts["overlimit"] += full
        if full or (self._drops_early(wire_length(skb)) and not self._mark(skb)):
            self.counts["dropped"] += 1
            self._accumulated = 0
            return self.drop(skb)
        self.counts["pkts_in"] += 1
        self.counts["maxq"] = max(self.counts["maxq"], self.length)
        self._queue.add(skb, self.device.engine.now())
        self.came(skb)
        return None

    def _drops_early(self, length: int) -> bool:
        """pie_drop_early"""
        mtu = self.device.mtu + HEADER_LENGTH
        if self._burst > 0 or self.backlog < 2 * mtu:
            return False
        if self.delay < self.options["target"] // 2 and self.probability < MAX_PROBABILITY // 5:
            return False
        sized = self.options["bytemode"] and length <= mtu
        local = length * (self.probability // mtu) if sized else self.probability
        self._accumulated = self._accumulated + local if local else 0
        if self._accumulated < MAX_PROBABILITY // 100 * 85:
            return False
        if self._accumulated >= MAX_PROBABILITY // 2 * 17:
            return True
        if self.device.namespace.host.random.getrandbits(56) < local:
            self._accumulated = 0
            return True
        return False

    def _mark(self, skb: Skb) -> bool:
        if not self.options["ecn"] or self.probability > MAX_PROBABILITY // 10:
            return False
        marked = congestion_experienced(skb.frame)
        if marked is None:
            return False
        skb.frame = marked
        self.counts["ecn_mark"] += 1
        return True

    def dequeue(self) -> Skb | None:
        """pie_process_dequeue"""
        if not self._queue:
            return None
        self._update()
        skb, came = self._queue.remove()
        self.went(skb)
        now = self.device.engine.now()
        self.delay = now - came if self.length else 0
        passed = now - self._left_at if self._left_at else 0
        self._left_at = now
        self._burst = max(0, self._burst - passed)
        return skb

    def _update(self) -> None:
        """pie_timer, as often as it would have run."""
        turns, interval = divmod(self.device.engine.now() - self._updated, self.options["tupdate"])
        self._updated = self.device.engine.now() - interval
        for _ in range(turns):
            if not self.probability and not self.delay and not self._delay_before:
                self._forget()
                return
            self._calculate()

    def _forget(self) -> None:
        """pie_vars_init"""
        self._burst, self._left_at, self._accumulated = _BURST, 0, 0

    def _calculate(self) -> None:
        """pie_calculate_probability"""
        delay, before, target = self.delay, self._delay_before, self.options["target"]
        alpha, beta = self._weights()
        delta = (alpha * (delay - target) + beta * (delay - before)) // _TICK_NS
        if delta > MAX_PROBABILITY // 50 and self.probability >= MAX_PROBABILITY // 10:
            delta = MAX_PROBABILITY // 100 * 2
        if delay > _LONG:
            delta += MAX_PROBABILITY // 50
        small = not delay and self.backlog > 0
        self.probability = min(MAX_PROBABILITY, max(0, self.probability + delta))
        if not delay and not before and not small:
            self.probability -= self.probability // 64
        if max(delay, before) < target // 2 and not self.probability:
            self._forget()
        self._delay_before = delay

    def _weights(self) -> tuple[int, int]:
        """Alpha and beta, less where congestion is light."""
        shift, power = 4, 100
        if self.probability < MAX_PROBABILITY // 10:
            shift += 1
            while self.probability < MAX_PROBABILITY // power and power <= 1_000_000:
                shift, power = shift + 2, power * 10
        unit = MAX_PROBABILITY // _TICKS_A_SECOND
        return self.options["alpha"] * unit >> shift, self.options["beta"] * unit >> shift

    def reset(self) -> None:
        super().reset()
        self._queue.clear()
        self._forget()
        self.probability = self.delay = self._delay_before = 0
