"""How much may be in flight: the phases of net/ipv4/tcp_input.c, with proportional rate reduction (RFC 6937).

What a window grows by, and what is left of it after a loss, is an algorithm's: Reno is here, `cubic` is a module of
its own, `ALGORITHMS` has them by the names that tcp_congestion_control knows.  Everything counts segments.
"""

from __future__ import annotations

import enum
from typing import Final, Protocol

from vnetsim.protocols.tcp.cubic import Cubic

#: TCP_INFINITE_SSTHRESH: nothing was lost yet.
NEVER: Final = 0x7FFF_FFFF


class Phase(enum.Enum):
    """enum tcp_ca_state; Disorder is a part of OPEN here."""

    OPEN = "open"
    CWR = "cwr"
    RECOVERY = "recovery"
    LOSS = "loss"


class Algorithm(Protocol):
    """struct tcp_congestion_ops: reno, cubic.  Times in nanoseconds."""

    name: str

    def growth(self, window: int, acknowledged: int, now: int) -> int:
        """For how many acknowledged segments the window grows by one, past slow start."""

    def threshold(self, window: int) -> int:
        """What is left of the window after a loss (ssthresh)."""

    def slow_start_is_over(self, window: int, trip: int, una: int, nxt: int, now: int, rate: int) -> bool:
        """A round trip was measured in slow start; `rate` is the pacing rate in bytes per second."""

    def measured(self, trip: int, now: int) -> None:
        """A round trip was measured."""

    def started(self, idle: int, now: int) -> None:
        """Sending begins after nothing was in flight; `idle`: since when nothing was sent."""

    def lost_all(self, nxt: int, now: int) -> None:
        """A timeout: what was learned is no longer true."""


class Reno:
    """NewReno (RFC 5681, net/ipv4/tcp_cong.c): a segment more each round trip, half of the window after a loss."""

    name = "reno"

    def growth(self, window: int, acknowledged: int, now: int) -> int:
        del acknowledged, now
        return window

    def threshold(self, window: int) -> int:
        return max(window >> 1, 2)

    def slow_start_is_over(self, window: int, trip: int, una: int, nxt: int, now: int, rate: int) -> bool:
        """Only a loss ends it."""
        del window, trip, una, nxt, now, rate
        return False

    def measured(self, trip: int, now: int) -> None:
        """Reno looks at losses only."""

    def started(self, idle: int, now: int) -> None:
        """Its window does not depend on time."""

    def lost_all(self, nxt: int, now: int) -> None:
        """It remembers nothing."""


ALGORITHMS: Final[dict[str, type[Algorithm]]] = {"reno": Reno, "cubic": Cubic}


#: Nothing is being repaired in these states.
CALM: Final = (Phase.OPEN, Phase.CWR)


class Congestion:
    """`window` is the congestion window (cwnd), `threshold` the slow start threshold (ssthresh)."""

    def __init__(self, window: int, algorithm: str = "cubic") -> None:
        self.window = window
        self.threshold = NEVER
        self.phase = Phase.OPEN
        self.algorithm: Algorithm = ALGORITHMS[algorithm]()
        self._initial = window
        #: How often the window was reduced, of which the other end hears by CWR where ECN was agreed upon.
        self.reductions = 0
        self._count = 0
        self._before = 0
        self._delivered = 0
        self._sent = 0
        #: What to go back to where a loss turns out to have been none (prior_cwnd, prior_ssthresh).
        self._prior = (0, NEVER)

    @property
    def in_slow_start(self) -> bool:
        return self.window < self.threshold

    # --- growing --------------------------------------------------------------------------------------------------

    def acknowledged(self, segments: int, now: int) -> None:
        """tcp_cong_avoid; only while the window is what holds the sender back."""
        if self.is_reducing:
            return
        if self.window < self.threshold:
            grown = min(self.window + segments, self.threshold)
            segments -= grown - self.window
            self.window = grown
            if not segments:
                return
        self._avoid(self.algorithm.growth(self.window, segments, now), segments)

    def _avoid(self, each: int, segments: int) -> None:
        """tcp_cong_avoid_ai: one more for `each` segments."""
        if self._count >= each:
            # Collected when the window was another one.
            self._count = 0
            self.window += 1
        self._count += segments
        if self._count >= each:
            grown, self._count = divmod(self._count, each)
            self.window += grown

    def measured(self, trip: int, una: int, nxt: int, now: int, rate: int) -> None:
        """An acknowledgement gave an RTT sample (pkts_acked)."""
        self.algorithm.measured(trip, now)
        if self.in_slow_start and self.algorithm.slow_start_is_over(self.window, trip, una, nxt, now, rate):
            self.threshold = self.window

    # --- losing ---------------------------------------------------------------------------------------------------

    @property
    def is_reducing(self) -> bool:
        """tcp_in_cwnd_reduction."""
        return self.phase is Phase.RECOVERY or self.phase is Phase.CWR

    def enter_recovery(self) -> None:
        """A segment was lost, others arrived: fast retransmit (tcp_enter_recovery)."""
        if self.phase is Phase.OPEN:
            self._begin_reduction()
        self.phase = Phase.RECOVERY

    def enter_cwr(self) -> None:
        """A queue of this host was full, or a router marked one (tcp_enter_cwr)."""
        if self.phase is Phase.OPEN:
            self._begin_reduction()
            self.phase = Phase.CWR

    def _begin_reduction(self) -> None:
        """tcp_init_cwnd_reduction."""
        self.reductions += 1
        self._prior = (self.window, self.threshold)
        self._before = self.window
        self._delivered = self._sent = 0
        self.threshold = self.algorithm.threshold(self.window)

    def enter_loss(self, in_flight: int, nxt: int, now: int, *, again: bool) -> None:
        """Nothing was heard for an RTO (tcp_enter_loss); `again`, of the same data."""
        if not again:
            if self.phase is Phase.OPEN:
                self._prior = (self.window, self.threshold)
            self.threshold = self.algorithm.threshold(self.window)
        self.algorithm.lost_all(nxt, now)
        self.reductions += 1
        self.window = in_flight + 1
        self._count = 0
        self.phase = Phase.LOSS

    def enter_resegmented(self) -> None:
        """The path takes smaller segments only (tcp_simple_retransmit): the amount of data stays the same."""
        self.phase = Phase.LOSS

    def delivered(self, segments: int, in_flight: int, *, advanced: bool) -> None:
        """The window while it is being reduced (tcp_cwnd_reduction)."""
        if not self.is_reducing or segments <= 0:
            return
        self._delivered += segments
        space = self.threshold - in_flight
        if space < 0:
            allowed = -(-self._delivered * self.threshold // self._before) - self._sent
        else:
            allowed = max(self._delivered - self._sent, segments) + advanced
            allowed = min(space, allowed)
        self.window = in_flight + max(allowed, 0 if self._sent else 1)

    def sent(self, segments: int) -> None:
        """Segments left while the window was being reduced (prr_out)."""
        self._sent += segments

    def recovered(self) -> None:
        """All that was in flight when the loss was noticed has arrived."""
        if self.is_reducing:
            self.window = self.threshold
        self.phase = Phase.OPEN

    def undo(self) -> None:
        """Nothing had been lost after all (tcp_undo_cwnd_reduction)."""
        window, threshold = self._prior
        self.window = max(self.window, window)
        self.threshold = max(self.threshold, threshold)
        self.phase = Phase.OPEN

    # --- resting --------------------------------------------------------------------------------------------------

    def rest(self, timeouts: int) -> None:
        """Nothing was sent for so many RTOs: what was known of the path is halved as often (RFC 2861)."""
        self.threshold = max(self.threshold, (self.window >> 1) + (self.window >> 2))
        self.window = max(self.window >> min(timeouts, 31), min(self._initial, self.window))
