"""The receiving half: order, window and when to acknowledge (net/ipv4/tcp_input.c, tcp_output.c).

The window follows Linux's: it begins with half of the receive buffer, grows with every segment that carries much data
for the memory it takes (tcp_grow_window), never shrinks, and the buffer itself grows with what the application reads.
Memory is estimated: a segment takes its data and `OVERHEAD`.
"""

from __future__ import annotations

import bisect
from typing import Final

from vnetsim.clock import MILLISECOND
from vnetsim.protocols.tcp.byte_queue import ByteQueue
from vnetsim.protocols.tcp.settings import INITIAL_WINDOW, TIMESTAMPS_LENGTH, TcpSettings

#: struct sk_buff, the headers and skb_shared_info, in bytes: as follows from windows on Linux 6.18.
OVERHEAD: Final = 856
#: TCP_MSS_DEFAULT: what segments are taken for before any came.
_DEFAULT_MSS: Final = 536
_SMALL: Final = 128
#: TCP_ATO_MIN, TCP_DELACK_MAX and TCP_MAX_QUICKACKS.
ATO_MIN: Final = 40 * MILLISECOND
DELACK_MAX: Final = 200 * MILLISECOND
MAX_QUICKACKS: Final = 16
#: 1/256 of the buffer that hold data, before the first large segment came.
_HALF: Final = 128
_MOST_BLOCKS: Final = 4

Block = tuple[int, int]


class TcpReceiver:
    """`next` is RCV.NXT; `read_to` how far the application has read."""

    def __init__(self, settings: TcpSettings, mss: int, initial: int) -> None:
        self.first = self.next = 0
        self.read_to = 0
        self.scale = 0
        self.announced_at = 0  #: rcv_wup: RCV.NXT when the window was last announced
        self.window = initial  #: rcv_wnd
        self.finished = False
        self.sack = False
        self._mss = mss
        self._settings = settings
        self.buffer = settings.receive_buffer
        self._ratio = _HALF
        self._clamp = self._first_clamp(mss)
        self.limit = min(initial, self._clamp)  #: rcv_ssthresh
        self._ready = ByteQueue()
        self._later: list[tuple[int, int, bytes]] = []
        self._later_size = 0
        self._recent: list[Block] = []
        self._duplicate: Block | None = None
        # Growing with the reader (tcp_rcv_space_adjust).
        self.space = min(initial, INITIAL_WINDOW * mss)
        self._space_from = 0
        self._space_since = 0
        # When to acknowledge (struct inet_connection_sock.icsk_ack).
        self.pending = False
        self.now = False  #: ICSK_ACK_NOW
        self.pingpong = False
        self.ato = 0
        self.quick = 0
        self.segment_size = min(mss, _DEFAULT_MSS, initial // 2)
        self._pushed = 0
        self._last = 0

    def begin(self, number: int, mss: int) -> None:
        """The other end's SYN had `number`."""
        self.first = self.next = self.read_to = self.announced_at = self._space_from = number + 1
        self._mss = mss
        self.space = min(self.window, INITIAL_WINDOW * mss)
        self._clamp = self._first_clamp(mss)
        self.limit = min(self.window, self._clamp)

    def _first_clamp(self, mss: int) -> int:
        """tcp_init_buffer_space: one segment less than the whole, and at most what the route allows."""
        full = self._full()
        clamp = min(self._settings.window_clamp or full, full)
        return max(2 * mss, full - mss) if clamp > 2 * mss and clamp + mss > full else clamp

    # --- data -----------------------------------------------------------------------------------------------------

    @property
    def readable(self) -> int:
        return len(self._ready)

    @property
    def received(self) -> int:
        """Bytes in order since the SYN; the other end's FIN is one."""
        return self.next - self.first

    @property
    def right_edge(self) -> int:
        """The first sequence number that the other end may not send yet."""
        return self.announced_at + self.window

    @property
    def open_window(self) -> int:
        """tcp_receive_window."""
        return max(0, self.right_edge - self.next)

    def take(self, start: int, data: bytes, now: int, *, pushed: bool) -> bool:
        """Data arrived in the window (tcp_data_queue); whether it was the next to come.

        A duplicate is reported by the next acknowledgement (RFC 2883).
        """
        end = start + len(data)
        if end <= self.next:
            self._repeated(start, end)
            return False
        if start > self.next:
            self._early(start, data, pushed=pushed)
            return False
        if not self.open_window:
            self.hurry()
            return False
        if start < self.next:
            self._repeated(start, self.next)
            data = data[self.next - start :]
        if len(data) > self.open_window:
            data = data[: self.open_window]
        self._ready.append(data)
        self.next += len(data)
        self._heard(len(data), now, pushed=pushed)
        self._join()
        return True

    def read(self, size: int, now: int, trip: int) -> bytes:
        """Up to `size` bytes for the application; `trip` is the round trip, as far as it is known."""
        data = self._ready.take(size)
        self.read_to += len(data)
        self._adjust(now, trip)
        return data

    def _repeated(self, start: int, end: int) -> None:
        self._duplicate = (start, end)
        self.hurry()

    def _early(self, start: int, data: bytes, *, pushed: bool) -> None:
        """tcp_data_queue_ofo; without SACK, duplicate acknowledgements report the loss."""
        self.pending = True
        self._measure(len(data), pushed=pushed)
        self._store(start, data)
        self._note(start, start + len(data))
        if self.sack:
            self._grow(len(data))

    def _store(self, start: int, data: bytes) -> None:
        """Keep what comes after a gap; what is there already stays."""
        at = bisect.bisect_left(self._later, (start,))
        if at and self._later[at - 1][1] > start:
            known = self._later[at - 1][1]
            if known >= start + len(data):
                self._repeated(start, start + len(data))
                return
            data, start = data[known - start :], known
        while at < len(self._later) and self._later[at][0] < start + len(data):
            after = self._later[at]
            if after[1] > start + len(data):
                data = data[: after[0] - start]
                break
            self._later_size -= after[1] - after[0]
            del self._later[at]
        if data:
            self._later.insert(at, (start, start + len(data), data))
            self._later_size += len(data)

    def _join(self) -> None:
        """The gap is closed: what came early follows (tcp_ofo_queue)."""
        while self._later and self._later[0][0] <= self.next:
            # RFC 5681, 4.2: a segment that fills a gap is acknowledged at once.
            self.now = len(self._later) == 1
            start, end, data = self._later.pop(0)
            self._later_size -= end - start
            if end > self.next:
                self._ready.append(data[self.next - start :])
                self.next = end
        self._recent = [block for block in self._recent if block[1] > self.next]

    # --- selective acknowledgements ---------------------------------------------------------------------------------

    def _note(self, start: int, end: int) -> None:
        """tcp_sack_new_ofo_skb: the newest block comes first."""
        for block in [block for block in self._recent if block[0] <= end and start <= block[1]]:
            self._recent.remove(block)
            start, end = min(start, block[0]), max(end, block[1])
        self._recent.insert(0, (start, end))
        del self._recent[_MOST_BLOCKS:]

    def sack_blocks(self, most: int) -> list[Block]:
        """The SACK blocks of the next segment if `most` fit into it."""
        duplicate = [] if self._duplicate is None else [self._duplicate]
        return (duplicate + self._recent)[:most]

    def blocks(self, most: int) -> list[Block]:
        """The same for a segment that leaves now: a duplicate is reported once."""
        blocks = self.sack_blocks(most)
        self._duplicate = None
        return blocks

    @property
    def has_blocks(self) -> bool:
        return self._duplicate is not None or bool(self._recent)

    # --- the window -------------------------------------------------------------------------------------------------

    def _full(self) -> int:
        """tcp_full_space."""
        return self.buffer * self._ratio >> 8

    def _free(self) -> int:
        """tcp_space: what queued segments take is taken for what they would take of the window."""
        return self._full() - len(self._ready) - self._later_size

    def choose_window(self) -> int:
        """__tcp_select_window."""
        full = min(self._clamp, self._full())
        mss = min(self.segment_size, full)
        free = self._free()
        if free < full >> 1:
            self.quick = 0
            free = free >> self.scale << self.scale
            if free < self._full() >> 4 or free < mss:
                return 0
        free = min(free, self.limit)
        if self.scale:
            return -(-free >> self.scale) << self.scale
        if self.window <= free - mss or self.window > free:
            return free - free % mss
        return self.window

    def announce(self) -> int:
        """The window field of a segment that leaves now (tcp_select_window); what was promised stays promised."""
        chosen, promised = self.choose_window(), self.open_window
        if chosen < promised:
            chosen = -(-promised >> self.scale) << self.scale
        self.window = chosen
        self.announced_at = self.next
        return min(chosen >> self.scale, 0xFFFF)

    def _heard(self, length: int, now: int, *, pushed: bool) -> None:
        """tcp_event_data_recv: what the segment teaches."""
        self.pending = True
        self._measure(length, pushed=pushed)
        if not self.ato:
            self._be_quick()
            self.ato = ATO_MIN
        else:
            gap = now - self._last
            if gap <= ATO_MIN // 2:
                self.ato = (self.ato >> 1) + ATO_MIN // 2
            elif gap < self.ato:
                self.ato = (self.ato >> 1) + gap
        self._last = now
        if length >= _SMALL:
            self._grow(length)

    def _measure(self, length: int, *, pushed: bool) -> None:
        """tcp_measure_rcv_mss."""
        if length < self.segment_size:
            self._pushed += 1
            return
        self.segment_size = min(length, self._mss)
        ratio = (length << 8) // (length + OVERHEAD)
        if ratio != self._ratio:
            self._ratio = max(1, ratio)
            self._set_clamp(self._full())
        if pushed and length < self.segment_size:
            self._pushed += 1

    def _set_clamp(self, clamp: int) -> None:
        """tcp_set_window_clamp."""
        if clamp < self._clamp:
            self.limit = min(self.limit, clamp)
        else:
            self.limit = max(min(self.window, clamp), self.limit)
        self._clamp = clamp

    def _grow(self, length: int) -> None:
        """tcp_grow_window."""
        space = min(self._clamp, self._free()) - self.limit
        if space <= 0:
            return
        share = (length + OVERHEAD) * self._ratio >> 8
        step = 2 * self._mss if share <= length else 2 * self.segment_size
        self.limit += min(space, max(step, 2 * length))
        self.quick |= 1

    def _adjust(self, now: int, trip: int) -> None:
        """tcp_rcv_space_adjust: a reader that keeps up gets a buffer for two round trips, and for growth."""
        if not trip or now - self._space_since < trip:
            return
        copied, self._space_from, self._space_since = self.read_to - self._space_from, self.read_to, now
        if copied <= self.space:
            return
        wanted = 2 * copied + 16 * self._mss
        wanted += wanted * (copied - self.space) // self.space
        needed = min((wanted << 8) // self._ratio, self._settings.receive_buffer_max)
        if needed > self.buffer:
            self.buffer = needed
            self._set_clamp(self._full())
        self.space = copied

    # --- when to acknowledge ----------------------------------------------------------------------------------------

    def hurry(self) -> None:
        """tcp_enter_quickack_mode: the segment shows that the peer lacks acknowledgements."""
        self._be_quick()
        self.pingpong = False
        self.ato = ATO_MIN
        self.pending = True

    def _be_quick(self) -> None:
        """tcp_incr_quickack: so many segments are acknowledged at once."""
        quick = self.window // (2 * self.segment_size) or 2
        self.quick = max(self.quick, min(quick, MAX_QUICKACKS))

    def wants_acknowledgement(self) -> bool:
        """__tcp_ack_snd_check: whether what arrived is to be acknowledged now."""
        if self.next - self.announced_at > self.segment_size and self.choose_window() >= self.window:
            return True
        quick = self._settings.quickack or (self.quick > 0 and not self.pingpong)
        return self.now or bool(self._later) or quick

    def wants_after_reading(self) -> bool:
        """tcp_cleanup_rbuf: the application has read; whether that is worth an acknowledgement."""
        if self.pending:
            if self.next - self.announced_at > self.segment_size:
                return True
            drained = not self._ready
            if drained and (self._pushed > 1 or (self._pushed and not self.pingpong)):
                return True
        if self.finished or 2 * self.open_window > self._clamp:
            return False
        chosen = self.choose_window()
        return bool(chosen) and chosen >= 2 * self.open_window

    def delay(self, smoothed: int) -> int:
        """tcp_send_delayed_ack: how long an acknowledgement may wait for data to go with."""
        ato = self.ato
        if ato > ATO_MIN:
            most = DELACK_MAX if self.pingpong or self._pushed else 2 * DELACK_MAX
            if smoothed:
                most = min(most, max(smoothed, ATO_MIN))
            ato = min(ato, most)
        return ato

    def acknowledged(self) -> None:
        """An acknowledgement left (tcp_event_ack_sent)."""
        if self.quick:
            self.quick -= 1
            if not self.quick:
                self.ato = ATO_MIN
        self.pending = self.now = False
        self._pushed = 0

    def waited(self, longest: int) -> None:
        """The delay is over (tcp_delack_timer_handler): the next one is another guess."""
        if self.pingpong:
            self.pingpong = False
            self.ato = ATO_MIN
        else:
            self.ato = min(self.ato << 1, longest)

    def spoke(self, now: int) -> None:
        """Data left (tcp_event_data_sent): who answers that fast may carry acknowledgements with its answers."""
        if now - self._last < self.ato:
            self.pingpong = True


def initial_window(settings: TcpSettings, mss: int, *, answering: bool) -> int:
    """tcp_select_initial_window: half of the buffer, in whole segments as they will be."""
    segment = mss - (TIMESTAMPS_LENGTH if answering and settings.timestamps else 0)
    space = settings.receive_buffer >> 1
    if settings.window_clamp:
        space = min(space, settings.window_clamp)
    window = space - space % segment if space > segment else space
    return min(window, settings.initial_receive_window * segment) if settings.initial_receive_window else window
