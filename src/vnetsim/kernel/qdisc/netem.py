"""A worse network (net/sched/sch_netem.c): delay, jitter, loss, duplicates, reordering, corruption, a rate, slots.

Follows Linux's source and tc-netem(8); what tc prints of it is recorded.  Randomness is the device's own, so that the
same commands give the same losses.  Not modelled: slots with a distribution; the distributions of the delay are drawn
as such, and not from tc's tables of them.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.codel import congestion_experienced
from vnetsim.kernel.qdisc.netem_models import Dice, GilbertElliott, LossModel, LossStates, Slots, drawn
from vnetsim.kernel.qdisc.qdisc import QueueingDiscipline
from vnetsim.wire.ethernet import Frame

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

_LIMIT: Final = 1000
#: What a change of options keeps that does not name it; the rest gets its default (netem_change).
_KEPT: Final = (
    "rate", "packet_overhead", "cell_size", "cell_overhead", "slot_min", "slot_max", "slot_packets", "slot_bytes",
    "corrupt", "corrupt_correlation", "reorder", "reorder_correlation", "ecn", "delay_correlation", "loss_correlation",
    "duplicate_correlation", "distribution",
)  # fmt: skip
#: Options that one attribute of netlink holds, so that one of them renews all.
_TOGETHER: Final = (
    ("rate", "packet_overhead", "cell_size", "cell_overhead"),
    ("slot_min", "slot_max", "slot_packets", "slot_bytes"),
    ("corrupt", "corrupt_correlation"), ("reorder", "reorder_correlation"),
    ("delay_correlation", "loss_correlation", "duplicate_correlation"),
)  # fmt: skip
_MODELS: Final[Mapping[str, type[LossModel]]] = {"state": LossStates, "gemodel": GilbertElliott}


class Netem(QueueingDiscipline):
    kind: ClassVar[str] = "netem"
    classful: ClassVar[bool] = True

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self._options: dict[str, int] = {}
        source = random.Random(f"netem {device.namespace.host.seed} {handle}")
        self._random = source
        self._dice = {what: Dice(source) for what in ("latency", "loss", "duplicate", "reorder", "corrupt")}
        self.leaf: QueueingDiscipline | None = None
        #: Frames by the time at which they leave; the number keeps those of one time in order.
        self._waiting: list[tuple[int, int, Skb]] = []
        #: Those that overtake.
        self._first: deque[Skb] = deque()
        self._number = 0
        self._in_order = 0
        self._latest = 0
        self._duplicating = True
        self._model: LossModel | None = None
        self._slots: Slots | None = None

    def configure(self, options: Mapping[str, int]) -> None:
        """netem_change"""
        renewed = {key for group in _TOGETHER if options.keys() & set(group) for key in group}
        kept = {key: value for key, value in self._options.items() if key in _KEPT and key not in renewed}
        self._options = {"limit": _LIMIT, **kept, **options}
        if options.get("reorder"):
            self._options["gap"] = options.get("gap", 1)
        self._model = next((
            model([self._options[key] for key in model.parameters], self._random)
            for name, model in _MODELS.items() if name in options
        ), None)  # fmt: skip
        if "slot_min" in options:
            self._slots = Slots(self._options, self._random)

    def details(self) -> Mapping[str, int]:
        return self._options

    # --- frames that come -------------------------------------------------------------------------------------------

    def enqueue(self, skb: Skb) -> Errno | None:
        options = self._options
        copies = 1 + (self._duplicating and self._happens("duplicate")) - self._is_lost(skb)
        if not copies:
            self.drops += 1
            self.device.namespace.drop(skb, self.device, DropReason.LINK_LOSS, "netem")
            return None
        twin = skb.clone() if copies > 1 else None
        if self._happens("corrupt"):
            skb.frame = self._corrupted(skb.frame)
        if self.length >= options["limit"]:
            return self.drop(skb)
        if twin is not None:
            self._duplicating = False
            self._root().enqueue(twin)
            self._duplicating = True
        self.came(skb)
        self._put(skb)
        return None

    def _root(self) -> QueueingDiscipline:
        """A duplicate comes in by the root of the device."""
        root: QueueingDiscipline = self
        while root.above is not None:
            root = root.above
        return root

    def _happens(self, what: str) -> bool:
        share = self._options.get(what, 0)
        return bool(share) and share >= self._dice[what].throw(self._options.get(f"{what}_correlation", 0))

    def _is_lost(self, skb: Skb) -> bool:
        """loss_event; with `ecn`, a packet of a sender that knows ECN is marked instead (INET_ECN_set_ce)."""
        if self._model is not None:
            lost = self._model.loses()
        else:
            lost = self._happens("loss")
        if not lost or not self._options.get("ecn"):
            return lost
        marked = congestion_experienced(skb.frame)
        if marked is not None:
            skb.frame = marked
            self.drops += 1
        return marked is None

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
            self._first.append(skb)
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
        self._number += 1
        heapq.heappush(self._waiting, (now + delay, self._number, skb))

    def _delay(self) -> int:
        """tabledist"""
        latency, jitter = self._options.get("latency", 0), self._options.get("jitter", 0)
        if not jitter:
            return latency
        thrown = self._dice["latency"].throw(self._options.get("delay_correlation", 0))
        distribution = self._options.get("distribution", 0)
        if distribution:
            return max(0, round(latency + jitter * drawn(distribution, self._random)))
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

    def dequeue(self) -> Skb | None:
        """netem_dequeue"""
        if self._first:
            return self._gone(self._first.popleft())
        while self._waiting:
            now, until = self.device.engine.now(), self._waiting[0][0]
            if self._slots is not None:
                until = self._slots.opens(now, until)
            if until > now:
                self.watch(until)
                break
            skb = heapq.heappop(self._waiting)[2]
            if self._slots is not None:
                self._slots.took(wire_length(skb), now)
            if self.leaf is None:
                return self._gone(skb)
            if self.leaf.enqueue(skb) is not None:
                self.length -= 1
                self.backlog -= wire_length(skb)
                self.drops += 1
            elif (ready := self.leaf.take()) is not None:
                return self._gone(ready)
        ready = None if self.leaf is None else self.leaf.take()
        return None if ready is None else self._gone(ready)

    def _gone(self, skb: Skb) -> Skb:
        self.went(skb)
        return skb

    def reset(self) -> None:
        super().reset()
        self._waiting.clear()
        self._first.clear()
        if self.leaf is not None:
            self.leaf.reset()

    # --- its class ----------------------------------------------------------------------------------------------------

    def find(self, _minor: int) -> QueueingDiscipline | None:
        return self.leaf

    def graft(self, _minor: int, leaf: QueueingDiscipline | None) -> None:
        """netem_graft: what frames go through after their delay."""
        if self.leaf is not None:
            self.length -= self.leaf.length
            self.backlog -= self.leaf.backlog
            self.leaf.reset()
        self.leaf = leaf
        if leaf is not None:
            leaf.above = self

    def children(self) -> Iterator[QueueingDiscipline]:
        return iter(() if self.leaf is None else (self.leaf,))
