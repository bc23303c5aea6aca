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


def target(now: int, delay: int) -> int:
    """The nanosecond that a timer is set to, as the kernel reports it; it fires at `expiry`."""
    return _ticks(now, delay) * JIFFY


def rounded_target(now: int, delay: int) -> int:
    """The same for a timer that is moved to a whole second, so that several fire together (round_jiffies)."""
    return _rounded(now, delay) * JIFFY


def expiry(now: int, delay: int) -> int:
    """The nanosecond at which a timer fires that is set at `now` to wait at least `delay`."""
    return _fires(now // JIFFY, _ticks(now, delay))


def rounded_expiry(now: int, delay: int) -> int:
    """The same for a timer that is moved to a whole second."""
    return _fires(now // JIFFY, _rounded(now, delay))


def _ticks(now: int, delay: int) -> int:
    return now // JIFFY - (-delay // JIFFY)


def _rounded(now: int, delay: int) -> int:
    begin, wanted = now // JIFFY, _ticks(now, delay)
    rest = wanted % HZ
    rounded = wanted - rest if rest < HZ // 4 else wanted - rest + HZ
    return rounded if rounded > begin else wanted


def _fires(begin: int, wanted: int) -> int:
    """The wheel rounds up to the ticks of the level on which it keeps a timer of this length."""
    shift = 0
    while wanted - begin >= _SLOTS << shift and shift < _SHIFT * (_LEVELS - 1):
        shift += _SHIFT
    return ((wanted >> shift) + 1 << shift) * JIFFY
