"""SYN-RECEIVED and TIME-WAIT, which Linux keeps in small sockets (net/ipv4/tcp_minisocks.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.errors import Errno
from vnetsim.protocols.tcp.input import establish, in_window, receive_synchronized, send_challenge_ack
from vnetsim.protocols.tcp.segments import unwrap
from vnetsim.wire.tcp import ACK, FIN, RST, SYN, Tcp

if TYPE_CHECKING:
    from vnetsim.protocols.tcp.connection import TcpConnection


def receive_syn_recv(tcp: TcpConnection, segment: Tcp, now: int) -> None:
    """tcp_check_req."""
    flags, receiver = segment.flags, tcp.receiver
    number = unwrap(segment.sequence, receiver.next)
    if flags & SYN and not flags & RST and number == receiver.next - 1 and tcp.passive:
        tcp.send_syn(SYN | ACK, now)
        return
    if not in_window(tcp, segment, number):
        if not flags & RST:
            send_challenge_ack(tcp, now)
        return
    if flags & RST:
        tcp.finish(Errno.ECONNREFUSED if not tcp.passive else Errno.ECONNRESET)
        return
    if not flags & ACK:
        return
    if unwrap(segment.acknowledgement, tcp.sender.una) != tcp.sender.nxt:
        tcp.send_reset(segment)
        return
    establish(tcp, segment, now)
    receive_synchronized(tcp, segment, now)


def receive_time_wait(tcp: TcpConnection, segment: Tcp, now: int) -> None:
    """tcp_timewait_state_process: late segments are acknowledged once more."""
    number = unwrap(segment.sequence, tcp.receiver.next)
    if segment.flags & RST:
        if number == tcp.receiver.next and not tcp.fails_paws(segment):
            tcp.finish(None)
        return
    if segment.sequence_length or not in_window(tcp, segment, number):
        if segment.flags & FIN:
            tcp.life_ends = now + tcp.settings.time_wait
        tcp.send_ack(now)
