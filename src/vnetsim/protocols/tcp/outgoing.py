"""Segments that leave: those of a connection, and what answers a segment that belongs to none."""

from __future__ import annotations

from vnetsim.protocols.tcp.sequence import MASK
from vnetsim.values import define
from vnetsim.wire.tcp import ACK, RST, Tcp


@define
class Outgoing:
    """A segment to be sent.  With `gso` its data is several segments of so many bytes, to be cut where needed.

    `ecn` is the ECN field of its packet.
    `answer`: the kernel makes it for a request, without a socket (the identification of its packet is 0).
    """

    segment: Tcp
    gso: int = 0
    answer: bool = False
    ecn: int = 0


def refusal(segment: Tcp) -> Tcp | None:
    """What a segment that belongs to no connection is answered (RFC 9293, 3.10.7.1); resets are not."""
    if segment.flags & RST:
        return None
    if segment.flags & ACK:
        number, acknowledged, flags = segment.acknowledgement, 0, RST
    else:
        number, acknowledged, flags = 0, segment.sequence + segment.sequence_length & MASK, RST | ACK
    return Tcp.build(segment.destination_port, segment.source_port, number, acknowledged, flags, 0)
