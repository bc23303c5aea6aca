"""Random early detection (net/sched/sch_red.c, include/net/red.h): it drops, or marks, before its queue is full.

The average of the queue decides: below `min` nothing, above `max` all, between them by chance.  The average of an idle
queue shrinks by a table that tc computes of `avpkt` and `bandwidth` (tc/tc_red.c).  Not modelled: adaptive, qevents.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.codel import congestion_experienced
from vnetsim.kernel.qdisc.fifo import Bfifo, Noop
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline, Xmit

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

_BITS: Final = 32
_MICROSECOND: Final = 1000
#: Ticks of the packet scheduler in a second: the table of tc has them, where the kernel has microseconds.
_TICKS: Final = 15_625_000
_LAST_CELL: Final = 255
_MOST_SHIFT: Final = 31
_REQUIRED: Final = frozenset({"limit", "min", "max", "ewma", "plog", "cell_log", "avpkt", "probability"})
#: What tc assumes without a bandwidth: 10 Mbit/s.
_BANDWIDTH: Final = 1_250_000


class Red(QueueingDiscipline):
    """`limit`, `min` and `max` in bytes; `ewma` is the exponent of the weight (Wlog).  `probability` is a share
    of 2**32; where it is 0, it follows from the exponent `plog`."""

    kind: ClassVar[str] = "red"
    classful: ClassVar[bool] = True

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.options: dict[str, int] = {}
        self.counts = {"marked": 0, "early": 0, "pdrop": 0}
        self.leaf: QueueingDiscipline = Noop(device, 0)
        self._average, self._count, self._random = 0, -1, 0
        #: Since when the queue is idle; None while it is not.
        self._idle: int | None = None

    def configure(self, options: Mapping[str, int]) -> None:
        """red_change: with a new queue; KernelError(EINVAL) for impossible thresholds."""
        if not options.keys() >= _REQUIRED or not _possible(options):
            raise KernelError(Errno.EINVAL)
        if options.get("nodrop") and not options.get("ecn"):
            raise KernelError(Errno.EINVAL, "sch_red: nodrop mode is only meaningful with ECN")
        self.options = {"ecn": 0, "harddrop": 0, "nodrop": 0, **options}
        if not options["probability"]:
            least = (1 << _BITS) - 1 >> options["plog"]
            self.options["probability"] = least * max(options["max"] - options["min"], 1) & (1 << _BITS) - 1
        if options["limit"]:
            queue = Bfifo(self.device, 0)
            queue.configure({"limit": options["limit"]})
            self.graft(1, queue)
        self._average, self._count = 0, -1
        self._idle = self.device.engine.now() if not self.leaf.length else None

    def details(self) -> Mapping[str, int]:
        return {**self.options, **self.counts}

    # --- its class ----------------------------------------------------------------------------------------------------

    def find(self, _minor: int) -> QueueingDiscipline:
        return self.leaf

    def graft(self, _minor: int, leaf: QueueingDiscipline | None) -> None:
        """red_graft: without a discipline there is no queue any more."""
        self.leaf.reset()
        self.leaf = Noop(self.device, 0) if leaf is None else leaf
        self.leaf.above = self
        if not self.leaf.handle:
            self.leaf.label = self.kind
        self.backlog = self.length = 0

    def children(self) -> Iterator[QueueingDiscipline]:
        return iter((self.leaf,) if self.leaf.handle else ())

    # --- frames -------------------------------------------------------------------------------------------------------

    def enqueue(self, skb: Skb) -> Errno | Xmit | None:
        """red_enqueue"""
        self._average = self._next_average()
        self._idle = None
        if (certain := self._acts()) is not None:
            self.overlimits += 1
            if self._mark(skb, certain=certain):
                self.counts["marked"] += 1
            elif not self.options["nodrop"]:
                self.counts["early"] += 1
                self.drop(skb)
                return Xmit.CN
        failed = self.leaf.enqueue(skb)
        if failed is None:
            self.came(skb)
        else:
            self.counts["pdrop"] += failed is not Xmit.STOLEN
            self.drops += failed is not Xmit.STOLEN
        return failed

    def _next_average(self) -> int:
        """red_calc_qavg: fixed point, with `ewma` bits behind the point."""
        if self._idle is None:
            return self._average + self.leaf.backlog - (self._average >> self.options["ewma"])
        cells = self.options["cell_log"]
        idle = min((self.device.engine.now() - self._idle) // _MICROSECOND, _LAST_CELL << cells)
        shift = self._shift(idle >> cells)
        if shift:
            return self._average >> shift
        return self._average - min(self._average * idle >> cells, self._average >> 1)

    def _shift(self, cell: int) -> int:
        """tc_red_eval_idle_damping: by how many bits the average shrinks."""
        if cell >= _LAST_CELL:
            return _MOST_SHIFT
        options = self.options
        sending = options["avpkt"] * _TICKS // options.get("bandwidth", _BANDWIDTH)
        weight = -math.log(1 - 1 / (1 << options["ewma"])) / sending
        return min(int((cell << options["cell_log"]) * weight), _MOST_SHIFT)

    def _acts(self) -> bool | None:
        """red_action: whether it drops or marks for sure (True), by chance (False), or does not."""
        low, high = (self.options[key] << self.options["ewma"] for key in ("min", "max"))
        if not low <= self._average < high:
            self._count = -1
            return True if self._average >= high else None
        self._count += 1
        chosen = self._count > 0 and (self._average - low >> self.options["ewma"]) * self._count >= self._random
        if chosen or not self._count:
            self._random = self._draw()
        if chosen:
            self._count = 0
        return False if chosen else None

    def _draw(self) -> int:
        """red_random"""
        spread = max(self.options["max"] - self.options["min"], 1)
        return self.device.namespace.host.random.getrandbits(_BITS) // max(self.options["probability"] // spread, 1)

    def _mark(self, skb: Skb, *, certain: bool) -> bool:
        if not self.options["ecn"] or (certain and self.options["harddrop"]):
            return False
        marked = congestion_experienced(skb.frame)
        if marked is None:
            return False
        skb.frame = marked
        return True

    def dequeue(self) -> Skb | None:
        """red_dequeue"""
        skb = self.leaf.take()
        if skb is not None:
            self.went(skb)
        elif self._idle is None:
            self._idle = self.device.engine.now()
        return skb

    def reset(self) -> None:
        super().reset()
        self.leaf.reset()
        self._average, self._count, self._idle = 0, -1, None


def _possible(options: Mapping[str, int]) -> bool:
    """red_check_params"""
    if options["max"] < options["min"]:
        return False
    return all(options[key].bit_length() + options["ewma"] < _BITS for key in ("min", "max"))
