"""The states of a connection (RFC 9293, 3.3.2), by the names of `ss`, and what it has counted (struct tcp_info)."""

from __future__ import annotations

import enum

from vnetsim.wire.tcp import Tcp


class TcpState(enum.Enum):
    ESTABLISHED = "ESTAB"
    SYN_SENT = "SYN-SENT"
    SYN_RECV = "SYN-RECV"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    TIME_WAIT = "TIME-WAIT"
    CLOSED = "UNCONN"
    CLOSE_WAIT = "CLOSE-WAIT"
    LAST_ACK = "LAST-ACK"
    LISTEN = "LISTEN"
    CLOSING = "CLOSING"

    @property
    def may_send(self) -> bool:
        """The application may still write."""
        return self in (TcpState.ESTABLISHED, TcpState.CLOSE_WAIT)

    @property
    def sends_data(self) -> bool:
        """What was written may still have to be sent, or sent again."""
        return self.may_send or self in (TcpState.FIN_WAIT_1, TcpState.CLOSING, TcpState.LAST_ACK)

    @property
    def may_receive(self) -> bool:
        """The peer has not sent its FIN."""
        return self in (TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2)


class TcpCounters:
    """What a connection has sent and received (RFC 4898): segments as they are on the wire; `last_*` in nanoseconds."""

    def __init__(self) -> None:
        self.segments_out = self.segments_in = self.data_segments_out = self.data_segments_in = 0
        self.bytes_sent = self.bytes_resent = self.bytes_acknowledged = self.bytes_received = 0
        self.delivered = 0
        self.last_sent = self.last_received = self.last_acknowledged = 0

    def sends(self, segment: Tcp, gso: int, now: int) -> None:
        count = -(-len(segment.data) // gso) if gso else 1
        self.segments_out += count
        if segment.data:
            self.bytes_sent += len(segment.data)
            self.data_segments_out += count
            self.last_sent = now

    def receives(self, segment: Tcp, size: int, now: int) -> None:
        """`size` is how much data a segment of the size that is usual here carries: a frame may be several."""
        count = max(1, -(-segment.data_length // size)) if size else 1
        self.segments_in += count
        if segment.data_length:
            self.data_segments_in += count
            self.last_received = now
