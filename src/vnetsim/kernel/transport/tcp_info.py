"""struct tcp_info, for `ss -i` and iperf3 (net/ipv4/tcp.c: tcp_get_info; tcp_diag.c).

Not modelled: the delivery rate and its limit, and busy times.
"""

from __future__ import annotations

from typing import Final

from vnetsim.observations import TcpInfo
from vnetsim.protocols.tcp import TcpConnection, TcpState
from vnetsim.protocols.tcp.congestion import NEVER
from vnetsim.protocols.tcp.settings import TIMESTAMPS_LENGTH
from vnetsim.protocols.tcp.timer import TcpTimer

_TIMERS: Final = {
    TcpTimer.RETRANSMIT: "on",
    TcpTimer.LOSS_PROBE: "on",
    TcpTimer.REORDER: "on",
    TcpTimer.WINDOW_PROBE: "persist",
}


def tcp_info(connection: TcpConnection, now: int) -> TcpInfo:
    sender, receiver, counters = connection.sender, connection.receiver, connection.counters
    congestion, agreed, board, trip = sender.congestion, connection.agreed, sender.board, sender.trip
    own_scale = receiver.scale if agreed.scaling else 0
    return TcpInfo(
        congestion_control=congestion.algorithm.name, timestamps=agreed.timestamps, sack=agreed.sack,
        ecn=connection.ecn.agreed, ecn_seen=connection.ecn.seen,
        scales=(agreed.scale, own_scale) if agreed.scaling else None, timeout=sender.rto, trip=trip.smoothed,
        trip_deviation=trip.deviation // 4, shortest_trip=trip.shortest, ato=receiver.ato, mss=sender.mss,
        path_mtu=connection.path.mtu, receive_mss=receiver.segment_size, advertised_mss=_advertised(connection),
        window=congestion.window, threshold=None if congestion.threshold >= NEVER else congestion.threshold,
        bytes_sent=counters.bytes_sent, bytes_resent=sender.bytes_resent,
        bytes_acknowledged=sender.una - sender.first - connection.passive,
        bytes_received=receiver.received, segments_out=counters.segments_out, segments_in=counters.segments_in,
        data_segments_out=counters.data_segments_out, data_segments_in=counters.data_segments_in,
        since_sent=now - counters.last_sent, since_received=now - counters.last_received,
        since_acknowledged=now - counters.last_acknowledged, pacing_rate=sender.bursts.rate,
        delivered=sender.delivered, in_flight=len(board), resent=board.resent, total_resent=sender.total_resent,
        lost=board.lost, sacked=board.sacked, reordering=board.reordering, receive_space=receiver.space,
        receive_threshold=receiver.limit, not_sent=sender.unsent, send_window=sender.window,
        written=sender.end - sender.first - 1,
        timer=_timer(connection, now), receive_buffer=receiver.buffer, send_buffer=sender.buffer,
    )  # fmt: skip


def _advertised(connection: TcpConnection) -> int:
    """advmss, less the options that every segment has."""
    return connection.path.mss - TIMESTAMPS_LENGTH * connection.agreed.timestamps


def _timer(connection: TcpConnection, now: int) -> tuple[str, int, int] | None:
    """inet_diag_msg's idiag_timer, idiag_expires and idiag_retrans."""
    sender = connection.sender
    if connection.state is TcpState.TIME_WAIT:
        return "timewait", max((connection.life_ends or now) - now, 0), 0
    if connection.state in (TcpState.SYN_SENT, TcpState.SYN_RECV):
        return "on", max((connection.handshake_due or now) - now, 0), connection.tries
    if sender.timer is not None:
        tries = sender.probes if sender.timer is TcpTimer.WINDOW_PROBE else sender.retransmissions
        return _TIMERS[sender.timer], max(sender.due - now, 0), tries
    if connection.life_ends is not None:
        return "timewait" if connection.deaf else "keepalive", max(connection.life_ends - now, 0), 0
    return None
