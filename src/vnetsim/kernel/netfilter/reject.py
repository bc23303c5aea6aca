"""The TCP segment with which REJECT resets a connection (nf_reject_ipv4.c: nf_reject_ip_tcphdr_put)."""

from __future__ import annotations

from vnetsim.wire import tcp
from vnetsim.wire.tcp import Tcp


def reset_of(segment: object) -> Tcp | None:
    """What a closed port would answer (RFC 9293, 3.10.7.1); None for a reset, and for what is not TCP."""
    if not isinstance(segment, Tcp) or segment.flags & tcp.RST:
        return None
    acknowledged = bool(segment.flags & tcp.ACK)
    size = len(segment.data) + bool(segment.flags & tcp.SYN) + bool(segment.flags & tcp.FIN)
    return Tcp.build(
        segment.destination_port,
        segment.source_port,
        sequence=segment.acknowledgement if acknowledged else 0,
        acknowledgement=0 if acknowledged else segment.sequence + size & 0xFFFFFFFF,
        flags=tcp.RST if acknowledged else tcp.RST | tcp.ACK,
        window=0,
    )
