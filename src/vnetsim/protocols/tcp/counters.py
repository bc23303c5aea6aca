"""What a connection has sent and received (struct tcp_info, RFC 4898)."""

from __future__ import annotations

from vnetsim.wire.tcp import Tcp


class TcpCounters:
    """Segments as they are on the wire; `last_*` in nanoseconds."""

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
