"""Undoing a spurious recovery: all that was sent again had arrived (net/ipv4/tcp_input.c: tcp_may_undo).

The peer reports all of it as duplicates (D-SACK, RFC 3708), or acknowledges with a timestamp older than the
retransmission (Eifel, RFC 3522).
"""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND

_NOTHING_YET: Final = -1


class Undo:
    def __init__(self) -> None:
        self._from = 0  #: undo_marker: SND.UNA when the loss was noticed, 0 once it cannot be undone
        self._left = 0  #: undo_retrans: retransmissions that no D-SACK has reported
        self._began = 0  #: retrans_stamp: when the first segment was sent again

    def begin(self, una: int, resent: int) -> None:
        """A loss was noticed; so much of what is in flight was sent again before (tcp_init_undo)."""
        self._from, self._left = una, resent or _NOTHING_YET

    def sent_again(self, segments: int, now: int) -> None:
        self._left = max(self._left, 0) + segments
        self._began = self._began or now

    def came_twice(self, end: int) -> None:
        """A segment that ends there did."""
        if self._from < end and self._left > 0:
            self._left -= 1

    def is_delayed(self, echoed: int | None, now: int) -> bool:
        """tcp_packet_delayed: `echoed` is how old the timestamp is that came back."""
        if echoed is None or not self._began:
            return False
        return echoed // MILLISECOND > now // MILLISECOND - self._began // MILLISECOND

    def is_possible(self, *, delayed: bool) -> bool:
        """tcp_may_undo; once."""
        if not self._from or (self._left and not delayed):
            return False
        self._from = 0
        return True

    def over(self) -> None:
        """Nothing is being repaired."""
        self._began = 0
