"""The sending half: what waits, what is in flight, when to send what again (net/ipv4/tcp_output.c, tcp_timer.c).

Data is cut into segments only when it leaves; a frame carries several where the path can cut them later (TSO).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from vnetsim.protocols.tcp.byte_queue import ByteQueue
from vnetsim.protocols.tcp.congestion import Congestion, Phase
from vnetsim.protocols.tcp.roundtrip import RoundTrip
from vnetsim.protocols.tcp.scoreboard import Piece, Scoreboard
from vnetsim.protocols.tcp.segments import unwrap
from vnetsim.protocols.tcp.settings import TcpSettings
from vnetsim.protocols.tcp.timer import TcpTimer, arm, check_window_probe, rearm, schedule_probe
from vnetsim.protocols.tcp.tsq import SmallQueue, defers
from vnetsim.protocols.tcp.undo import Undo
from vnetsim.wire.tcp import ACK, FIN, PSH

#: The states in which lost segments are sent again.
_REPAIRING: Final = (Phase.RECOVERY, Phase.LOSS)


class Emit(Protocol):
    def __call__(self, start: int, data: bytes, flags: int, gso: int, now: int) -> None: ...


class TcpSender:
    """`una`, `nxt` and `end` are SND.UNA, SND.NXT and where the next byte that is written goes.

    `emit` makes a segment of data and sends it; `extra` is how many bytes of SACK options it would add.
    """

    def __init__(self, settings: TcpSettings, number: int, emit: Emit, extra: Callable[[], int]) -> None:
        self.settings = settings
        self.emit = emit
        self.extra = extra
        self.first = self.una = self.nxt = number
        self.end = number + 1
        self.window = 0
        self.largest_window = 0
        self.window_update_seq = 0
        self.mss = 536
        self.segmentation = True
        self.finishing = False
        self.no_delay = False  #: TCP_NODELAY
        self.orphan = False
        self.trip = RoundTrip(settings)
        self.rto = settings.initial_rto
        self.congestion = Congestion(settings.initial_window, settings.congestion_control)
        self.bursts = SmallQueue()
        self.board = Scoreboard()
        self.sack = False
        self.data = ByteQueue()
        self.pushed = 0  #: up to where an application has finished writing
        self.small = 0  #: snd_sml: the end of the last segment that was not full
        self.recovery_end = 0
        self.probe_end = 0
        self.last_sent = 0
        self.undo = Undo()
        self.cwnd_limited = False  #: is_cwnd_limited
        self.most_out = 0
        self.cwnd_usage_seq = 0
        self.retransmissions = 0
        self.total_resent = self.bytes_resent = 0
        self.delivered = 1  #: segments, of which the SYN was one
        self.probes = 0  #: of a closed window, since the other end was last heard of
        self.backoff = 0  #: icsk_backoff, where it is for probes
        self.first_retransmission = 0
        self.timer: TcpTimer | None = None
        self.due = 0

    def established(self, window: int, number: int) -> None:
        """Our SYN was acknowledged by a segment with `number`."""
        self.una = self.nxt = self.small = self.pushed = self.end
        self.cwnd_usage_seq = self.una
        self.window = self.largest_window = window
        self.window_update_seq = number

    def learn_rate(self) -> None:
        """After a round trip was measured, or the window changed."""
        congestion = self.congestion
        self.bursts.learn(self.mss, congestion.window, congestion.threshold, len(self.board), self.trip.smoothed)

    # --- what the application does --------------------------------------------------------------------------------

    @property
    def space(self) -> int:
        """Bytes that may be written without waiting."""
        return max(0, self.buffer - len(self.data))

    @property
    def buffer(self) -> int:
        """sk_sndbuf, which grows with the congestion window (tcp_sndbuf_expand)."""
        settings, initial = self.settings, self.settings.send_buffer_initial
        wanted = max(settings.send_buffer, 2 * self.congestion.window * (self.mss + 512))
        return initial if initial >= wanted else min(wanted, settings.send_buffer_max)

    @property
    def unsent(self) -> int:
        return self.end - self.nxt if self.nxt < self.end else 0

    @property
    def queued(self) -> int:
        """Written and not acknowledged, as `ss` counts it."""
        return len(self.data)

    @property
    def all_acknowledged(self) -> bool:
        """Including our FIN."""
        return self.finishing and self.una > self.end

    def write(self, data: bytes, now: int, *, more: bool) -> None:
        self.data.append(data)
        self.end += len(data)
        if not more:
            self.pushed = self.end
        self.push(now, cork=more)

    def flush(self, now: int) -> None:
        """What was held back because more was to come (tcp_splice_eof)."""
        self.pushed = self.end
        self.push(now)

    def finish(self, now: int) -> None:
        """After the last byte comes FIN."""
        self.finishing = True
        self.push(now)

    # --- sending ----------------------------------------------------------------------------------------------------

    def push(self, now: int, *, cork: bool = False) -> None:
        """tcp_write_xmit: as much as windows and Nagle's algorithm allow; `cork`: more is to be written at once."""
        self.after_idle(now)
        board, congestion = self.board, self.congestion
        before = len(board)
        most = self.most_segments()
        full = False
        while not full and (self.unsent or (self.finishing and self.nxt == self.end)):
            full = self.quota() <= 0
            if full or not self.send_next(now, most, cork=cork):
                break
        sent = len(board) - before
        full = full or board.in_flight >= congestion.window
        if sent or full:
            self.cwnd_validate(limited=full)
        if sent:
            congestion.sent(sent)
            if not before or self.timer is TcpTimer.LOSS_PROBE:
                rearm(self, now)
            schedule_probe(self, now)
        check_window_probe(self, now)

    def after_idle(self, now: int) -> None:
        idle = now - self.last_sent
        if not self.board and self.last_sent and self.unsent and idle > self.rto:
            self.congestion.rest(idle // self.rto)

    def current_mss(self) -> int:
        return self.mss - self.extra()

    def most_segments(self) -> int:
        return self.bursts.segments(self.mss, self.trip.shortest) if self.segmentation else 1

    def send_next(self, now: int, most: int, *, cork: bool) -> bool:
        """One more frame of up to `most` segments, if one may be sent."""
        left, mss = self.unsent, self.current_mss()
        space = self.una + self.window - self.nxt
        if space < min(left, mss) or space < 1:
            return False
        quota = self.quota()
        if left > mss and most > 1 and self.should_defer(left, space, mss, most, now):
            return False
        size = self.size(left, space, mss, min(quota, most), cork=cork)
        if (not size and left) or (len(self.board) > 1 and self.bursts.are_full(size)):
            return False
        self.send_new(size, mss, now)
        return True

    def quota(self) -> int:
        """tcp_cwnd_test: at least two frames are in flight, if the window is at least two segments."""
        window = self.congestion.window
        return min(window - self.board.in_flight, max(window >> 1, 1))

    def should_defer(self, left: int, space: int, mss: int, most: int, now: int) -> bool:
        """Whether it is worth waiting until the frame can be longer."""
        congestion, board = self.congestion, self.board
        if not board or congestion.phase in _REPAIRING or (self.finishing and left <= space):
            return False
        open_now = (congestion.window - board.in_flight) * mss
        limit = min(space, open_now)
        if limit >= left and left < most * mss:
            return False
        window = min(self.window, congestion.window * mss)
        expected = board.pieces[0].sent + self.trip.smoothed - now
        if not defers(limit, most * mss, window, now - self.last_sent, expected, self.trip.smoothed):
            return False
        if open_now < space:
            self.cwnd_limited = True
        return True

    def size(self, left: int, space: int, mss: int, segments: int, *, cork: bool) -> int:
        """tcp_mss_split_point: how much goes into one frame."""
        most = segments * mss
        needed = min(left, space)
        if most <= needed:
            return most
        partial = needed % mss
        return needed - partial if partial and self.nagle_holds(cork=cork) else needed

    def nagle_holds(self, *, cork: bool) -> bool:
        """tcp_nagle_check, as Minshall has it: one segment in flight that is not full is enough."""
        if self.finishing:
            return False
        return cork or (not self.no_delay and bool(self.board) and self.una < self.small <= self.nxt)

    def send_new(self, size: int, mss: int, now: int) -> None:
        if not self.board.in_flight and self.last_sent:
            self.congestion.algorithm.started(now - self.last_sent, now)
        start, end = self.nxt, self.nxt + size
        last = self.finishing and end == self.end
        starts = range(start, end, mss) if size else (start,)
        pieces = [Piece(at, min(at + mss, end), now, now) for at in starts]
        pieces[-1].fin, pieces[-1].push = last, len(pieces) > 1 or (size > 0 and end == self.pushed)
        if last:
            pieces[-1].end += 1
        self.board.pieces.extend(pieces)
        self.nxt = pieces[-1].end
        if size and end - pieces[-1].start < mss:
            self.small = end
        self.transmit(pieces, mss, now)

    def cwnd_validate(self, *, limited: bool) -> None:
        """tcp_cwnd_validate: whether the congestion window is what holds us back, kept for a round trip."""
        out = len(self.board)
        if limited or self.una >= self.cwnd_usage_seq or (not self.cwnd_limited and out > self.most_out):
            self.cwnd_limited, self.most_out, self.cwnd_usage_seq = limited, out, self.nxt

    def resume(self, now: int) -> None:
        """The queues of this host have space again."""
        self.bursts.throttled = False
        self.resend(now)
        self.push(now)

    def take_back(self, number: int, size: int, now: int) -> None:
        """A queue of this host dropped a frame of `size` sequence numbers (tcp_transmit_skb failed)."""
        start = unwrap(number, self.nxt)
        self.enter_cwr()
        if self.board.take_back(start, start + size):
            self.nxt = start
        if not self.board:
            self.stop()
        check_window_probe(self, now)

    def transmit(self, pieces: list[Piece], mss: int, now: int) -> None:
        first, last = pieces[0], pieces[-1]
        offset = first.start - self.data_start
        data = self.data.part(offset, last.end - last.fin - self.data_start)
        flags = ACK | PSH * last.push | FIN * last.fin
        self.last_sent = now
        self.emit(first.start, data, flags, mss if len(pieces) > 1 else 0, now)

    @property
    def data_start(self) -> int:
        return self.end - len(self.data)

    # --- acknowledgements -------------------------------------------------------------------------------------------

    def enter_recovery(self) -> None:
        self.undo.begin(self.una, self.board.resent)
        self.congestion.enter_recovery()
        self.recovery_end = self.nxt

    def enter_cwr(self) -> None:
        if self.congestion.phase is Phase.OPEN:
            self.congestion.enter_cwr()
            self.recovery_end = self.nxt

    # --- sending again ----------------------------------------------------------------------------------------------

    def resend(self, now: int) -> None:
        """tcp_xmit_retransmit_queue: what is lost, as far as the congestion window allows."""
        board, congestion = self.board, self.congestion
        first_time = board.resent == 0
        sent = False
        while (quota := congestion.window - board.in_flight) > 0 and (piece := board.to_resend()) is not None:
            mss = self.current_mss()
            run = board.run_from(piece, min(quota, self.most_segments()))
            if self.bursts.are_full(len(run) * mss):
                break
            self.send_again(run, now)
            sent = True
        if sent and first_time:
            arm(self, TcpTimer.RETRANSMIT, self.rto, now)

    def send_again(self, run: list[Piece], now: int) -> None:
        self.first_retransmission = self.first_retransmission or now
        for piece in run:
            self.board.mark_resent(piece, now)
        self.total_resent += len(run)
        self.bytes_resent += run[-1].end - run[0].start
        self.undo.sent_again(len(run), now)
        self.congestion.sent(len(run))
        self.transmit(run, self.current_mss(), now)

    def new_mss(self, mss: int, now: int) -> None:
        """The path takes `mss` from now on: what was longer is sent again at once (tcp_simple_retransmit)."""
        shrunk = mss < self.mss
        self.mss = mss
        if shrunk and self.board.recut(self.current_mss()):
            if self.congestion.phase is not Phase.LOSS:
                self.recovery_end = self.nxt
                self.congestion.enter_resegmented()
            self.resend(now)

    # --- the timer --------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Nothing is waited for, or the connection is over."""
        self.timer = None
