"""Round trips and the retransmission timeout (RFC 6298, as tcp_rtt_estimator in net/ipv4/tcp_input.c)."""

from __future__ import annotations

from vnetsim.protocols.jiffies import JIFFY
from vnetsim.protocols.tcp.settings import TcpSettings


class RoundTrip:
    """All in nanoseconds; `smoothed` is 0 before the first sample, `shortest` too."""

    def __init__(self, settings: TcpSettings) -> None:
        self._floor = settings.rto_min
        self._ceiling = settings.rto_max
        self.smoothed = 0
        self.shortest = 0
        #: Without the doubling that unanswered retransmissions cause.
        self.timeout = settings.initial_rto
        self.deviation = 0
        self._variation = 0
        self._largest_deviation = 0
        self._window_end = 0

    def sample(self, measured: int, acknowledged: int, sent: int) -> None:
        """A segment was answered after `measured`; `acknowledged` and `sent` are SND.UNA and SND.NXT."""
        measured = max(measured, 1)
        self.shortest = min(self.shortest, measured) if self.shortest else measured
        if self.smoothed == 0:
            self.smoothed = measured
            self.deviation = measured * 2
            self._variation = self._largest_deviation = max(self.deviation, self._floor)
            self._window_end = sent
        else:
            self._update(measured)
            self._decay(acknowledged, sent)
        timeout = self.smoothed + self._variation
        self.timeout = min(-(-timeout // JIFFY) * JIFFY, self._ceiling)

    def _update(self, measured: int) -> None:
        error = measured - self.smoothed
        self.smoothed += error // 8
        change = abs(error) - self.deviation // 4
        if error < 0 and change > 0:
            # A sudden drop predicts little of the next variation (RFC 6298 would add all of it).
            change //= 8
        self.deviation += change
        if self.deviation > self._largest_deviation:
            self._largest_deviation = self.deviation
            self._variation = max(self._variation, self._largest_deviation)

    def _decay(self, acknowledged: int, sent: int) -> None:
        """Once a round trip the variation falls towards the largest deviation of that round trip."""
        if acknowledged > self._window_end:
            if self._largest_deviation < self._variation:
                self._variation -= (self._variation - self._largest_deviation) // 4
            self._window_end = sent
            self._largest_deviation = self._floor
