"""What is in flight and what became of it: cumulative and selective acknowledgements, loss (RFC 2018, 6675, 8985).

Follows net/ipv4/tcp_input.c (tcp_clean_rtx_queue, tcp_sacktag_write_queue) and tcp_recovery.c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Final

from vnetsim.values import define

#: Segments that arrived behind a gap before it counts as a loss (tcp_reordering).
REORDERING: Final = 3
#: tcp_max_reordering.
_MOST_REORDERING: Final = 300
#: Recoveries without a segment that came twice until less reordering is allowed again (TCP_RACK_RECOVERY_THRESH).
_PATIENCE: Final = 16


@define(eq=False)
class Piece:
    """A segment that was sent, `start` to `end` in sequence numbers; FIN counts one of them.

    `lost` and not `resent`: it is to be sent again.  `sent` is when it was sent last, `first` when first.
    """

    start: int
    end: int
    sent: int
    first: int
    push: bool = False
    fin: bool = False
    sacked: bool = False
    lost: bool = False
    resent: bool = False
    transmissions: int = 1


@define
class Acknowledged:
    """The result of one acknowledgement: segments that arrived, and RTTs of those that were sent only once.

    `measured` is that of what was acknowledged in order, `sacked` that of what arrived behind a gap.
    """

    delivered: int = 0
    advanced: bool = False
    measured: int | None = None
    sacked: int | None = None
    resent: bool = False

    @property
    def trip(self) -> int | None:
        """tcp_ack_update_rtt: with a retransmission among the segments there is no RTT sample (Karn)."""
        return self.sacked if self.resent or self.measured is None else self.measured


class Scoreboard:
    """The pieces in flight, oldest first."""

    def __init__(self) -> None:
        self.pieces: deque[Piece] = deque()
        self.sacked = 0
        self.lost = 0
        self.resent = 0
        #: Duplicate acknowledgements, without SACK (tcp_add_reno_sack).
        self.duplicates = 0
        self._newest: Piece | None = None
        self._newest_sent = -1
        self._newest_end = -1
        self._newest_trip = 0
        #: How far segments were seen to overtake each other, in segments, and whether they were (reord_seen).
        self.reordering = REORDERING
        self._reordered = False
        self._highest = 0  #: where the last segment begins that is known to have arrived behind a gap
        self._steps = 1  #: rack.reo_wnd_steps
        self._steps_last = 0
        self._twice_until = 0

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def in_flight(self) -> int:
        """tcp_packets_in_flight."""
        return max(0, len(self.pieces) - self.sacked - self.duplicates - self.lost + self.resent)

    @property
    def beyond_gap(self) -> int:
        """Segments known to have arrived behind one that is missing."""
        return self.sacked + self.duplicates

    # --- acknowledgements -------------------------------------------------------------------------------------------

    def acknowledge(
        self, acknowledged: int, blocks: Iterable[tuple[int, int]], now: int, shortest: int
    ) -> Acknowledged:
        """Everything before `acknowledged` arrived, and the SACK `blocks`; `shortest` is the shortest round trip."""
        acked = Acknowledged()
        while self.pieces and self.pieces[0].end <= acknowledged:
            piece = self.pieces.popleft()
            self._forget(piece)
            acked.advanced = True
            if piece.transmissions > 1:
                acked.resent = True
            elif acked.measured is None and not piece.sacked:
                acked.measured = now - piece.sent
            if not piece.sacked:
                if piece.transmissions == 1:
                    self._overtaken(piece)
                self._arrived(piece, now, shortest, acked)
        if self.pieces and self.pieces[0].start < acknowledged:
            self.pieces[0].start = acknowledged
            acked.advanced = True
        for start, end in blocks:
            self._mark(start, end, now, shortest, acked)
        return acked

    def _mark(self, start: int, end: int, now: int, shortest: int, acked: Acknowledged) -> None:
        for piece in self.pieces:
            if piece.start >= end:
                break
            if start <= piece.start and piece.end <= end and not piece.sacked:
                self._forget(piece)
                piece.lost = piece.resent = False
                piece.sacked = True
                self.sacked += 1
                if piece.transmissions == 1:
                    acked.sacked = now - piece.sent
                    self._overtaken(piece)
                self._highest = max(self._highest, piece.start)
                self._arrived(piece, now, shortest, acked)

    def _overtaken(self, piece: Piece) -> None:
        """tcp_check_sack_reordering: what was sent once arrives after what was sent later."""
        if piece.start < self._highest:
            self._reordered = True
            size = max(piece.end - piece.start, 1)
            overtook = -(-(self._highest - piece.start) // size)
            self.reordering = max(self.reordering, min(overtook, _MOST_REORDERING))

    def _forget(self, piece: Piece) -> None:
        """It is no longer counted as what it was."""
        self.lost -= piece.lost
        self.resent -= piece.resent
        self.sacked -= piece.sacked

    def _arrived(self, piece: Piece, now: int, shortest: int, acked: Acknowledged) -> None:
        acked.delivered += 1
        trip = now - piece.sent
        if piece.transmissions > 1 and trip < shortest:
            return  # rather an answer to the first transmission
        if (piece.sent, piece.end) > (self._newest_sent, self._newest_end):
            self._newest_sent, self._newest_end, self._newest_trip = piece.sent, piece.end, trip

    # --- losses -----------------------------------------------------------------------------------------------------

    def mark_lost(self, piece: Piece) -> None:
        if piece.resent:
            piece.resent = False
            self.resent -= 1
        if not piece.lost:
            piece.lost = True
            self.lost += 1

    def mark_resent(self, piece: Piece, now: int) -> None:
        if not piece.resent:
            piece.resent = True
            self.resent += 1
        piece.sent = now
        piece.transmissions += 1

    def mark_all_lost(self) -> None:
        """An RTO passed: nothing but what is known to have arrived counts as being in flight."""
        self.duplicates = 0
        for piece in self.pieces:
            if not piece.sacked:
                self.mark_lost(piece)

    def detect(self, now: int, smoothed: int, shortest: int, *, eager: bool) -> int:
        """tcp_rack_mark_lost: what was sent before something that arrived, long enough ago, is lost.

        Returns for how long one must wait for the others, 0 if there are none; `eager` allows no reordering.
        """
        if self._newest_sent < 0:
            return 0
        eager = not self._reordered and (eager or self.beyond_gap >= self.reordering)
        allowed = self._newest_trip + (0 if eager else min(self._steps * shortest // 4, smoothed))
        wait = 0
        for piece in self.pieces:
            if piece.sacked or (piece.lost and not piece.resent):
                continue
            if (piece.sent, piece.end) >= (self._newest_sent, self._newest_end):
                continue
            left = piece.sent + allowed - now
            if left <= 0:
                self.mark_lost(piece)
            else:
                wait = max(wait, left)
        return wait

    def came_twice(self, nxt: int) -> None:
        """tcp_rack_update_reo_wnd: the other end had it already; at most once a round trip more patience."""
        first = self.pieces[0].start if self.pieces else nxt
        if first >= self._twice_until:
            self._steps, self._steps_last, self._twice_until = min(self._steps + 1, 255), _PATIENCE, nxt

    def repaired(self) -> None:
        """A recovery is over."""
        if self._steps > 1:
            self._steps_last -= 1
            if self._steps_last <= 0:
                self._steps = 1

    def unmark_lost(self) -> None:
        """tcp_undo_cwnd_reduction: they were not."""
        for piece in self.pieces:
            if piece.lost:
                piece.lost = piece.resent = False
        self.lost = self.resent = 0

    def take_back(self, start: int, end: int) -> bool:
        """A frame did not leave; whether it was the first time that it was to (and then it was the last one)."""
        pieces = [piece for piece in self.pieces if start <= piece.start < end]
        first = bool(pieces) and all(piece.transmissions == 1 for piece in pieces) and pieces[-1] is self.pieces[-1]
        for piece in pieces:
            if first:
                self.pieces.pop()
            elif piece.resent:
                piece.resent = False
                self.resent -= 1
        return first

    def mark_first_lost(self) -> None:
        """NewReno (RFC 6582): of the gap only its beginning is known."""
        if self.pieces and not self.pieces[0].resent:
            self.mark_lost(self.pieces[0])

    def to_resend(self) -> Piece | None:
        if self.lost == self.resent:
            return None
        return next((piece for piece in self.pieces if piece.lost and not piece.resent), None)

    def run_from(self, first: Piece, most: int) -> list[Piece]:
        """`first` and up to `most` - 1 pieces right behind it that are to be sent again, too."""
        run: list[Piece] = []
        for piece in islice(self.pieces, self.pieces.index(first), None):
            if len(run) == most or not piece.lost or piece.resent or (run and piece.start != run[-1].end):
                break
            run.append(piece)
        return run

    # --- sizes ------------------------------------------------------------------------------------------------------

    def recut(self, mss: int) -> bool:
        """tcp_simple_retransmit: what is longer than `mss` is lost, and cut anew with its neighbours.

        Whether there was any.
        """
        if not any(piece.end - piece.start - piece.fin > mss and not piece.sacked for piece in self.pieces):
            return False
        kept: deque[Piece] = deque()
        run: list[Piece] = []
        for piece in self.pieces:
            if piece.sacked:
                kept.extend(_cut(run, mss))
                kept.append(piece)
                run = []
            else:
                run.append(piece)
        kept.extend(_cut(run, mss))
        self.pieces = kept
        self.lost = sum(piece.lost for piece in kept)
        self.resent = 0
        self.duplicates = 0
        return True


def _cut(run: list[Piece], mss: int) -> list[Piece]:
    """Adjacent pieces as one, in pieces of `mss`, all of them lost."""
    if not run:
        return []
    first, last = run[0], run[-1]
    end = last.end - last.fin
    starts = range(first.start, end, mss) or range(first.start, first.start + 1)
    pieces = [
        Piece(start, min(start + mss, end), first.sent, first.first, lost=True, transmissions=first.transmissions)
        for start in starts
    ]
    pieces[-1].push, pieces[-1].fin, pieces[-1].end = last.push, last.fin, last.end
    return pieces
