"""How many segments make one frame, and how much of a connection may wait in its own host (net/ipv4/tcp_output.c).

A frame carries what is sent in a millisecond at the rate that the window and the round trip come to (TSO autosizing),
more where the round trip is short; nothing is sent while more than that waits in the queues of this host (TCP small
queues).  The rate is not kept to: segments are not paced, as Linux does not pace them without `fq` or BBR.
"""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND

#: Data of one frame: GSO_LEGACY_MAX_SIZE less the longest headers.
MOST_IN_FRAME: Final = 65_536 - 1 - 320
#: tcp_pacing_ss_ratio and tcp_pacing_ca_ratio, in percent.
_SLOW_START_RATIO: Final = 200
_AVOIDANCE_RATIO: Final = 120
#: A millisecond, as the kernel counts it here (sk_pacing_shift).
_PACING_SHIFT: Final = 10
#: tcp_tso_rtt_log: for each 512 microseconds of round trip half as much more.
_TRIP_LOG: Final = 9
_BITS: Final = 32
_GSO_MAX: Final = 65_536
#: tcp_min_tso_segs.
_LEAST_SEGMENTS: Final = 2
#: tcp_limit_output_bytes.
_MOST_QUEUED: Final = 4_194_304
#: What a frame takes of memory beside its data.
_OVERHEAD: Final = 768
#: tcp_tso_win_divisor.
_FRACTION: Final = 3


class SmallQueue:
    """`rate` is the pacing rate in bytes per second, 0 before there is any; `queued` what waits in this host."""

    def __init__(self) -> None:
        self.rate = 0
        self.queued = 0
        self.throttled = False

    def learn(self, mss: int, window: int, threshold: int, out: int, smoothed: int) -> None:
        """tcp_update_pacing_rate."""
        ratio = _SLOW_START_RATIO if window < threshold // 2 else _AVOIDANCE_RATIO
        if smoothed:
            self.rate = mss * max(window, out) * ratio * SECOND // (100 * smoothed)

    def segments(self, mss: int, shortest: int) -> int:
        """tcp_tso_autosize: that many in a frame, at most."""
        size = self.rate >> _PACING_SHIFT if self.rate else MOST_IN_FRAME
        halvings = shortest // MICROSECOND >> _TRIP_LOG
        if halvings < _BITS:
            size += _GSO_MAX >> halvings
        return max(min(size, MOST_IN_FRAME) // mss, _LEAST_SEGMENTS)

    def are_full(self, size: int) -> bool:
        """tcp_small_queue_check, before a frame of `size` bytes of data."""
        if not self.queued:
            return False
        self.throttled = self.queued > min(max(2 * (size + _OVERHEAD), self.rate >> _PACING_SHIFT), _MOST_QUEUED)
        return self.throttled


def defers(limit: int, most: int, window: int, since_sent: int, until_answer: int, smoothed: int) -> bool:
    """tcp_tso_should_defer: whether a frame that is not full had better wait for the next acknowledgement.

    `limit` bytes may be sent, `most` would make a full frame, `window` is the smaller one of the windows; the last
    frame was sent `since_sent` ago, and the next acknowledgement is expected in `until_answer`.
    """
    if since_sent > MILLISECOND or limit >= most or limit >= window // _FRACTION:
        return False
    return until_answer <= smoothed // 2
