"""The hierarchical token bucket (net/sched/sch_htb.c).

Filters choose a leaf class, else the default class; without one, frames leave at once ("direct").  A class sends while
the bucket of its rate holds tokens, and with the tokens of the class above while that of its ceiling does; both may be
overdrawn by a frame.  Those that may send take turns by level, `prio` and `quantum`.  Not modelled: offload, what
classes of the same priority that borrow from different classes of one level share of their turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.gso import count, wire_length
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.classhash import ClassHash
from vnetsim.kernel.qdisc.classify import DIRECT, DROPPED, STOLEN, Classifier
from vnetsim.kernel.qdisc.fifo import default_leaf
from vnetsim.kernel.qdisc.qdisc import PacketQueue, QueueingDiscipline, Xmit
from vnetsim.kernel.qdisc.rate import Rate

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device

#: The longest time that counts between two frames, and the largest debt (HTB_MIN_... mbuffer).
_MOST: Final = 60 * SECOND
#: The level of a class just below the root that has classes below it (TC_HTB_MAXDEPTH - 1).
_TOP_LEVEL: Final = 7
#: The largest quantum, and the smallest, that the kernel computes.
_QUANTA: Final = (1000, 200_000)


class HtbBucket:
    """Tokens are nanoseconds of sending; `depth` of them are what the burst takes."""

    def __init__(self, rate: int, burst: int) -> None:
        self.rate = Rate(rate)
        self.depth = self.tokens = self.rate.nanoseconds(burst)

    def charge(self, length: int, elapsed: int) -> None:
        """htb_accnt_tokens: what came meanwhile, and what the frame costs; a debt is bounded."""
        self.tokens = max(min(self.tokens + elapsed, self.depth) - self.rate.nanoseconds(length), 1 - _MOST)


class HtbClass:
    """A class: a leaf with the discipline in which its frames wait, or one whose rate those below it share."""

    def __init__(self, root: HierarchyTokenBucket, minor: int, above: HtbClass | None,
                 options: Mapping[str, int]) -> None:  # fmt: skip
        self.root, self.minor, self.above = root, minor, above
        self.below: list[HtbClass] = []
        self.level = 0
        self.bytes = self.packets = self.drops = self.overlimits = 0
        self.lends = self.borrows = 0
        #: How much of its turn is left, by the level at which it gets tokens.
        self.deficit: dict[int, int] = {}
        self.leaf: QueueingDiscipline = self._default()
        self.exhausted = False
        self.configure(options)

    def _default(self) -> QueueingDiscipline:
        leaf = default_leaf(self.root.device, self.root.kind)
        leaf.above = self.root
        return leaf

    def configure(self, options: Mapping[str, int]) -> None:
        """htb_change_class"""
        self.options = dict(options)
        self._rate = HtbBucket(options["rate"], options["burst"])
        self._ceiling = HtbBucket(options["ceil"], options["cburst"])
        self._checked = self.root.device.engine.now()

    @property
    def quantum(self) -> int:
        given = self.options.get("quantum", 0)
        return given or max(_QUANTA[0], min(self.options["rate"] // self.root.r2q, _QUANTA[1]))

    @property
    def tokens(self) -> tuple[int, int]:
        """Of both buckets, in nanoseconds."""
        return self._rate.tokens, self._ceiling.tokens

    def tokens_at(self, now: int) -> tuple[int, int]:
        """htb_class_mode: what both buckets hold now."""
        elapsed = min(now - self._checked, _MOST)
        return self._rate.tokens + elapsed, self._ceiling.tokens + elapsed

    def graft(self, leaf: QueueingDiscipline | None) -> None:
        """htb_graft"""
        self.root.length -= self.leaf.length
        self.root.backlog -= self.leaf.backlog
        self.leaf.reset()
        self.leaf = self._default() if leaf is None else leaf
        self.leaf.above = self.root

    def becomes_inner(self) -> None:
        """The first class below it: the discipline of a leaf goes."""
        self.graft(None)
        self.level = (_TOP_LEVEL + 1 if self.above is None else self.above.level) - 1

    def lender(self, now: int) -> tuple[HtbClass | None, int]:
        """The class whose tokens its next frame takes; without one the time at which to look again."""
        wake = 0
        for each in self.chain():
            rate, ceiling = each.tokens_at(now)
            if ceiling < 0:
                return None, now + min(-ceiling, wake or -ceiling)
            if rate >= 0:
                return each, now
            wake = min(wake or -rate, -rate)
        return None, now + wake

    def chain(self) -> list[HtbClass]:
        """It and those above it."""
        found: list[HtbClass] = [self]
        while (above := found[-1].above) is not None:
            found.append(above)
        return found

    def account(self, skb: Skb, level: int, now: int) -> None:
        """htb_charge_class for one class of the chain: it borrows where it is below the lender."""
        length = wire_length(skb)
        elapsed = min(now - self._checked, _MOST)
        if self.level >= level:
            self.lends += self.level == level
            self._rate.charge(length, elapsed)
        else:
            self.borrows += 1
            self._rate.tokens += elapsed
        self._ceiling.charge(length, elapsed)
        self._checked = now
        self.bytes += length
        self.packets += count(skb)
        exhausted = self._ceiling.tokens < 0
        if exhausted and not self.exhausted:
            self.overlimits += 1
            self.root.overlimits += 1
        self.exhausted = exhausted


class HierarchyTokenBucket(Classifier):
    kind: ClassVar[str] = "htb"
    classful: ClassVar[bool] = True
    changeable: ClassVar[bool] = False

    def __init__(self, device: Device, handle: int) -> None:
        super().__init__(device, handle)
        self.classes: ClassHash[HtbClass] = ClassHash(handle)
        self._options: dict[str, int] = {"r2q": 10, "default": 0}
        self._direct = PacketQueue()
        self._direct_packets = 0
        #: The leaves with frames, in the order of their turns.
        self._active: list[HtbClass] = []

    def configure(self, options: Mapping[str, int]) -> None:
        """htb_init; tc sends its defaults."""
        self._options |= options

    @property
    def r2q(self) -> int:
        return self._options["r2q"] or 10

    def details(self) -> Mapping[str, int]:
        limit = self._options.get("direct_qlen", self.device.qlen or 0)
        return {**self._options, "direct_packets_stat": self._direct_packets, "direct_qlen": limit}

    # --- classes ------------------------------------------------------------------------------------------------------

    def find(self, minor: int) -> QueueingDiscipline | None:
        """The discipline below a class; KeyError without it."""
        return self.classes[minor].leaf

    def graft(self, minor: int, leaf: QueueingDiscipline | None) -> None:
        self.classes[minor].graft(leaf)
        self._active = [each for each in self._active if each.minor != minor]

    def children(self) -> Iterator[QueueingDiscipline]:
        return (each.leaf for each in self.classes.values() if each.leaf.handle and not each.level)

    def add_class(self, minor: int, parent: int, options: Mapping[str, int]) -> None:
        above = self.classes.get(parent)
        added = HtbClass(self, minor, above, options)
        if above is not None:
            if not above.level:
                self._active = [each for each in self._active if each is not above]
                above.becomes_inner()
            above.below.append(added)
        self.classes.add(minor, added)

    def is_used(self, minor: int) -> bool:
        """Whether a filter chooses the class, or belongs to it."""
        return minor in self.chosen or minor in self.filters

    def remove_class(self, minor: int) -> None:
        """htb_delete; the class above is a leaf again after its last one (htb_parent_to_leaf)."""
        gone = self.classes.remove(minor)
        gone.graft(None)
        self._active = [each for each in self._active if each is not gone]
        if gone.above is not None:
            gone.above.below.remove(gone)
            if not gone.above.below:
                gone.above.level = 0

    # --- frames -------------------------------------------------------------------------------------------------------

    def enqueue(self, skb: Skb) -> Errno | Xmit | None:
        chosen = self._classify(skb)
        if chosen in (DROPPED, STOLEN):
            self.drops += chosen == DROPPED
            return Xmit.CN if chosen == DROPPED else Xmit.STOLEN
        each = self.classes.get(chosen)
        if each is None:
            return self._enqueue_direct(skb)
        failed = each.leaf.enqueue(skb)
        if failed is not None:
            each.drops += failed is not Xmit.STOLEN
            self.drops += failed is not Xmit.STOLEN
            return failed
        self.came(skb)
        if each not in self._active:
            self._active.append(each)
        return None

    def _enqueue_direct(self, skb: Skb) -> Errno | None:
        if len(self._direct) >= self.details()["direct_qlen"]:
            return self.drop(skb)
        self._direct.append(skb)
        self._direct_packets += count(skb)
        self.came(skb)
        return None

    def _classify(self, skb: Skb) -> int:
        """htb_classify: the minor number of a leaf, DIRECT, DROPPED or STOLEN."""
        above = 0
        if skb.priority is not None and skb.priority >> 16 == self.handle:
            above = skb.priority & 0xFFFF
            known = self.classes.get(above)
            if known is not None and not known.level:
                return above
            above = above if known is not None else 0
        while (found := self.classify(skb, above)) is not None:
            if found in (DROPPED, STOLEN) or found == self.handle << 16:
                return found if found < 0 else DIRECT
            known = self.classes.get(found & 0xFFFF) if found >> 16 in (0, self.handle) else None
            if known is None or known.minor == above:
                break
            if not known.level:
                return known.minor
            above = known.minor
        default = self.classes.get(self._options["default"])
        return DIRECT if default is None or default.level else default.minor

    def dequeue(self) -> Skb | None:
        """htb_dequeue"""
        if self._direct:
            direct = self._direct.popleft()
            self.went(direct)
            return direct
        now, wake = self.device.engine.now(), 0
        ready: list[tuple[int, int, HtbClass]] = []
        for each in self._active:
            lender, until = each.lender(now)
            if lender is None:
                wake = min(wake or until, until)
            else:
                ready.append((lender.level, each.options["prio"], each))
        ready.sort(key=lambda entry: entry[:2])
        for level, _, each in ready:
            skb = each.leaf.take()
            if skb is None:
                # Its discipline holds them back, and wakes the root itself.
                if not each.leaf.length:
                    self._active.remove(each)
                continue
            self._sent(skb, each, level, now)
            return skb
        if wake:
            self.watch(wake)
        return None

    def _sent(self, skb: Skb, each: HtbClass, level: int, now: int) -> None:
        each.deficit[level] = each.deficit.get(level, 0) - wire_length(skb)
        if each.deficit[level] < 0:
            each.deficit[level] += each.quantum
            self._active.remove(each)
            self._active.append(each)
        if not each.leaf.length:
            self._active.remove(each)
        for charged in each.chain():
            charged.account(skb, level, now)
        self.went(skb)

    def reset(self) -> None:
        super().reset()
        self._direct.clear()
        self._active.clear()
        for each in self.classes.values():
            each.leaf.reset()
