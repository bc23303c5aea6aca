"""NewReno's window (RFC 5681, net/ipv4/tcp_cong.c): a segment more each round trip, half of it after a loss."""

from __future__ import annotations


class Reno:
    """The promise of congestion.Algorithm."""

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
