"""A connection: its states (RFC 9293, 3.3.2), its handshake and its end (net/ipv4/tcp_input.c, tcp_minisocks.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno
from vnetsim.protocols.jiffies import expiry
from vnetsim.protocols.tcp import segments
from vnetsim.protocols.tcp.ecn import TcpEcn
from vnetsim.protocols.tcp.input import INVALID_RATELIMIT, receive_syn_sent, receive_synchronized
from vnetsim.protocols.tcp.minisocks import receive_syn_recv, receive_time_wait
from vnetsim.protocols.tcp.receiver import TcpReceiver, initial_window
from vnetsim.protocols.tcp.segments import MASK, NegotiatedOptions, Outgoing, before, refusal, unwrap
from vnetsim.protocols.tcp.sender import TcpSender
from vnetsim.protocols.tcp.settings import TIMESTAMPS_LENGTH, TcpPath, TcpPorts, TcpSettings
from vnetsim.protocols.tcp.state import TcpCounters, TcpState
from vnetsim.protocols.tcp.timer import expire
from vnetsim.wire.tcp import ACK, RST, SYN, Option, Tcp

_LARGEST_FIELD: Final = 0xFFFF
_SMALLEST_MSS: Final = 48


class TcpConnection:
    """One end.  `error` is why it ended, None after a regular end."""

    def __init__(
        self, settings: TcpSettings, ports: TcpPorts, path: TcpPath, *, number: int, clock: int, answering: bool
    ) -> None:
        """`number` is the initial sequence number, `clock` what timestamps begin with."""
        self.settings = settings
        self.ports = ports
        self.path = path
        self.state = TcpState.CLOSED
        self.error: Errno | None = None
        #: The last ICMP error, which becomes the error if the connection times out (sk_err_soft).
        self.soft_error: Errno | None = None
        self.agreed = NegotiatedOptions.everything(settings)
        self.ecn = TcpEcn(settings)
        self.receiver = TcpReceiver(settings, path.mss, initial_window(settings, path.mss, answering=answering))
        self.sender = TcpSender(settings, number, self.emit, self.sack_options_length)
        self.passive = answering
        #: Something of ours has arrived: the next hop works (sk_dst_confirm).  Whoever sends may take it back.
        self.progress = False
        #: The application does not read any more (RCV_SHUTDOWN).
        self.deaf = False
        self.counters = TcpCounters()
        self.counters.segments_in = int(answering)  # the SYN, which was there before it
        self.ts_offset = clock
        self.out: list[Outgoing] = []
        self.ts_recent = 0  #: ts_recent
        #: Where the other end's FIN is, once it was seen.
        self.fin_at: int | None = None
        self.handshake_began = 0
        self.tries = 0
        self.handshake_due: int | None = None
        self.delack_due: int | None = None
        self.life_ends: int | None = None
        self.last_challenge = -INVALID_RATELIMIT

    # --- being driven -----------------------------------------------------------------------------------------------

    def take(self) -> list[Outgoing]:
        """What is to be sent, in order."""
        out, self.out = self.out, []
        return out

    @property
    def deadline(self) -> int | None:
        """When `expire` wants to be called."""
        times = [at for at in (self.handshake_due, self.delack_due, self.life_ends) if at is not None]
        if self.sender.timer is not None:
            times.append(self.sender.due)
        return min(times) if times else None

    def expire(self, now: int) -> None:
        if self.life_ends is not None and now >= self.life_ends:
            self.finish(None)
            return
        if self.handshake_due is not None and now >= self.handshake_due:
            self.handshake_timeout(now)
        if self.delack_due is not None and now >= self.delack_due:
            self.delack_due = None
            if self.receiver.pending:
                self.receiver.waited(self.sender.rto)
                self.send_ack(now)
        sender = self.sender
        if sender.timer is not None and now >= sender.due and not expire(sender, now):
            self.finish(self.soft_error or Errno.ETIMEDOUT)

    # --- calls of the application -----------------------------------------------------------------------------------

    def connect(self, now: int) -> None:
        self.state = TcpState.SYN_SENT
        self.handshake_began = now
        self.send_syn(SYN, now)
        self.handshake_due = expiry(now, self.settings.initial_rto)

    @classmethod
    def answering(
        cls,
        syn: Tcp,
        settings: TcpSettings,
        ports: TcpPorts,
        path: TcpPath,
        now: int,
        *,
        number: int,
        clock: int,
        ecn: int = 0,
    ) -> TcpConnection:
        """The connection that a SYN to a listener begins; `ecn` is the ECN field of its packet."""
        connection = cls(settings, ports, path, number=number, clock=clock, answering=True)
        connection.ecn.field = ecn
        connection.accept_syn(syn)
        connection.state = TcpState.SYN_RECV
        connection.handshake_began = now
        connection.send_syn(SYN | ACK, now)
        connection.handshake_due = expiry(now, settings.initial_rto)
        return connection

    @property
    def writable(self) -> int:
        """How many bytes may be written now."""
        return self.sender.space if self.state.may_send else 0

    def write(self, data: bytes, now: int, *, more: bool = False) -> None:
        """`more`: what does not fill a segment may wait (MSG_MORE)."""
        assert self.state.may_send
        self.sender.write(data, now, more=more)

    def flush(self, now: int) -> None:
        """Nothing more will come for the moment: send what `more` held back."""
        if self.state.may_send:
            self.sender.flush(now)

    def resume(self, now: int) -> None:
        """The queues of this host have space again (tcp_tsq_write)."""
        if self.state.sends_data:
            self.sender.resume(now)

    def take_back(self, segment: Tcp, now: int) -> None:
        """A queue of this host was full: the segment did not leave, and what else was to follow it."""
        if segment.sequence_length and self.state.sends_data:
            self.sender.take_back(segment.sequence, segment.sequence_length, now)

    @property
    def readable(self) -> int:
        return self.receiver.readable

    @property
    def receive_queue(self) -> int:
        """What `ss` counts: the peer's FIN counts as one unread byte."""
        return self.receiver.readable + (self.state is TcpState.CLOSE_WAIT)

    @property
    def send_queue(self) -> int:
        """What was not acknowledged; SYN and FIN count one."""
        if self.state is TcpState.SYN_SENT:
            return 1
        return self.sender.queued + (self.sender.finishing and not self.sender.all_acknowledged)

    @property
    def at_end(self) -> bool:
        """Everything that will ever come was read."""
        return not self.receiver.readable and (self.receiver.finished or self.state is TcpState.CLOSED or self.deaf)

    def read(self, size: int, now: int) -> bytes:
        data = self.receiver.read(size, now, self.sender.trip.smoothed)
        if data and self.state.may_receive and self.receiver.wants_after_reading():
            self.send_ack(now)
        return data

    def shutdown(self, now: int) -> None:
        """The application will not write any more."""
        if self.state is TcpState.ESTABLISHED:
            self.state = TcpState.FIN_WAIT_1
        elif self.state is TcpState.CLOSE_WAIT:
            self.state = TcpState.LAST_ACK
        else:
            return
        self.sender.finish(now)

    def close(self, now: int) -> None:
        """The application lets go (tcp_close): unread data is answered by a reset (RFC 2525, 2.17)."""
        unread = bool(self.receiver.readable)
        self.deaf = self.sender.orphan = True
        if self.state in (TcpState.SYN_SENT, TcpState.CLOSED):
            self.finish(None)
        elif unread and self.state is not TcpState.TIME_WAIT:
            self.abort(now)
        else:
            self.shutdown(now)
            if self.state is TcpState.FIN_WAIT_2:
                self.life_ends = expiry(now, self.settings.fin_timeout)

    def abort(self, now: int) -> None:
        """tcp_send_active_reset."""
        if self.state not in (TcpState.CLOSED, TcpState.SYN_SENT, TcpState.TIME_WAIT):
            self.emit(self.sender.nxt, b"", RST | ACK, 0, now)
        self.finish(None)

    # --- routes and errors of the network ---------------------------------------------------------------------------

    def keepalive(self, now: int) -> None:
        """A segment that must be answered: no data, one number too old (RFC 9293, 3.8.4; tcp_xmit_probe_skb)."""
        self.emit(self.sender.una - 1, b"", ACK, 0, now)

    def new_path(self, path: TcpPath, now: int) -> None:
        """The MTU of the path changed."""
        self.path = path
        if self.state in (TcpState.CLOSED, TcpState.SYN_SENT, TcpState.SYN_RECV, TcpState.TIME_WAIT):
            return
        self.sender.segmentation = path.segmentation
        self.sender.new_mss(self.mss(), now)

    def unreachable(self, errno: Errno, number: int) -> None:
        """An ICMP error about a segment of ours with sequence `number` (tcp_v4_err): it ends only a handshake."""
        sender = self.sender
        if not sender.una <= unwrap(number, sender.una) <= sender.nxt:
            return
        if self.state is TcpState.SYN_SENT:
            self.finish(errno)
        else:
            self.soft_error = errno

    # --- segments that arrive ---------------------------------------------------------------------------------------

    def receive(self, segment: Tcp, now: int, ecn: int = 0) -> None:
        """`ecn` is the ECN field of its packet."""
        state, self.ecn.field = self.state, ecn
        self.counters.receives(segment, self.path.mss, now)
        if state is TcpState.SYN_SENT:
            receive_syn_sent(self, segment, now)
        elif state is TcpState.SYN_RECV:
            receive_syn_recv(self, segment, now)
        elif state is TcpState.TIME_WAIT:
            receive_time_wait(self, segment, now)
        elif state is TcpState.CLOSED:
            self.send_reset(segment)
        else:
            receive_synchronized(self, segment, now)

    def send_reset(self, segment: Tcp) -> None:
        answer = refusal(segment)
        if answer is not None:
            self.out.append(Outgoing(answer, answer=True))

    def accept_syn(self, segment: Tcp) -> None:
        self.agreed = NegotiatedOptions.from_syn(segment, self.settings)
        self.ecn.hear_syn(segment.flags, passive=self.passive)
        self.sender.mss = self.mss()
        mss = self.path.mss - TIMESTAMPS_LENGTH * self.agreed.timestamps
        self.receiver.begin(segment.sequence, mss)
        self.receiver.sack = self.agreed.sack
        self.receiver.scale = self.settings.scale if self.agreed.scaling else 0
        if segment.timestamps is not None:
            self.ts_recent = segment.timestamps[0]

    def mss(self) -> int:
        """tcp_sync_mss: what both the other end and the path take, without the options that every segment has."""
        mss = min(self.agreed.mss, max(self.path.mtu - self.path.headers, _SMALLEST_MSS))
        return max(mss - TIMESTAMPS_LENGTH * self.agreed.timestamps, _SMALLEST_MSS)

    # --- whether a segment can be right -----------------------------------------------------------------------------

    def fails_paws(self, segment: Tcp) -> bool:
        """PAWS (RFC 7323, 5)."""
        stamps = segment.timestamps
        return self.agreed.timestamps and stamps is not None and before(stamps[0], self.ts_recent)

    # --- the end ----------------------------------------------------------------------------------------------------

    def enter_time_wait(self, now: int) -> None:
        """tcp_time_wait."""
        self.state = TcpState.TIME_WAIT
        self.sender.stop()
        self.delack_due = None
        self.life_ends = now + self.settings.time_wait

    def may_be_replaced(self, syn: Tcp) -> bool:
        """Whether a SYN for the same ports begins a new connection although this one waits (RFC 6191)."""
        if self.state is not TcpState.TIME_WAIT:
            return False
        number = unwrap(syn.sequence, self.receiver.next)
        stamps = syn.timestamps
        newer = self.agreed.timestamps and stamps is not None and before(self.ts_recent, stamps[0])
        return number > self.receiver.next or newer

    def finish(self, error: Errno | None) -> None:
        self.state = TcpState.CLOSED
        self.error = error
        self.sender.stop()
        self.handshake_due = self.delack_due = self.life_ends = None

    # --- handshake --------------------------------------------------------------------------------------------------

    def send_syn(self, flags: int, now: int) -> None:
        sender, receiver = self.sender, self.receiver
        mss = self.path.mss
        chosen = segments.of_syn(self.agreed, mss, self.settings.scale, self.timestamp(now), self.ts_recent)
        acknowledged = receiver.next if flags & ACK else 0
        flags |= self.ecn.flags_of_syn(flags, self.tries)
        self.put(sender.una, acknowledged, flags, min(receiver.window, _LARGEST_FIELD), chosen, b"")
        self.out[-1].answer = self.passive
        self.counters.segments_out += not self.passive
        sender.nxt = sender.una + 1

    def handshake_timeout(self, now: int) -> None:
        """SYNs at first once a second, then at doubling intervals; those of SYN-ACKs double at once."""
        settings, sender = self.settings, self.sender
        if self.state is TcpState.SYN_SENT:
            most, linear = settings.syn_retries + settings.syn_linear_timeouts, settings.syn_linear_timeouts
        else:
            most, linear = settings.synack_retries, 0
        if self.tries >= most:
            self.finish(self.soft_error or Errno.ETIMEDOUT)
            return
        self.tries += 1
        if self.tries > linear:
            sender.rto = min(sender.rto << 1, settings.rto_max)
        if self.state is not TcpState.SYN_SENT:
            self.send_syn(SYN | ACK, now)
        elif not sender.bursts.queued:
            # The last one has left the host (skb_still_in_host_queue): its neighbour may still be unresolved.
            self.send_syn(SYN, now)
        self.handshake_due = expiry(now, sender.rto)

    # --- segments that leave ----------------------------------------------------------------------------------------

    def timestamp(self, now: int) -> int:
        return self.ts_offset + now // MILLISECOND & MASK

    def send_ack(self, now: int) -> None:
        self.emit(self.sender.nxt, b"", ACK, 0, now)

    def sack_options_length(self) -> int:
        """Bytes of SACK blocks in the next segment."""
        count = len(self.receiver.sack_blocks(self.most_sack_blocks())) if self.agreed.sack else 0
        return 4 + 8 * count if count else 0

    def most_sack_blocks(self) -> int:
        return segments.MOST_BLOCKS[self.agreed.timestamps]

    def emit(self, start: int, data: bytes, flags: int, gso: int, now: int) -> None:
        """A segment as the connection is now; it carries the acknowledgement that may be due."""
        receiver, agreed = self.receiver, self.agreed
        stamps = (self.timestamp(now), self.ts_recent) if agreed.timestamps else None
        blocks: tuple[tuple[int, int], ...] = ()
        if agreed.sack and receiver.has_blocks:
            blocks = tuple((left & MASK, right & MASK) for left, right in receiver.blocks(self.most_sack_blocks()))
        window = receiver.announce()
        more, ecn = self.ecn.mark(start, len(data), self.sender.congestion.reductions)
        self.put(start, receiver.next, flags | more, window, segments.of_segment(stamps, blocks), data)
        self.out[-1].gso, self.out[-1].ecn = gso, ecn
        self.counters.sends(self.out[-1].segment, gso, now)
        receiver.acknowledged()
        self.delack_due = None
        if data:
            receiver.spoke(now)

    def put(
        self, start: int, acknowledged: int, flags: int, window: int, chosen: tuple[Option, ...], data: bytes
    ) -> None:
        segment = Tcp.build(
            self.ports.local, self.ports.remote, start & MASK, acknowledged & MASK, flags, window, chosen, data
        )
        self.out.append(Outgoing(segment))
