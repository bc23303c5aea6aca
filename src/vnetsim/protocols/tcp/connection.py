"""A connection: its states (RFC 9293, 3.3.2), its handshake and its end (net/ipv4/tcp_input.c, tcp_minisocks.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno
from vnetsim.protocols.jiffies import expiry
from vnetsim.protocols.tcp import options
from vnetsim.protocols.tcp.counters import Counters
from vnetsim.protocols.tcp.ecn import Ecn
from vnetsim.protocols.tcp.options import Agreed
from vnetsim.protocols.tcp.outgoing import Outgoing, refusal
from vnetsim.protocols.tcp.receiver import Receiver, initial_window
from vnetsim.protocols.tcp.sender import Sender
from vnetsim.protocols.tcp.sequence import MASK, before, unwrap
from vnetsim.protocols.tcp.settings import TIMESTAMPS_LENGTH, Path, Ports, Settings
from vnetsim.protocols.tcp.state import State
from vnetsim.wire.tcp import ACK, CWR, FIN, PSH, RST, SYN, Option, Tcp

#: Answers to segments that cannot be right are this far apart (tcp_invalid_ratelimit).
_INVALID_RATELIMIT: Final = 500 * MILLISECOND
_LARGEST_FIELD: Final = 0xFFFF
_SMALLEST_MSS: Final = 48


class Connection:
    """One end.  `error` tells why it is over, None after a regular end."""

    def __init__(
        self, settings: Settings, ports: Ports, path: Path, *, number: int, clock: int, answering: bool
    ) -> None:
        """`number` is the initial sequence number, `clock` what timestamps begin with."""
        self.settings = settings
        self.ports = ports
        self.path = path
        self.state = State.CLOSED
        self.error: Errno | None = None
        #: What the network said and what will be the error if nothing better comes (sk_err_soft).
        self.soft_error: Errno | None = None
        self.agreed = Agreed.everything(settings)
        self.ecn = Ecn(settings)
        self.receiver = Receiver(settings, path.mss, initial_window(settings, path.mss, answering=answering))
        self.sender = Sender(settings, number, self._emit, self._extra_options)
        self.passive = answering
        #: Something of ours has arrived: the next hop works (sk_dst_confirm).  Whoever sends may take it back.
        self.progress = False
        #: Nobody reads any more (RCV_SHUTDOWN), and nobody holds it (orphan).
        self.deaf = False
        self.counters = Counters()
        self.counters.segments_in = int(answering)  # the SYN, which was there before it
        self._clock = clock
        self._out: list[Outgoing] = []
        self._recent = 0  #: ts_recent
        self._handshake_began = 0
        self.tries = 0
        self.handshake_due: int | None = None
        self._acknowledge_at: int | None = None
        self.life_ends: int | None = None
        self._last_challenge = -_INVALID_RATELIMIT

    # --- being driven -----------------------------------------------------------------------------------------------

    def take(self) -> list[Outgoing]:
        """What is to be sent, in order."""
        out, self._out = self._out, []
        return out

    @property
    def deadline(self) -> int | None:
        """When `expire` wants to be called."""
        times = [at for at in (self.handshake_due, self._acknowledge_at, self.life_ends) if at is not None]
        if self.sender.timer is not None:
            times.append(self.sender.due)
        return min(times) if times else None

    def expire(self, now: int) -> None:
        if self.life_ends is not None and now >= self.life_ends:
            self._done(None)
            return
        if self.handshake_due is not None and now >= self.handshake_due:
            self._handshake_timeout(now)
        if self._acknowledge_at is not None and now >= self._acknowledge_at:
            self._acknowledge_at = None
            if self.receiver.pending:
                self.receiver.waited(self.sender.rto)
                self._acknowledge(now)
        sender = self.sender
        if sender.timer is not None and now >= sender.due and not sender.expire(now):
            self._done(self.soft_error or Errno.ETIMEDOUT)

    # --- what the application asks ----------------------------------------------------------------------------------

    def connect(self, now: int) -> None:
        self.state = State.SYN_SENT
        self._handshake_began = now
        self._send_syn(SYN, now)
        self.handshake_due = expiry(now, self.settings.initial_rto)

    @classmethod
    def answering(
        cls, syn: Tcp, settings: Settings, ports: Ports, path: Path, now: int, *, number: int, clock: int, ecn: int = 0
    ) -> Connection:
        """The connection that a SYN to a listener begins; `ecn` is the ECN field of its packet."""
        connection = cls(settings, ports, path, number=number, clock=clock, answering=True)
        connection.ecn.field = ecn
        connection._accept_syn(syn)
        connection.state = State.SYN_RECV
        connection._handshake_began = now
        connection._send_syn(SYN | ACK, now)
        connection.handshake_due = expiry(now, settings.initial_rto)
        return connection

    @property
    def writable(self) -> int:
        """How many bytes may be written now."""
        return self.sender.room if self.state.may_send else 0

    def write(self, data: bytes, now: int, *, more: bool = False) -> None:
        """`more`: what does not fill a segment may wait (MSG_MORE)."""
        assert self.state.may_send
        self.sender.write(data, now, more=more)

    def flush(self, now: int) -> None:
        """Nothing more will come for the moment: send what `more` held back."""
        if self.state.may_send:
            self.sender.flush(now)

    def resume(self, now: int) -> None:
        """Room came free in the queues of this host (tcp_tsq_write)."""
        if self.state.sends_data:
            self.sender.resume(now)

    def take_back(self, segment: Tcp, now: int) -> None:
        """This host had no room for a segment: it did not leave, and what else was to follow it."""
        if segment.sequence_length and self.state.sends_data:
            self.sender.take_back(segment.sequence, segment.sequence_length, now)

    @property
    def readable(self) -> int:
        return self.receiver.readable

    @property
    def receive_queue(self) -> int:
        """What `ss` counts: the other end's FIN is one of the numbers that nobody has read."""
        return self.receiver.readable + (self.state is State.CLOSE_WAIT)

    @property
    def send_queue(self) -> int:
        """What was not acknowledged; SYN and FIN count one."""
        if self.state is State.SYN_SENT:
            return 1
        return self.sender.queued + (self.sender.finishing and not self.sender.all_acknowledged)

    @property
    def at_end(self) -> bool:
        """Everything that will ever come was read."""
        return not self.receiver.readable and (self.receiver.finished or self.state is State.CLOSED or self.deaf)

    def read(self, size: int, now: int) -> bytes:
        data = self.receiver.read(size, now, self.sender.trip.smoothed)
        if data and self.state.may_receive and self.receiver.wants_after_reading():
            self._acknowledge(now)
        return data

    def shutdown(self, now: int) -> None:
        """The application will not write any more."""
        if self.state is State.ESTABLISHED:
            self.state = State.FIN_WAIT_1
        elif self.state is State.CLOSE_WAIT:
            self.state = State.LAST_ACK
        else:
            return
        self.sender.finish(now)

    def close(self, now: int) -> None:
        """The application lets go (tcp_close): unread data is answered by a reset (RFC 2525, 2.17)."""
        unread = bool(self.receiver.readable)
        self.deaf = self.sender.orphan = True
        if self.state in (State.SYN_SENT, State.CLOSED):
            self._done(None)
        elif unread and self.state is not State.TIME_WAIT:
            self.abort(now)
        else:
            self.shutdown(now)
            if self.state is State.FIN_WAIT_2:
                self.life_ends = expiry(now, self.settings.fin_timeout)

    def abort(self, now: int) -> None:
        """tcp_send_active_reset."""
        if self.state not in (State.CLOSED, State.SYN_SENT, State.TIME_WAIT):
            self._emit(self.sender.nxt, b"", RST | ACK, 0, now)
        self._done(None)

    # --- what the network says --------------------------------------------------------------------------------------

    def keepalive(self, now: int) -> None:
        """A segment that must be answered: no data, one number too old (RFC 9293, 3.8.4; tcp_xmit_probe_skb)."""
        self._emit(self.sender.una - 1, b"", ACK, 0, now)

    def new_path(self, path: Path, now: int) -> None:
        """The MTU of the path changed."""
        self.path = path
        if self.state in (State.CLOSED, State.SYN_SENT, State.SYN_RECV, State.TIME_WAIT):
            return
        self.sender.segmentation = path.segmentation
        self.sender.new_mss(self._mss(), now)

    def unreachable(self, errno: Errno, number: int) -> None:
        """An ICMP error about a segment of ours with sequence `number` (tcp_v4_err): it ends only a handshake."""
        sender = self.sender
        if not sender.una <= unwrap(number, sender.una) <= sender.nxt:
            return
        if self.state is State.SYN_SENT:
            self._done(errno)
        else:
            self.soft_error = errno

    # --- segments that arrive ---------------------------------------------------------------------------------------

    def receive(self, segment: Tcp, now: int, ecn: int = 0) -> None:
        """`ecn` is the ECN field of its packet."""
        state, self.ecn.field = self.state, ecn
        self.counters.receives(segment, self.path.mss, now)
        if state is State.SYN_SENT:
            self._receive_syn_sent(segment, now)
        elif state is State.SYN_RECV:
            self._receive_syn_recv(segment, now)
        elif state is State.TIME_WAIT:
            self._receive_time_wait(segment, now)
        elif state is State.CLOSED:
            self._refuse(segment)
        else:
            self._receive_any(segment, now)

    def _refuse(self, segment: Tcp) -> None:
        answer = refusal(segment)
        if answer is not None:
            self._out.append(Outgoing(answer, answer=True))

    def _receive_syn_sent(self, segment: Tcp, now: int) -> None:
        """tcp_rcv_synsent_state_process."""
        flags, sender = segment.flags, self.sender
        if flags & ACK and unwrap(segment.acknowledgement, sender.una) != sender.nxt:
            self._refuse(segment)
            return
        if flags & RST:
            if flags & ACK:
                self._done(Errno.ECONNREFUSED)
            return
        if not flags & SYN:
            return
        self._accept_syn(segment)
        if flags & ACK:
            self.progress = True
            self._establish(segment, now)
            self._acknowledge(now)
        else:
            self.state = State.SYN_RECV
            self._send_syn(SYN | ACK, now)

    def _accept_syn(self, segment: Tcp) -> None:
        self.agreed = Agreed.from_syn(segment, self.settings)
        self.ecn.hear_syn(segment.flags, passive=self.passive)
        self.sender.mss = self._mss()
        mss = self.path.mss - TIMESTAMPS_LENGTH * self.agreed.timestamps
        self.receiver.begin(segment.sequence, mss)
        self.receiver.sack = self.agreed.sack
        self.receiver.scale = self.settings.scale if self.agreed.scaling else 0
        if segment.timestamps is not None:
            self._recent = segment.timestamps[0]

    def _establish(self, segment: Tcp, now: int) -> None:
        """Our SYN was acknowledged."""
        sender, agreed = self.sender, self.agreed
        scale = 0 if segment.flags & SYN else agreed.scale
        number = unwrap(segment.sequence, self.receiver.next)
        sender.established(segment.window << scale, number)
        sender.sack = agreed.sack
        sender.segmentation = self.path.segmentation
        sender.mss = self._mss()
        if not self.tries:
            sender.trip.sample(now - self._handshake_began, sender.una, sender.nxt)
            sender.rto = sender.trip.timeout
        sender.learn_rate()
        self.handshake_due = None
        self.counters.last_sent = self.counters.last_received = self.counters.last_acknowledged = now
        self.soft_error = None
        self.state = State.ESTABLISHED

    def _mss(self) -> int:
        """tcp_sync_mss: what both the other end and the path take, without the options that every segment has."""
        mss = min(self.agreed.mss, max(self.path.mtu - self.path.headers, _SMALLEST_MSS))
        return max(mss - TIMESTAMPS_LENGTH * self.agreed.timestamps, _SMALLEST_MSS)

    def _receive_syn_recv(self, segment: Tcp, now: int) -> None:
        """tcp_check_req."""
        flags, receiver = segment.flags, self.receiver
        number = unwrap(segment.sequence, receiver.next)
        if flags & SYN and not flags & RST and number == receiver.next - 1 and self.passive:
            self._send_syn(SYN | ACK, now)
            return
        if not self._in_window(segment, number):
            if not flags & RST:
                self._challenge(now)
            return
        if flags & RST:
            self._done(Errno.ECONNREFUSED if not self.passive else Errno.ECONNRESET)
            return
        if not flags & ACK:
            return
        if unwrap(segment.acknowledgement, self.sender.una) != self.sender.nxt:
            self._refuse(segment)
            return
        self._establish(segment, now)
        self._receive_any(segment, now)

    def _receive_any(self, segment: Tcp, now: int) -> None:
        """tcp_rcv_established, tcp_rcv_state_process."""
        number = unwrap(segment.sequence, self.receiver.next)
        if not self._acceptable(segment, number, now):
            return
        if not segment.flags & ACK:
            return
        acknowledged = unwrap(segment.acknowledgement, self.sender.una)
        if acknowledged > self.sender.nxt:
            return
        self.counters.last_acknowledged = now
        self._note_time(segment, number)
        self._acknowledged(segment, number, acknowledged, now)
        if self.state is State.CLOSED:
            return
        self._take_data(segment, number, now)
        if self.state in (State.CLOSED, State.TIME_WAIT):
            return
        self.sender.push(now)
        self._maybe_acknowledge(now)

    # --- whether a segment can be right -----------------------------------------------------------------------------

    def _acceptable(self, segment: Tcp, number: int, now: int) -> bool:
        """tcp_validate_incoming: from an old connection, or from somebody who guesses (RFC 5961)?"""
        flags = segment.flags
        if self._is_old(segment) and not flags & RST:
            self._challenge(now)
            return False
        if not self._in_window(segment, number):
            if not flags & RST:
                self._answer_outside(segment, number, now)
            return False
        if flags & RST:
            if number == self.receiver.next:
                self._done(_RESET_ERRORS.get(self.state, Errno.ECONNRESET))
            else:
                self._challenge(now)
            return False
        if flags & SYN:
            self._challenge(now)
            return False
        return True

    def _is_old(self, segment: Tcp) -> bool:
        """PAWS (RFC 7323, 5)."""
        stamps = segment.timestamps
        return self.agreed.timestamps and stamps is not None and before(stamps[0], self._recent)

    def _in_window(self, segment: Tcp, number: int) -> bool:
        """tcp_sequence."""
        end = number + segment.sequence_length
        return end >= self.receiver.announced_at and number <= self.receiver.next + self.receiver.open_window

    def _answer_outside(self, segment: Tcp, number: int, now: int) -> None:
        """tcp_send_dupack: so that the other end learns what is missing; SYNs may be a guess."""
        if segment.flags & SYN:
            self._challenge(now)
            return
        end = number + segment.data_length
        if end > number and number < self.receiver.next:
            self.receiver.take(number, segment.data, now, pushed=False)
        elif not segment.data_length:
            self._challenge(now)
            return
        self._acknowledge(now)

    def _challenge(self, now: int) -> None:
        """An acknowledgement that makes an honest sender see; not too many."""
        if now - self._last_challenge >= _INVALID_RATELIMIT:
            self._last_challenge = now
            self._acknowledge(now)

    def _note_time(self, segment: Tcp, number: int) -> None:
        """tcp_replace_ts_recent."""
        stamps = segment.timestamps
        if stamps is not None and number <= self.receiver.announced_at and not before(stamps[0], self._recent):
            self._recent = stamps[0]

    # --- acknowledgements and data ----------------------------------------------------------------------------------

    def _acknowledged(self, segment: Tcp, number: int, acknowledged: int, now: int) -> None:
        sender = self.sender
        if acknowledged < sender.una:
            return
        blocks = tuple(
            (unwrap(start, sender.una), unwrap(end, sender.una)) for start, end in options.blocks_of(segment)
        ) if sender.sack else ()  # fmt: skip
        self.progress = self.progress or acknowledged > sender.una
        sender.acknowledge(
            acknowledged, number, segment.window << self.agreed.scale, blocks, self._echoed(segment, now), now,
            bare=not segment.data_length and not segment.flags & (SYN | FIN), ece=self.ecn.is_echo(segment.flags),
        )  # fmt: skip
        if sender.all_acknowledged:
            self._fin_acknowledged(now)

    def _echoed(self, segment: Tcp, now: int) -> int | None:
        """How old the timestamp is that the segment echoes."""
        stamps = segment.timestamps
        if stamps is None or not stamps[1]:
            return None
        return (self._stamp(now) - stamps[1] & MASK) * MILLISECOND

    def _fin_acknowledged(self, now: int) -> None:
        if self.state is State.FIN_WAIT_1:
            self.state = State.FIN_WAIT_2
            if self.deaf:
                self.life_ends = expiry(now, self.settings.fin_timeout)
        elif self.state is State.CLOSING:
            self._wait(now)
        elif self.state is State.LAST_ACK:
            self._done(None)

    def _take_data(self, segment: Tcp, number: int, now: int) -> None:
        """tcp_data_queue, tcp_fin."""
        size, receiver = segment.data_length, self.receiver
        fin = bool(segment.flags & FIN)
        if not size and not fin:
            return
        if not self.state.may_receive:
            if number + segment.sequence_length <= receiver.next:
                receiver.hurry()
            return
        if size and self.deaf and number + size > receiver.next:
            self._refuse(segment)
            self._done(Errno.ECONNRESET)
            return
        if size:
            receiver.take(number, segment.data, now, pushed=bool(segment.flags & PSH))
            if self.ecn.accept(segment.flags):
                receiver.hurry()
            receiver.now = receiver.now or bool(self.ecn.agreed and segment.flags & CWR)
        if fin:
            self._fin_at = number + size
        if self._fin_at is not None and receiver.next == self._fin_at:
            self._finished(now)
        elif fin:
            receiver.pending = receiver.now = True

    #: Where the other end's FIN is, once it was seen.
    _fin_at: int | None = None

    def _finished(self, now: int) -> None:
        """The other end will not write any more (tcp_fin)."""
        receiver = self.receiver
        receiver.next += 1
        receiver.finished = receiver.pending = True
        if self.state is State.ESTABLISHED:
            self.state = State.CLOSE_WAIT
            # What is written now may carry the acknowledgement.
            receiver.pingpong = True
            return
        self._acknowledge(now)
        if self.state is State.FIN_WAIT_1:
            self.state = State.CLOSING
        else:
            self._wait(now)

    def _maybe_acknowledge(self, now: int) -> None:
        """tcp_ack_snd_check."""
        receiver = self.receiver
        if not receiver.pending:
            return
        if receiver.wants_acknowledgement():
            self._acknowledge(now)
            return
        due = expiry(now, receiver.delay(self.sender.trip.smoothed))
        if self._acknowledge_at is None or due < self._acknowledge_at:
            self._acknowledge_at = due

    # --- the end ----------------------------------------------------------------------------------------------------

    def _wait(self, now: int) -> None:
        """tcp_time_wait."""
        self.state = State.TIME_WAIT
        self.sender.stop()
        self._acknowledge_at = None
        self.life_ends = now + self.settings.time_wait

    def _receive_time_wait(self, segment: Tcp, now: int) -> None:
        """tcp_timewait_state_process: whoever is late is told that all arrived."""
        number = unwrap(segment.sequence, self.receiver.next)
        if segment.flags & RST:
            if number == self.receiver.next and not self._is_old(segment):
                self._done(None)
            return
        if segment.sequence_length or not self._in_window(segment, number):
            if segment.flags & FIN:
                self.life_ends = now + self.settings.time_wait
            self._acknowledge(now)

    def may_be_replaced(self, syn: Tcp) -> bool:
        """Whether a SYN for the same ports begins a new connection although this one waits (RFC 6191)."""
        if self.state is not State.TIME_WAIT:
            return False
        number = unwrap(syn.sequence, self.receiver.next)
        stamps = syn.timestamps
        newer = self.agreed.timestamps and stamps is not None and before(self._recent, stamps[0])
        return number > self.receiver.next or newer

    def _done(self, error: Errno | None) -> None:
        self.state = State.CLOSED
        self.error = error
        self.sender.stop()
        self.handshake_due = self._acknowledge_at = self.life_ends = None

    # --- handshake --------------------------------------------------------------------------------------------------

    def _send_syn(self, flags: int, now: int) -> None:
        sender, receiver = self.sender, self.receiver
        mss = self.path.mss
        chosen = options.of_syn(self.agreed, mss, self.settings.scale, self._stamp(now), self._recent)
        acknowledged = receiver.next if flags & ACK else 0
        flags |= self.ecn.flags_of_syn(flags, self.tries)
        self._put(sender.una, acknowledged, flags, min(receiver.window, _LARGEST_FIELD), chosen, b"")
        self._out[-1].answer = self.passive
        self.counters.segments_out += not self.passive
        sender.nxt = sender.una + 1

    def _handshake_timeout(self, now: int) -> None:
        """SYNs at first once a second, then at doubling intervals; those of SYN-ACKs double at once."""
        settings, sender = self.settings, self.sender
        if self.state is State.SYN_SENT:
            most, linear = settings.syn_retries + settings.syn_linear_timeouts, settings.syn_linear_timeouts
        else:
            most, linear = settings.synack_retries, 0
        if self.tries >= most:
            self._done(self.soft_error or Errno.ETIMEDOUT)
            return
        self.tries += 1
        if self.tries > linear:
            sender.rto = min(sender.rto << 1, settings.rto_max)
        if self.state is not State.SYN_SENT:
            self._send_syn(SYN | ACK, now)
        elif not sender.bursts.queued:
            # The last one has left the host (skb_still_in_host_queue): a neighbour may still be asked for.
            self._send_syn(SYN, now)
        self.handshake_due = expiry(now, sender.rto)

    # --- segments that leave ----------------------------------------------------------------------------------------

    def _stamp(self, now: int) -> int:
        return self._clock + now // MILLISECOND & MASK

    def _acknowledge(self, now: int) -> None:
        self._emit(self.sender.nxt, b"", ACK, 0, now)

    def _extra_options(self) -> int:
        """Bytes of SACK blocks in the next segment."""
        count = len(self.receiver.told(self._most_blocks())) if self.agreed.sack else 0
        return 4 + 8 * count if count else 0

    def _most_blocks(self) -> int:
        return options.MOST_BLOCKS[self.agreed.timestamps]

    def _emit(self, start: int, data: bytes, flags: int, gso: int, now: int) -> None:
        """A segment as the connection is now; it carries the acknowledgement that may be due."""
        receiver, agreed = self.receiver, self.agreed
        stamps = (self._stamp(now), self._recent) if agreed.timestamps else None
        blocks: tuple[tuple[int, int], ...] = ()
        if agreed.sack and receiver.has_blocks:
            blocks = tuple((left & MASK, right & MASK) for left, right in receiver.blocks(self._most_blocks()))
        window = receiver.announce()
        more, ecn = self.ecn.mark(start, len(data), self.sender.congestion.reductions)
        self._put(start, receiver.next, flags | more, window, options.of_segment(stamps, blocks), data)
        self._out[-1].gso, self._out[-1].ecn = gso, ecn
        self.counters.sends(self._out[-1].segment, gso, now)
        receiver.acknowledged()
        self._acknowledge_at = None
        if data:
            receiver.spoke(now)

    def _put(
        self, start: int, acknowledged: int, flags: int, window: int, chosen: tuple[Option, ...], data: bytes
    ) -> None:  # fmt: skip
        segment = Tcp.build(
            self.ports.local, self.ports.remote, start & MASK, acknowledged & MASK, flags, window, chosen, data
        )
        self._out.append(Outgoing(segment))


_RESET_ERRORS: Final = {State.SYN_RECV: Errno.ECONNREFUSED, State.CLOSE_WAIT: Errno.EPIPE}
