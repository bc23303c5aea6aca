"""The sending half: what waits, what is in flight, when to send what again (net/ipv4/tcp_output.c, tcp_timer.c).

Data is cut into segments only when it leaves; a frame carries several where the path can cut them later (TSO).
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final, Protocol

from vnetsim.clock import MILLISECOND
from vnetsim.protocols.jiffies import JIFFY, expiry
from vnetsim.protocols.tcp.bursts import Bursts, defers
from vnetsim.protocols.tcp.congestion import Congestion, Phase
from vnetsim.protocols.tcp.roundtrip import RoundTrip
from vnetsim.protocols.tcp.scoreboard import REORDERING, Acknowledged, Piece, Scoreboard
from vnetsim.protocols.tcp.sequence import unwrap
from vnetsim.protocols.tcp.settings import Settings
from vnetsim.protocols.tcp.stored import Stored
from vnetsim.protocols.tcp.undo import Undo
from vnetsim.wire.tcp import ACK, FIN, PSH

#: TCP_TIMEOUT_MIN: two ticks.
_LEAST_WAIT: Final = 2 * JIFFY
#: Once a connection was given up, how many RTOs double before they stay at their longest (retransmits_timed_out).
_LEAST_RTO: Final = 200 * MILLISECOND
#: Nothing is being repaired yet.
_CALM: Final = (Phase.OPEN, Phase.CWR)
_REPAIRING: Final = (Phase.RECOVERY, Phase.LOSS)


class Timer(enum.Enum):
    """What the timer is set for (icsk_pending)."""

    RETRANSMIT = "retransmit"
    LOSS_PROBE = "loss probe"
    REORDER = "reorder"
    WINDOW_PROBE = "window probe"


class Emit(Protocol):
    def __call__(self, start: int, data: bytes, flags: int, gso: int, now: int) -> None: ...


class Sender:
    """`una`, `nxt` and `end` are SND.UNA, SND.NXT and where the next byte that is written goes.

    `emit` makes a segment of data and sends it; `extra` tells how many bytes of options it would add to the usual.
    """

    def __init__(self, settings: Settings, number: int, emit: Emit, extra: Callable[[], int]) -> None:
        self._settings = settings
        self._emit = emit
        self._extra = extra
        self.first = self.una = self.nxt = number
        self.end = number + 1
        self.window = 0
        self.largest_window = 0
        self._window_from = 0
        self.mss = 536
        self.segmentation = True
        self.finishing = False
        self.no_delay = False  #: TCP_NODELAY
        self.orphan = False
        self.trip = RoundTrip(settings)
        self.rto = settings.initial_rto
        self.congestion = Congestion(settings.initial_window, settings.congestion_control)
        self.bursts = Bursts()
        self.board = Scoreboard()
        self.sack = False
        self._data = Stored()
        self._pushed = 0  #: up to where an application has finished writing
        self._small = 0  #: snd_sml: the end of the last segment that was not full
        self._corked = False
        self._recovery_end = 0
        self._probe_end = 0
        self._last_sent = 0
        self._undo = Undo()
        self._limited = False  #: is_cwnd_limited
        self._most_out = 0
        self._usage_end = 0
        self.retransmissions = 0
        self.total_resent = self.bytes_resent = 0
        self.delivered = 1  #: segments, of which the SYN was one
        self.probes = 0  #: of a closed window, since the other end was last heard of
        self._patience = 0  #: icsk_backoff, where it is for probes
        self._first_retransmission = 0
        self.timer: Timer | None = None
        self.due = 0

    def established(self, window: int, number: int) -> None:
        """Our SYN was acknowledged by a segment with `number`."""
        self.una = self.nxt = self._small = self._pushed = self.end
        self._usage_end = self.una
        self.window = self.largest_window = window
        self._window_from = number

    def learn_rate(self) -> None:
        """After a round trip was measured, or the window changed."""
        congestion = self.congestion
        self.bursts.learn(
            self.mss, congestion.window, congestion.threshold, len(self.board), self.trip.smoothed
        )  # fmt: skip

    # --- what the application does --------------------------------------------------------------------------------

    @property
    def room(self) -> int:
        """Bytes that may be written without waiting."""
        return max(0, self.buffer - len(self._data))

    @property
    def buffer(self) -> int:
        """sk_sndbuf, which grows with the congestion window (tcp_sndbuf_expand)."""
        settings, initial = self._settings, self._settings.send_buffer_initial
        wanted = max(settings.send_buffer, 2 * self.congestion.window * (self.mss + 512))
        return initial if initial >= wanted else min(wanted, settings.send_buffer_max)

    @property
    def unsent(self) -> int:
        return self.end - self.nxt if self.nxt < self.end else 0

    @property
    def queued(self) -> int:
        """Written and not acknowledged, as `ss` counts it."""
        return len(self._data)

    @property
    def all_acknowledged(self) -> bool:
        """Including our FIN."""
        return self.finishing and self.una > self.end

    def write(self, data: bytes, now: int, *, more: bool) -> None:
        self._data.append(data)
        self.end += len(data)
        if not more:
            self._pushed = self.end
        self.push(now, cork=more)

    def flush(self, now: int) -> None:
        """What was held back because more was to come (tcp_splice_eof)."""
        self._pushed = self.end
        self.push(now)

    def finish(self, now: int) -> None:
        """After the last byte comes FIN."""
        self.finishing = True
        self.push(now)

    # --- sending ----------------------------------------------------------------------------------------------------

    def push(self, now: int, *, cork: bool = False) -> None:
        """tcp_write_xmit: as much as windows and Nagle's algorithm allow; `cork`: more is to be written at once."""
        self._rest(now)
        board, congestion = self.board, self.congestion
        before = len(board)
        most = self._most_segments()
        full = False
        while not full and (self.unsent or (self.finishing and self.nxt == self.end)):
            full = self._quota() <= 0
            if full or not self._send_next(now, most, cork=cork):
                break
        sent = len(board) - before
        full = full or board.in_flight >= congestion.window
        if sent or full:
            self._validate(limited=full)
        if sent:
            congestion.sent(sent)
            if not before or self.timer is Timer.LOSS_PROBE:
                self._rearm(now)
            self._schedule_probe(now)
        self.check_window_probe(now)

    def _rest(self, now: int) -> None:
        idle = now - self._last_sent
        if not self.board and self._last_sent and self.unsent and idle > self.rto:
            self.congestion.rest(idle // self.rto)

    def current_mss(self) -> int:
        return self.mss - self._extra()

    def _most_segments(self) -> int:
        return self.bursts.segments(self.mss, self.trip.shortest) if self.segmentation else 1

    def _send_next(self, now: int, most: int, *, cork: bool) -> bool:
        """One more frame of up to `most` segments, if one may be sent."""
        left, mss = self.unsent, self.current_mss()
        room = self.una + self.window - self.nxt
        if room < min(left, mss) or room < 1:
            return False
        quota = self._quota()
        if left > mss and most > 1 and self._defers(left, room, mss, most, now):
            return False
        size = self._size(left, room, mss, min(quota, most), cork=cork)
        if (not size and left) or (len(self.board) > 1 and self.bursts.are_full(size)):
            return False
        self._send_new(size, mss, now)
        return True

    def _quota(self) -> int:
        """tcp_cwnd_test: at least two frames are in flight, if the window has room for two segments."""
        window = self.congestion.window
        return min(window - self.board.in_flight, max(window >> 1, 1))

    def _defers(self, left: int, room: int, mss: int, most: int, now: int) -> bool:
        """Whether it is worth waiting until the frame can be longer."""
        congestion, board = self.congestion, self.board
        if not board or congestion.phase in _REPAIRING or (self.finishing and left <= room):
            return False
        open_now = (congestion.window - board.in_flight) * mss
        limit = min(room, open_now)
        if limit >= left and left < most * mss:
            return False
        window = min(self.window, congestion.window * mss)
        expected = board.pieces[0].sent + self.trip.smoothed - now
        if not defers(limit, most * mss, window, now - self._last_sent, expected, self.trip.smoothed):
            return False
        if open_now < room:
            self._limited = True
        return True

    def _size(self, left: int, room: int, mss: int, segments: int, *, cork: bool) -> int:
        """tcp_mss_split_point: how much goes into one frame."""
        most = segments * mss
        needed = min(left, room)
        if most <= needed:
            return most
        partial = needed % mss
        return needed - partial if partial and self._holds_back(cork=cork) else needed

    def _holds_back(self, *, cork: bool) -> bool:
        """tcp_nagle_check, as Minshall has it: one segment in flight that is not full is enough."""
        if self.finishing:
            return False
        return cork or (not self.no_delay and bool(self.board) and self.una < self._small <= self.nxt)

    def _send_new(self, size: int, mss: int, now: int) -> None:
        if not self.board.in_flight and self._last_sent:
            self.congestion.algorithm.started(now - self._last_sent, now)
        start, end = self.nxt, self.nxt + size
        last = self.finishing and end == self.end
        starts = range(start, end, mss) if size else (start,)
        pieces = [Piece(at, min(at + mss, end), now, now) for at in starts]
        pieces[-1].fin, pieces[-1].push = last, len(pieces) > 1 or (size > 0 and end == self._pushed)
        if last:
            pieces[-1].end += 1
        self.board.pieces.extend(pieces)
        self.nxt = pieces[-1].end
        if size and end - pieces[-1].start < mss:
            self._small = end
        self._transmit(pieces, mss, now)

    def _validate(self, *, limited: bool) -> None:
        """tcp_cwnd_validate: whether the congestion window is what holds us back, kept for a round trip."""
        out = len(self.board)
        if limited or self.una >= self._usage_end or (not self._limited and out > self._most_out):
            self._limited, self._most_out, self._usage_end = limited, out, self.nxt

    def resume(self, now: int) -> None:
        """Room came free in the queues of this host."""
        self.bursts.throttled = False
        self.resend(now)
        self.push(now)

    def take_back(self, number: int, size: int, now: int) -> None:
        """This host had no room for a frame of `size` sequence numbers: it did not leave (tcp_transmit_skb failed)."""
        start = unwrap(number, self.nxt)
        self._enter_cwr()
        if self.board.take_back(start, start + size):
            self.nxt = start
        if not self.board:
            self.stop()
        self.check_window_probe(now)

    def _transmit(self, pieces: list[Piece], mss: int, now: int) -> None:
        first, last = pieces[0], pieces[-1]
        offset = first.start - self._data_start
        data = self._data.part(offset, last.end - last.fin - self._data_start)
        flags = ACK | PSH * last.push | FIN * last.fin
        self._last_sent = now
        self._emit(first.start, data, flags, mss if len(pieces) > 1 else 0, now)

    @property
    def _data_start(self) -> int:
        return self.end - len(self._data)

    # --- acknowledgements -------------------------------------------------------------------------------------------

    def acknowledge(
        self, acknowledged: int, number: int, window: int, blocks: tuple[tuple[int, int], ...], echoed: int | None,
        now: int, *, bare: bool, ece: bool = False,
    ) -> None:  # fmt: skip
        """tcp_ack, for an acknowledgement that is neither older than `una` nor newer than `nxt`.

        `number` is the segment's own, `echoed` how long ago it was sent what the timestamp echoes; `bare` segments
        carry neither data nor SYN or FIN; `ece`: it tells of a mark (ECN).
        """
        flight = len(self.board)
        updated = self._update_window(acknowledged, number, window)
        told = self.board.acknowledge(acknowledged, blocks, now, self.trip.shortest)
        self.delivered += told.delivered
        if acknowledged > self.una:
            self._advance(acknowledged)
        elif bare and not updated and not self.sack and flight:
            self.board.duplicates += 1
        # An answer to what had arrived before echoes an old timestamp.
        repeated = [block for block in blocks[:1] if block[1] <= acknowledged]
        self._measure(told, None if repeated else echoed, now)
        if repeated:
            self._came_twice(repeated[0])
        self.probes = 0
        if not flight:
            self._window_probe_answered(now)
            return
        if acknowledged >= self._probe_end:
            self._probe_end = 0
        self._try_undo(told, acknowledged, echoed, now)
        self._react(told, acknowledged, now, ece=ece)
        self.learn_rate()
        self._after(told, now)

    def _update_window(self, acknowledged: int, number: int, window: int) -> bool:
        """tcp_may_update_window."""
        newer = acknowledged > self.una or number > self._window_from
        if not newer and not (number == self._window_from and (window > self.window or not window)):
            return False
        changed = window != self.window
        self._window_from = number
        self.window = window
        self.largest_window = max(self.largest_window, window)
        return changed

    def _advance(self, acknowledged: int) -> None:
        self._data.drop(max(0, min(acknowledged, self.end) - self._data_start))
        self.una = acknowledged
        self.retransmissions = self._first_retransmission = 0
        if self.board.duplicates:
            self.board.duplicates = 0

    def _measure(self, told: Acknowledged, echoed: int | None, now: int) -> None:
        measured = told.trip
        if measured is None and told.advanced and echoed is not None:
            measured = echoed or MILLISECOND
        if measured is not None:
            self.trip.sample(measured, self.una, self.nxt)
            self.rto = self.trip.timeout
            self.congestion.measured(measured, self.una, self.nxt, now, self.bursts.rate)

    def _react(self, told: Acknowledged, acknowledged: int, now: int, *, ece: bool) -> None:
        """tcp_fastretrans_alert: what is lost, and in which phase that puts us."""
        congestion, board = self.congestion, self.board
        if congestion.phase is not Phase.OPEN and acknowledged >= self._recovery_end + (congestion.phase is Phase.CWR):
            congestion.recovered()
            board.repaired()
        if congestion.phase in _CALM:
            self._undo.over()
        partial = told.advanced and congestion.phase is Phase.RECOVERY and not self.sack
        if partial or (not self.sack and board.duplicates >= 3):
            board.mark_first_lost()
        if self.sack and (board.sacked or board.resent or congestion.phase is not Phase.OPEN):
            eager = congestion.phase is not Phase.OPEN
            wait = board.detect(now, self.trip.smoothed, self.trip.shortest, eager=eager)
            if wait:
                self._arm(Timer.REORDER, wait + _LEAST_WAIT, now)
        if board.lost > board.resent and congestion.phase in _CALM:
            self._enter_recovery()
        elif ece:
            self._enter_cwr()
        congestion.delivered(told.delivered, board.in_flight, advanced=told.advanced)
        if (told.advanced or (told.delivered and board.reordering > REORDERING)) and self._was_limited():
            congestion.acknowledged(told.delivered, now)

    def _enter_recovery(self) -> None:
        self._undo.begin(self.una, self.board.resent)
        self.congestion.enter_recovery()
        self._recovery_end = self.nxt

    def _enter_cwr(self) -> None:
        if self.congestion.phase is Phase.OPEN:
            self.congestion.enter_cwr()
            self._recovery_end = self.nxt

    def _was_limited(self) -> bool:
        """tcp_is_cwnd_limited."""
        congestion = self.congestion
        return self._limited or (congestion.in_slow_start and congestion.window < 2 * self._most_out)

    def _came_twice(self, block: tuple[int, int]) -> None:
        """The other end had it already (tcp_check_dsack): what was sent again was late, and not lost."""
        self.board.came_twice(self.nxt)
        if block[1] <= self.una:
            self._undo.came_twice(block[1])

    def _try_undo(self, told: Acknowledged, acknowledged: int, echoed: int | None, now: int) -> None:
        """tcp_try_undo_dsack, _partial, _recovery and _loss: the first transmission arrived after all."""
        congestion = self.congestion
        if congestion.phase not in _REPAIRING:
            return
        delayed = told.advanced and self._undo.is_delayed(echoed, now)
        partial = congestion.phase is Phase.RECOVERY and acknowledged < self._recovery_end
        if partial and delayed and self.board.resent:
            return
        if self._undo.is_possible(delayed=delayed):
            congestion.undo()
            if delayed:
                self.board.unmark_lost()

    def _after(self, told: Acknowledged, now: int) -> None:
        if told.advanced and self.timer is not Timer.REORDER:
            self._rearm(now)
            self._schedule_probe(now)
        elif not self.board:
            self.stop()
        self.resend(now)

    # --- sending again ----------------------------------------------------------------------------------------------

    def resend(self, now: int) -> None:
        """tcp_xmit_retransmit_queue: what is lost, as far as the congestion window allows."""
        board, congestion = self.board, self.congestion
        first_time = board.resent == 0
        sent = False
        while (quota := congestion.window - board.in_flight) > 0 and (piece := board.to_resend()) is not None:
            mss = self.current_mss()
            run = board.run_from(piece, min(quota, self._most_segments()))
            if self.bursts.are_full(len(run) * mss):
                break
            self._send_again(run, now)
            sent = True
        if sent and first_time:
            self._arm(Timer.RETRANSMIT, self.rto, now)

    def _send_again(self, run: list[Piece], now: int) -> None:
        self._first_retransmission = self._first_retransmission or now
        for piece in run:
            self.board.mark_resent(piece, now)
        self.total_resent += len(run)
        self.bytes_resent += run[-1].end - run[0].start
        self._undo.sent_again(len(run), now)
        self.congestion.sent(len(run))
        self._transmit(run, self.current_mss(), now)

    def new_mss(self, mss: int, now: int) -> None:
        """The path takes `mss` from now on: what was longer is sent again at once (tcp_simple_retransmit)."""
        shrunk = mss < self.mss
        self.mss = mss
        if shrunk and self.board.recut(self.current_mss()):
            if self.congestion.phase is not Phase.LOSS:
                self._recovery_end = self.nxt
                self.congestion.enter_resegmented()
            self.resend(now)

    # --- the timer --------------------------------------------------------------------------------------------------

    def _arm(self, timer: Timer, delay: int, now: int) -> None:
        self.timer = timer
        self.due = expiry(now, min(max(delay, 0), self._settings.rto_max))

    def stop(self) -> None:
        """Nothing is waited for, or the connection is over."""
        self.timer = None

    def _rearm(self, now: int) -> None:
        """tcp_rearm_rto."""
        if not self.board:
            self.stop()
            return
        delay = self.rto
        if self.timer in (Timer.REORDER, Timer.LOSS_PROBE):
            delay = max(self.board.pieces[0].sent + self.rto - now, 1)
        self._arm(Timer.RETRANSMIT, delay, now)

    def _schedule_probe(self, now: int) -> None:
        """tcp_schedule_loss_probe: rather than waiting for the RTO, ask once whether the last segment arrived."""
        if not self.board or not self.sack or self.congestion.phase is not Phase.OPEN or self.board.sacked:
            return
        if self.trip.smoothed:
            delay = 2 * self.trip.smoothed
            delay += self._settings.rto_min if len(self.board) == 1 else _LEAST_WAIT
        else:
            delay = self._settings.initial_rto
        delay = -(-delay // JIFFY) * JIFFY
        left = self.board.pieces[0].sent + self.rto - now
        self._arm(Timer.LOSS_PROBE, min(delay, left) if left > 0 else delay, now)

    def expire(self, now: int) -> bool:
        """The timer is due; False if the connection is to be given up."""
        timer, self.timer = self.timer, None
        if timer is Timer.WINDOW_PROBE:
            return self._probe_window(now)
        if not self.board:
            return True
        if timer is Timer.LOSS_PROBE:
            self._probe_loss(now)
            return True
        if timer is Timer.REORDER:
            self._reordered(now)
            return True
        return self._timeout(now)

    def _probe_loss(self, now: int) -> None:
        """tcp_send_loss_probe: something new if there is something, else the last segment once more."""
        if not self._probe_end:
            if not (self.unsent and self._quota() > 0 and self._send_next(now, 1, cork=False)):
                last = self.board.pieces[-1]
                last.sent, last.transmissions = now, last.transmissions + 1
                self._transmit([last], self.current_mss(), now)
            self._probe_end = self.nxt
        self._rearm(now)

    def _reordered(self, now: int) -> None:
        """tcp_rack_reo_timeout: what has not come until now is lost."""
        wait = self.board.detect(now, self.trip.smoothed, self.trip.shortest, eager=True)
        if self.board.lost > self.board.resent and self.congestion.phase in _CALM:
            self._enter_recovery()
            self.congestion.delivered(1, self.board.in_flight, advanced=False)
        self.resend(now)
        if wait:
            self._arm(Timer.REORDER, wait + _LEAST_WAIT, now)
        elif self.timer is not Timer.RETRANSMIT:
            self._rearm(now)

    def _timeout(self, now: int) -> bool:
        """tcp_retransmit_timer."""
        if self._gave_up(now):
            return False
        again = self.congestion.phase is Phase.LOSS and self.retransmissions > 0
        if not again:
            self._undo.begin(self.una, self.board.resent)
        self.board.mark_all_lost()
        self.congestion.enter_loss(self.board.in_flight, self.nxt, now, again=again)
        self._recovery_end = self.nxt
        self._probe_end = 0
        self.retransmissions += 1
        self.rto = min(self.rto << 1, self._settings.rto_max)
        self.resend(now)
        self._arm(Timer.RETRANSMIT, self.rto, now)
        return True

    def _gave_up(self, now: int) -> bool:
        """retransmits_timed_out: as long as so many retries would take, starting with the least RTO."""
        if not self.retransmissions:
            return False
        retries = self._settings.orphan_retries if self.orphan else self._settings.retries
        longest = self._settings.rto_max
        doublings = (longest // _LEAST_RTO).bit_length() - 1
        if retries <= doublings:
            patience = ((2 << retries) - 1) * _LEAST_RTO
        else:
            patience = ((2 << doublings) - 1) * _LEAST_RTO + (retries - doublings) * longest
        return now - self._first_retransmission >= patience

    # --- a window that is closed ------------------------------------------------------------------------------------

    def check_window_probe(self, now: int) -> None:
        """tcp_check_probe_timer: nothing is in flight and nothing may be sent: ask for a new window now and then."""
        if self._is_stuck and self.timer is None:
            self._arm(Timer.WINDOW_PROBE, max(self.rto, self._settings.rto_min), now)

    def _probe_window(self, now: int) -> bool:
        """tcp_probe_timer, tcp_send_probe0; False once too many were not answered."""
        if not self._is_stuck:
            self.probes = self._patience = 0
            return True
        if self.probes >= (self._settings.orphan_retries if self.orphan else self._settings.retries):
            return False
        room = self.una + self.window - self.nxt
        if room > 0 and self.unsent:
            self.probes = self._patience = 0
            self._send_new(min(room, self.unsent, self.current_mss()), self.current_mss(), now)
            self._rearm(now)
            return True
        self._emit(self.una - 1, b"", ACK, 0, now)
        self.probes += 1
        self._patience = min(self._patience + 1, self._settings.retries)
        self._wait_for_window(now)
        return True

    @property
    def _is_stuck(self) -> bool:
        """There is something to send, and nothing under way that would be answered."""
        return not self.board and (bool(self.unsent) or (self.finishing and self.nxt == self.end))

    def _wait_for_window(self, now: int) -> None:
        """tcp_probe0_when."""
        settings = self._settings
        doublings = min(self._patience, (settings.rto_max // settings.rto_min).bit_length())
        self._arm(Timer.WINDOW_PROBE, min(max(self.rto, settings.rto_min) << doublings, settings.rto_max), now)

    def _window_probe_answered(self, now: int) -> None:
        """tcp_ack_probe."""
        if not self._is_stuck:
            return
        if self.una + self.window - self.nxt >= min(self.unsent, self.current_mss()):
            self._patience = 0
            self.stop()
        else:
            self._wait_for_window(now)
