"""When a Linux timer that was set for some time really fires (kernel/time/timer.c).

    expiry(now, delay) -> nanoseconds at which the timer fires
    rounded_expiry(now, delay) -> the same for a timer that need not be exact (round_jiffies)

The wheel never fires early, and the longer the delay the coarser its ticks: with HZ=250 a timer of one second falls on
the next multiple of 32 ms.  That is why an unanswered ARP request is repeated after 1.02 s and given up after 3.07 s.
Not modelled: deferrable timers, high-resolution timers (which are exact and need none of this).
"""

from __future__ import annotations

from typing import Final

from vnetsim.clock import SECOND

#: Ticks a second (CONFIG_HZ) and the nanoseconds between two of them.
HZ: Final = 250
JIFFY: Final = SECOND // HZ

# Each level of the wheel has 64 buckets and ticks 8 times slower than the one before it.
_SLOTS: Final = 63
_SHIFT: Final = 3
_LEVELS: Final = 9


def expiry(now: int, delay: int) -> int:
    """The nanosecond at which a timer fires that is set at `now` to wait at least `delay`."""
    begin = now // JIFFY
    return _fires(begin, begin - (-delay // JIFFY))


def rounded_expiry(now: int, delay: int) -> int:
    """The same for a timer that is moved to a whole second, so that several fire together (round_jiffies)."""
    begin = now // JIFFY
    target = begin - (-delay // JIFFY)
    rest = target % HZ
    rounded = target - rest if rest < HZ // 4 else target - rest + HZ
    return _fires(begin, rounded if rounded > begin else target)


def _fires(begin: int, target: int) -> int:
    """The wheel rounds up to the ticks of the level on which it keeps a timer of this length."""
    shift = 0
    while target - begin >= _SLOTS << shift and shift < _SHIFT * (_LEVELS - 1):
        shift += _SHIFT
    return ((target >> shift) + 1 << shift) * JIFFY
