"""A worse network (net/sched/sch_netem.c): delay, jitter, loss, duplicates, reordering, corruption and a rate.

Follows Linux's source and tc-netem(8); no recording of a real machine is behind it.  Randomness is the device's own, so
that the same commands give the same losses.  Not modelled: loss models with states (state, gemodel), slots, ECN marks,
distributions of the delay other than uniform and normal; normal is drawn as such, and not from tc's table of it.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.qdisc import RootQdisc
from vnetsim.wire.ethernet import Frame

if TYPE_CHECKING:
    from vnetsim.clock import Timer
    from vnetsim.kernel.netdev.device import Device

_ONE: Final = 1 << 32
_LIMIT: Final = 1000


class Dice:
    """Random numbers of 32 bits of which each depends on the one before by `correlation` (get_crandom)."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._last = source.getrandbits(32)

    def throw(self, correlation: int) -> int:
        value = self._source.getrandbits(32)
        if correlation:
            rho = correlation + 1
            value = (value * (_ONE - rho) + self._last * rho) >> 32
            self._last = value
        return value


class Netem(RootQdisc):
    kind: ClassVar[str] = "netem"

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self._options: dict[str, int] = {"limit": _LIMIT}
        source = random.Random(f"netem {device.namespace.host.seed} {handle}")
        self._random = source
        self._dice = {what: Dice(source) for what in ("latency", "loss", "duplicate", "reorder", "corrupt")}
        #: Frames by the time at which they leave; the number keeps those of one time in order.
        self._waiting: list[tuple[int, int, Skb]] = []
        self._number = 0
        self._in_order = 0
        self._latest = 0
        self._duplicating = True
        self._timer: Timer | None = None

    def configure(self, options: Mapping[str, int]) -> None:
        """netem_change: missing options get their defaults."""
        self._options = {"limit": _LIMIT, **options}

    def details(self) -> Mapping[str, int]:
        return self._options

    # --- frames that come -------------------------------------------------------------------------------------------

    def enqueue(self, skb: Skb) -> Errno | None:
        options = self._options
        copies = 1 + (self._duplicating and self._happens("duplicate")) - self._happens("loss")
        if not copies:
            self.drops += 1
            self.device.namespace.drop(skb, self.device, DropReason.LINK_LOSS, "netem")
            return None
        twin = skb.clone() if copies > 1 else None
        if self._happens("corrupt"):
            skb.frame = self._corrupted(skb.frame)
        if self.length >= options["limit"]:
            return self._drop(skb)
        if twin is not None:
            self._duplicating = False
            self.enqueue(twin)
            self._duplicating = True
        self.length += 1
        self.backlog += wire_length(skb)
        self._put(skb)
        self._run()
        return None

    def _happens(self, what: str) -> bool:
        share = self._options.get(what, 0)
        return bool(share) and share >= self._dice[what].throw(self._options.get(f"{what}_correlation", 0))

    def _corrupted(self, frame: Frame) -> Frame:
        """One bit is wrong."""
        data = bytearray(frame.encode())
        data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
        return Frame.decode(bytes(data))

    def _put(self, skb: Skb) -> None:
        now, gap = self.device.engine.now(), self._options.get("gap", 0)
        overtakes = gap > 0 and self._in_order >= gap - 1 and self._happens("reorder")
        if overtakes:
            self._in_order = 0
            self.requeues += 1
            self._wait(0, skb)
            return
        self._in_order += 1
        delay = self._delay()
        if self._options.get("rate"):
            if self._waiting:
                # The line is busy until the frame before has left; what is left of the delay counts from then.
                delay = max(0, delay - (self._latest - now))
                now = self._latest
            delay += self._transmission_time(wire_length(skb))
        self._latest = max(self._latest, now + delay)
        self._wait(now + delay, skb)

    def _wait(self, until: int, skb: Skb) -> None:
        self._number += 1
        heapq.heappush(self._waiting, (until, self._number, skb))

    def _delay(self) -> int:
        """tabledist"""
        latency, jitter = self._options.get("latency", 0), self._options.get("jitter", 0)
        if not jitter:
            return latency
        thrown = self._dice["latency"].throw(self._options.get("delay_correlation", 0))
        if self._options.get("distribution"):
            return max(0, round(self._random.gauss(latency, jitter)))
        return max(0, thrown % (2 * jitter) + latency - jitter)

    def _transmission_time(self, length: int) -> int:
        """packet_time_ns: cells, as of ATM, are sent whole."""
        options = self._options
        length += options.get("packet_overhead", 0)
        cell = options.get("cell_size", 0)
        if cell:
            cells = -(-length // cell)
            length = cells * (cell + options.get("cell_overhead", 0))
        return length * SECOND // options["rate"]

    # --- frames that go ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """netem_dequeue, until the next frame's time is still to come."""
        now = self.device.engine.now()
        while self._waiting and self._waiting[0][0] <= now:
            skb = heapq.heappop(self._waiting)[2]
            self.length -= 1
            self.backlog -= wire_length(skb)
            self._passes(skb)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            self._timer = self.device.engine.after(self._waiting[0][0] - now, self._run)

    def reset(self) -> None:
        self._waiting.clear()
        self.backlog = self.length = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
