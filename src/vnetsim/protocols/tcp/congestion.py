"""How much may be in flight: NewReno (RFC 5681, net/ipv4/tcp_cong.c) with proportional rate reduction (RFC 6937).

Everything counts segments.
"""

from __future__ import annotations

import enum
from typing import Final

_NEVER: Final = 0x7FFF_FFFF


class Phase(enum.Enum):
    """enum tcp_ca_state; CWR does not occur here."""

    OPEN = "open"
    RECOVERY = "recovery"
    LOSS = "loss"


class Congestion:
    """`window` is the congestion window (cwnd), `threshold` the slow start threshold (ssthresh)."""

    def __init__(self, window: int) -> None:
        self.window = window
        self.threshold = _NEVER
        self.phase = Phase.OPEN
        self._initial = window
        self._count = 0
        self._before = 0
        self._delivered = 0
        self._sent = 0

    # --- growing --------------------------------------------------------------------------------------------------

    def acknowledged(self, segments: int) -> None:
        """tcp_reno_cong_avoid; only while the window is what holds the sender back."""
        if self.phase is Phase.RECOVERY:
            return
        if self.window < self.threshold:
            grown = min(self.window + segments, self.threshold)
            segments -= grown - self.window
            self.window = grown
        self._count += segments
        if self._count >= self.window:
            grown, self._count = divmod(self._count, self.window)
            self.window += grown

    # --- losing ---------------------------------------------------------------------------------------------------

    def enter_recovery(self) -> None:
        """A segment was lost, others arrived: fast retransmit (tcp_enter_recovery)."""
        self._before = self.window
        self._delivered = self._sent = 0
        self.threshold = max(self.window >> 1, 2)
        self.phase = Phase.RECOVERY

    def enter_loss(self, in_flight: int, *, again: bool) -> None:
        """Nothing was heard for an RTO (tcp_enter_loss); `again`, of the same data."""
        if not again:
            self.threshold = max(self.window >> 1, 2)
        self.window = in_flight + 1
        self._count = 0
        self.phase = Phase.LOSS

    def enter_resegmented(self) -> None:
        """The path takes smaller segments only (tcp_simple_retransmit): the amount of data stays the same."""
        self.phase = Phase.LOSS

    def delivered(self, segments: int, in_flight: int, *, advanced: bool) -> None:
        """The window during recovery (tcp_cwnd_reduction)."""
        if self.phase is not Phase.RECOVERY or segments <= 0:
            return
        self._delivered += segments
        room = self.threshold - in_flight
        if room < 0:
            allowed = -(-self._delivered * self.threshold // self._before) - self._sent
        else:
            allowed = max(self._delivered - self._sent, segments) + advanced
            allowed = min(room, allowed)
        self.window = in_flight + max(allowed, 0 if self._sent else 1)

    def retransmitted(self, segments: int) -> None:
        self._sent += segments

    def recovered(self) -> None:
        """All that was in flight when the loss was noticed has arrived."""
        if self.phase is Phase.RECOVERY:
            self.window = self.threshold
        self.phase = Phase.OPEN

    def rest(self, timeouts: int) -> None:
        """Nothing was sent for so many RTOs: what was known of the path is halved as often (RFC 2861)."""
        self.threshold = max(self.threshold, (self.window >> 1) + (self.window >> 2))
        self.window = max(self.window >> min(timeouts, 31), min(self._initial, self.window))
