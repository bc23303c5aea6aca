"""The random models of netem (net/sched/sch_netem.c): correlated numbers, losses with states, distributions, slots.

Shares are of 2**32 - 1, as netlink has them.
"""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

_ONE: Final = 1 << 32
_WHOLE: Final = _ONE - 1
#: The distributions of the delay by their number (0 is uniform): how many `jitter` from the mean.
NORMAL: Final = 1
PARETO: Final = 2
PARETONORMAL: Final = 3
#: tc's pareto table has this shape; its values are moved to the mean 0 and scaled to the deviation 1.
_PARETO_SHAPE: Final = 3.0


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


def drawn(distribution: int, source: random.Random) -> float:
    """A number of the distribution with the mean 0 and the deviation 1; no further than 4 from it (netem's tables)."""
    normal = source.gauss(0, 1)
    if distribution == NORMAL:
        return normal
    mean = _PARETO_SHAPE / (_PARETO_SHAPE - 1)
    deviation = math.sqrt(_PARETO_SHAPE / (_PARETO_SHAPE - 2)) / (_PARETO_SHAPE - 1)
    pareto = min((source.paretovariate(_PARETO_SHAPE) - mean) / deviation, 4.0)
    return pareto if distribution == PARETO else 0.25 * normal + 0.75 * pareto


class LossModel(ABC):
    """Losses that depend on a state; `parameters` are the options that it reads, in their order."""

    parameters: ClassVar[tuple[str, ...]]

    def __init__(self, shares: Sequence[int], source: random.Random) -> None:
        self.shares = tuple(shares)
        self._source = source
        self.state = 1

    @abstractmethod
    def loses(self) -> bool:
        """Whether the next packet is lost."""

    def _number(self) -> int:
        return self._source.getrandbits(32)


class LossStates(LossModel):
    """loss_4state: 1 good, 2 good within a burst, 3 burst of losses, 4 a single loss."""

    parameters: ClassVar[tuple[str, ...]] = ("state", "p31", "p32", "p23", "p14")

    def loses(self) -> bool:
        p13, p31, p32, p23, p14 = self.shares
        number = self._number()
        if self.state == 1:
            self.state = 4 if number < p14 else 3 if number < p13 + p14 else 1
            return self.state != 1
        if self.state == 2:
            self.state = 3 if number < p23 else 2
            return self.state == 3
        if self.state == 4:
            self.state = 1
            return False
        self.state = 2 if number < p32 else 1 if number < p31 + p32 else 3
        return self.state == 3


class GilbertElliott(LossModel):
    """loss_gilb_ell: a good and a bad state, each with its share of losses."""

    parameters: ClassVar[tuple[str, ...]] = ("gemodel", "r", "h", "k1")

    def loses(self) -> bool:
        p, r, h, k1 = self.shares
        if self.state == 1:
            if self._number() < p:
                self.state = 2
            return self._number() < k1
        if self._number() < r:
            self.state = 1
        return self._number() > h


class Slots:
    """The times at which waiting packets may leave, as many of them as one slot takes (get_slot_next)."""

    def __init__(self, options: Mapping[str, int], source: random.Random) -> None:
        self._least, self._most = options["slot_min"], options["slot_max"]
        self._packets, self._bytes = options.get("slot_packets", 0), options.get("slot_bytes", 0)
        self._source = source
        self._next = 0
        self._left = (0, 0)

    def opens(self, now: int, until: int) -> int:
        """When a packet leaves that is ready at `until`."""
        if not self._next or self._next < until:
            self._advance(now)
        return max(until, self._next)

    def took(self, length: int, now: int) -> None:
        packets, size = self._left
        self._left = packets - 1, size - length
        if min(self._left) <= 0:
            self._advance(now)

    def _advance(self, now: int) -> None:
        spread = self._most - self._least
        self._next = now + self._least + (self._source.getrandbits(32) * spread >> 32)
        self._left = (self._packets or _WHOLE, self._bytes or _WHOLE)
