"""CUBIC (RFC 9438, net/ipv4/tcp_cubic.c), Linux's default: a window that grows with the cube of the time since a loss.

Its slow start ends before the first loss where acknowledgements show that the path is full (HyStart): they come in a
train that is longer than half of the shortest round trip, or the round trips of one window are longer than before.
Time counts in ticks of the kernel's clock and in its fixed point numbers, as there, so that windows are the same.
"""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.protocols.jiffies import HZ, JIFFY

#: What is left after a loss, and the scale of it: 717/1024 (0.7).
_BETA: Final = 717
_SCALE: Final = 1024
#: Time in the cubic function counts 1/1024 of a second.
_TIME_BITS: Final = 10
#: C, in 1/1024: 0.4.
_C: Final = 41 * 10
_CUBE_SHIFT: Final = 10 + 3 * _TIME_BITS
_CUBE_FACTOR: Final = (1 << _CUBE_SHIFT) // _C
#: How many segments a window of Reno that loses as little as we do takes to grow by one, in 1/8 of the window.
_FRIENDLY: Final = 8 * (_SCALE + _BETA) // 3 // (_SCALE - _BETA)
_SLOWEST: Final = 100
#: As long as nothing was lost: at least one more for so many.
_FIRST_EPOCH: Final = 20
_LEAST: Final = 2
# HyStart
_LOW_WINDOW: Final = 16
_MIN_SAMPLES: Final = 8
_ACK_DELTA: Final = 2 * MILLISECOND
_DELAY_MIN: Final = 4 * MILLISECOND
_DELAY_MAX: Final = 16 * MILLISECOND
_LONGEST: Final = 1 << 62
#: GSO_MAX_SIZE, four of which may be in transit from the sender to its own network card.
_IN_THE_CARD: Final = 4 * 65_536


class Cubic:
    """The promise of congestion.Algorithm.  Times in nanoseconds unless stated as ticks."""

    name = "cubic"

    def __init__(self) -> None:
        self._shortest = 0
        self._reset()
        self._begin_round(0, 0)

    def _reset(self) -> None:
        """bictcp_reset."""
        self._each = 0
        self._largest = 0  #: the window before the last loss
        self._last_window = 0
        self._last_tick = 0
        self._origin = 0
        self._k = 0
        self._shortest = 0
        self._epoch: int | None = None  #: ticks
        self._acknowledged = 0
        self._friend = 0  #: the window that Reno would have
        self._found = False

    # --- growing ----------------------------------------------------------------------------------------------------

    def growth(self, window: int, acknowledged: int, now: int) -> int:
        """bictcp_update."""
        self._acknowledged += acknowledged
        tick = now // JIFFY
        if self._last_window == window and tick - self._last_tick <= HZ // 32:
            return max(self._each, _LEAST)
        if self._epoch is None or tick != self._last_tick:
            self._last_window, self._last_tick = window, tick
            if self._epoch is None:
                self._begin_epoch(window, acknowledged, tick)
            self._each = self._approach(window, self._target(tick))
        self._each = max(self._be_friendly(window), _LEAST)
        return self._each

    def _begin_epoch(self, window: int, acknowledged: int, tick: int) -> None:
        self._epoch = tick
        self._acknowledged = acknowledged
        self._friend = window
        below = max(self._largest - window, 0)
        self._k = _cube_root(_CUBE_FACTOR * below)
        self._origin = window + below

    def _target(self, tick: int) -> int:
        """W_cubic(t + RTT): RFC 9438, 4.2."""
        assert self._epoch is not None
        ticks = tick - self._epoch + -(-self._shortest // JIFFY)
        offset = (ticks << _TIME_BITS) // HZ - self._k
        delta = _C * abs(offset) ** 3 >> _CUBE_SHIFT
        return self._origin - delta if offset < 0 else self._origin + delta

    def _approach(self, window: int, target: int) -> int:
        each = window // (target - window) if target > window else _SLOWEST * window
        return min(each, _FIRST_EPOCH) if not self._largest else each

    def _be_friendly(self, window: int) -> int:
        """No slower than Reno would be (RFC 9438, 4.3)."""
        step = window * _FRIENDLY >> 3
        if self._acknowledged > step > 0:
            grown = (self._acknowledged - 1) // step
            self._acknowledged -= grown * step
            self._friend += grown
        if self._friend > window:
            return min(self._each, window // (self._friend - window))
        return self._each

    # --- losing -----------------------------------------------------------------------------------------------------

    def threshold(self, window: int) -> int:
        """cubictcp_recalc_ssthresh; a loss below the last maximum lowers that maximum (fast convergence)."""
        self._epoch = None
        self._largest = window * (_SCALE + _BETA) // (2 * _SCALE) if window < self._largest else window
        return max(window * _BETA // _SCALE, 2)

    def lost_all(self, nxt: int, now: int) -> None:
        self._reset()
        self._begin_round(nxt, now)

    def started(self, idle: int, now: int) -> None:
        """cubictcp_cwnd_event: time in which nothing was sent does not count."""
        tick = now // JIFFY
        if self._epoch is not None and idle > 0:
            self._epoch = min(self._epoch + idle // JIFFY, tick)

    # --- the end of slow start --------------------------------------------------------------------------------------

    def measured(self, trip: int, now: int) -> None:
        if self._discards(now):
            return
        if not self._shortest or trip < self._shortest:
            self._shortest = trip

    def _discards(self, now: int) -> bool:
        """Samples right after a recovery measure the recovery."""
        return self._epoch is not None and now // JIFFY - self._epoch < HZ

    def slow_start_is_over(self, window: int, trip: int, una: int, nxt: int, now: int, rate: int) -> bool:
        """hystart_update."""
        if self._found or self._discards(now):
            return False
        if una > self._round_end:
            self._begin_round(nxt, now)
        if window < _LOW_WINDOW:
            return False
        self._found = self._train_is_long(now, rate) or self._trips_are_longer(trip)
        return self._found

    def _begin_round(self, nxt: int, now: int) -> None:
        """bictcp_hystart_reset."""
        self._round_start = self._last_ack = now
        self._round_end = nxt
        self._round_trip = _LONGEST
        self._samples = 0

    def _train_is_long(self, now: int, rate: int) -> bool:
        if now - self._last_ack > _ACK_DELTA:
            return False
        self._last_ack = now
        in_card = min(MILLISECOND, _IN_THE_CARD * SECOND // rate // MICROSECOND * MICROSECOND) if rate else 0
        return now - self._round_start > (self._shortest + in_card) >> 1

    def _trips_are_longer(self, trip: int) -> bool:
        self._round_trip = min(self._round_trip, trip)
        if self._samples < _MIN_SAMPLES:
            self._samples += 1
            return False
        return self._round_trip > self._shortest + min(max(self._shortest >> 3, _DELAY_MIN), _DELAY_MAX)


def _cube_root(number: int) -> int:
    """The largest integer whose cube is not larger."""
    if not number:
        return 0
    root = 1 << -(-number.bit_length() // 3)
    while root**3 > number:
        root = (2 * root + number // root**2) // 3
    return root
