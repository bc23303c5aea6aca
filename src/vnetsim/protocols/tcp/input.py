"""Segments that arrive: whether they are valid, and what they change (net/ipv4/tcp_input.c).

RFC 9293, 3.10.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno
from vnetsim.protocols.jiffies import expiry
from vnetsim.protocols.tcp import segments
from vnetsim.protocols.tcp.ack import acknowledge
from vnetsim.protocols.tcp.segments import MASK, before, unwrap
from vnetsim.protocols.tcp.state import TcpState
from vnetsim.wire.tcp import ACK, CWR, FIN, PSH, RST, SYN, Tcp

if TYPE_CHECKING:
    from vnetsim.protocols.tcp.connection import TcpConnection

#: Answers to segments that cannot be right are this far apart (tcp_invalid_ratelimit).
INVALID_RATELIMIT: Final = 500 * MILLISECOND
#: Why a reset ended a connection, if not ECONNRESET (tcp_reset).
_RESET_ERRORS: Final = {TcpState.SYN_RECV: Errno.ECONNREFUSED, TcpState.CLOSE_WAIT: Errno.EPIPE}


def receive_syn_sent(tcp: TcpConnection, segment: Tcp, now: int) -> None:
    """tcp_rcv_synsent_state_process."""
    flags, sender = segment.flags, tcp.sender
    if flags & ACK and unwrap(segment.acknowledgement, sender.una) != sender.nxt:
        tcp.send_reset(segment)
        return
    if flags & RST:
        if flags & ACK:
            tcp.finish(Errno.ECONNREFUSED)
        return
    if not flags & SYN:
        return
    tcp.accept_syn(segment)
    if flags & ACK:
        tcp.progress = True
        establish(tcp, segment, now)
        tcp.send_ack(now)
    else:
        tcp.state = TcpState.SYN_RECV
        tcp.send_syn(SYN | ACK, now)


def establish(tcp: TcpConnection, segment: Tcp, now: int) -> None:
    """Our SYN was acknowledged."""
    sender, agreed = tcp.sender, tcp.agreed
    scale = 0 if segment.flags & SYN else agreed.scale
    number = unwrap(segment.sequence, tcp.receiver.next)
    sender.established(segment.window << scale, number)
    sender.sack = agreed.sack
    sender.segmentation = tcp.path.segmentation
    sender.mss = tcp.mss()
    if not tcp.tries:
        sender.trip.sample(now - tcp.handshake_began, sender.una, sender.nxt)
        sender.rto = sender.trip.timeout
    sender.learn_rate()
    tcp.handshake_due = None
    tcp.counters.last_sent = tcp.counters.last_received = tcp.counters.last_acknowledged = now
    tcp.soft_error = None
    tcp.state = TcpState.ESTABLISHED


def receive_synchronized(tcp: TcpConnection, segment: Tcp, now: int) -> None:
    """tcp_rcv_established, tcp_rcv_state_process."""
    number = unwrap(segment.sequence, tcp.receiver.next)
    if not validate_incoming(tcp, segment, number, now):
        return
    if not segment.flags & ACK:
        return
    acknowledged = unwrap(segment.acknowledgement, tcp.sender.una)
    if acknowledged > tcp.sender.nxt:
        return
    tcp.counters.last_acknowledged = now
    replace_ts_recent(tcp, segment, number)
    process_ack(tcp, segment, number, acknowledged, now)
    if tcp.state is TcpState.CLOSED:
        return
    queue_data(tcp, segment, number, now)
    if tcp.state in (TcpState.CLOSED, TcpState.TIME_WAIT):
        return
    tcp.sender.push(now)
    check_ack(tcp, now)


def validate_incoming(tcp: TcpConnection, segment: Tcp, number: int, now: int) -> bool:
    """tcp_validate_incoming: PAWS, the window, and blind attacks (RFC 5961)."""
    flags = segment.flags
    if tcp.fails_paws(segment) and not flags & RST:
        send_challenge_ack(tcp, now)
        return False
    if not in_window(tcp, segment, number):
        if not flags & RST:
            send_dupack(tcp, segment, number, now)
        return False
    if flags & RST:
        if number == tcp.receiver.next:
            tcp.finish(_RESET_ERRORS.get(tcp.state, Errno.ECONNRESET))
        else:
            send_challenge_ack(tcp, now)
        return False
    if flags & SYN:
        send_challenge_ack(tcp, now)
        return False
    return True


def in_window(tcp: TcpConnection, segment: Tcp, number: int) -> bool:
    """tcp_sequence."""
    end = number + segment.sequence_length
    return end >= tcp.receiver.announced_at and number <= tcp.receiver.next + tcp.receiver.open_window


def send_dupack(tcp: TcpConnection, segment: Tcp, number: int, now: int) -> None:
    """tcp_send_dupack: so that the other end learns what is missing; SYNs may be a guess."""
    if segment.flags & SYN:
        send_challenge_ack(tcp, now)
        return
    end = number + segment.data_length
    if end > number and number < tcp.receiver.next:
        tcp.receiver.take(number, segment.data, now, pushed=False)
    elif not segment.data_length:
        send_challenge_ack(tcp, now)
        return
    tcp.send_ack(now)


def send_challenge_ack(tcp: TcpConnection, now: int) -> None:
    """An acknowledgement that makes an honest sender see; not too many."""
    if now - tcp.last_challenge >= INVALID_RATELIMIT:
        tcp.last_challenge = now
        tcp.send_ack(now)


def replace_ts_recent(tcp: TcpConnection, segment: Tcp, number: int) -> None:
    """tcp_replace_ts_recent."""
    stamps = segment.timestamps
    if stamps is not None and number <= tcp.receiver.announced_at and not before(stamps[0], tcp.ts_recent):
        tcp.ts_recent = stamps[0]


def process_ack(tcp: TcpConnection, segment: Tcp, number: int, acknowledged: int, now: int) -> None:
    sender = tcp.sender
    if acknowledged < sender.una:
        return
    blocks = (
        tuple((unwrap(start, sender.una), unwrap(end, sender.una)) for start, end in segments.blocks_of(segment))
        if sender.sack
        else ()
    )
    tcp.progress = tcp.progress or acknowledged > sender.una
    acknowledge(
        sender, acknowledged, number, segment.window << tcp.agreed.scale, blocks, echoed_age(tcp, segment, now), now,
        bare=not segment.data_length and not segment.flags & (SYN | FIN), ece=tcp.ecn.is_echo(segment.flags),
    )  # fmt: skip
    if sender.all_acknowledged:
        fin_acknowledged(tcp, now)


def echoed_age(tcp: TcpConnection, segment: Tcp, now: int) -> int | None:
    """How old the timestamp is that the segment echoes."""
    stamps = segment.timestamps
    if stamps is None or not stamps[1]:
        return None
    return (tcp.timestamp(now) - stamps[1] & MASK) * MILLISECOND


def fin_acknowledged(tcp: TcpConnection, now: int) -> None:
    if tcp.state is TcpState.FIN_WAIT_1:
        tcp.state = TcpState.FIN_WAIT_2
        if tcp.deaf:
            tcp.life_ends = expiry(now, tcp.settings.fin_timeout)
    elif tcp.state is TcpState.CLOSING:
        tcp.enter_time_wait(now)
    elif tcp.state is TcpState.LAST_ACK:
        tcp.finish(None)


def queue_data(tcp: TcpConnection, segment: Tcp, number: int, now: int) -> None:
    """tcp_data_queue, tcp_fin."""
    size, receiver = segment.data_length, tcp.receiver
    fin = bool(segment.flags & FIN)
    if not size and not fin:
        return
    if not tcp.state.may_receive:
        if number + segment.sequence_length <= receiver.next:
            receiver.hurry()
        return
    if size and tcp.deaf and number + size > receiver.next:
        tcp.send_reset(segment)
        tcp.finish(Errno.ECONNRESET)
        return
    if size:
        receiver.take(number, segment.data, now, pushed=bool(segment.flags & PSH))
        if tcp.ecn.accept(segment.flags):
            receiver.hurry()
        receiver.now = receiver.now or bool(tcp.ecn.agreed and segment.flags & CWR)
    if fin:
        tcp.fin_at = number + size
    if tcp.fin_at is not None and receiver.next == tcp.fin_at:
        receive_fin(tcp, now)
    elif fin:
        receiver.pending = receiver.now = True


def receive_fin(tcp: TcpConnection, now: int) -> None:
    """The other end will not write any more (tcp_fin)."""
    receiver = tcp.receiver
    receiver.next += 1
    receiver.finished = receiver.pending = True
    if tcp.state is TcpState.ESTABLISHED:
        tcp.state = TcpState.CLOSE_WAIT
        # What is written now may carry the acknowledgement.
        receiver.pingpong = True
        return
    tcp.send_ack(now)
    if tcp.state is TcpState.FIN_WAIT_1:
        tcp.state = TcpState.CLOSING
    else:
        tcp.enter_time_wait(now)


def check_ack(tcp: TcpConnection, now: int) -> None:
    """tcp_ack_snd_check."""
    receiver = tcp.receiver
    if not receiver.pending:
        return
    if receiver.wants_acknowledgement():
        tcp.send_ack(now)
        return
    due = expiry(now, receiver.delay(tcp.sender.trip.smoothed))
    if tcp.delack_due is None or due < tcp.delack_due:
        tcp.delack_due = due
