"""Segments: their sequence numbers and options, those that leave, and what answers one that belongs to no connection.

Sequence numbers are 32 bits that wrap around on the wire (RFC 9293, 3.4), inside the machine integers that do not.
Options are what a SYN offers, and what later segments carry (net/ipv4/tcp_output.c).
"""

from __future__ import annotations

from typing import Final

from vnetsim.protocols.tcp.settings import TcpSettings
from vnetsim.values import define
from vnetsim.wire import tcp
from vnetsim.wire.tcp import ACK, RST, Option, Tcp

MASK: Final = 0xFFFF_FFFF
_HALF: Final = 0x8000_0000


def unwrap(number: int, near: int) -> int:
    """The 64-bit sequence number of `number` from the wire, at most 2**31 away from `near`."""
    return near + ((number - near + _HALF & MASK) - _HALF)


def before(one: int, other: int) -> bool:
    """Whether a 32-bit number comes before another (before() in include/net/tcp.h)."""
    return (one - other & MASK) >= _HALF


_NOP: Final[Option] = (tcp.NOP, None)
#: Blocks that fit beside timestamps, and without them.
MOST_BLOCKS: Final = (4, 3)
#: The MSS of a peer that sends no such option (RFC 9293, 3.7.1).
_DEFAULT_MSS: Final = 536


@define
class NegotiatedOptions:
    """What both ends can do.  `mss` is what the other end takes, `scale` that of its windows."""

    mss: int = _DEFAULT_MSS
    timestamps: bool = False
    sack: bool = False
    scaling: bool = False
    scale: int = 0

    @classmethod
    def from_syn(cls, segment: Tcp, settings: TcpSettings) -> NegotiatedOptions:
        """What the other end's SYN offers and we can do, too."""
        scale = segment.window_scale if settings.window_scaling else None
        return cls(
            mss=segment.mss or _DEFAULT_MSS,
            timestamps=settings.timestamps and segment.timestamps is not None,
            sack=settings.sack and segment.sack_permitted,
            scaling=scale is not None,
            scale=min(scale or 0, 14),
        )

    @classmethod
    def everything(cls, settings: TcpSettings) -> NegotiatedOptions:
        """What our own SYN offers."""
        return cls(timestamps=settings.timestamps, sack=settings.sack, scaling=settings.window_scaling)


def of_syn(agreed: NegotiatedOptions, mss: int, scale: int, clock: int, echo: int) -> tuple[Option, ...]:
    """`mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 10`, in Linux's order (tcp_options_write)."""
    options: list[Option] = [(tcp.MSS, mss)]
    if agreed.timestamps:
        options += [(tcp.SACK_PERMITTED, None)] if agreed.sack else [_NOP, _NOP]
        options.append((tcp.TIMESTAMPS, (clock, echo)))
    elif agreed.sack:
        options += [_NOP, _NOP, (tcp.SACK_PERMITTED, None)]
    if agreed.scaling:
        options += [_NOP, (tcp.WINDOW_SCALE, scale)]
    return tuple(options)


def of_segment(stamps: tuple[int, int] | None, blocks: tuple[tuple[int, int], ...]) -> tuple[Option, ...]:
    """`nop,nop,TS val 1 ecr 2,nop,nop,sack 1 {1:2}`."""
    options: tuple[Option, ...] = () if stamps is None else (_NOP, _NOP, (tcp.TIMESTAMPS, stamps))
    if blocks:
        options = (*options, _NOP, _NOP, (tcp.SACK, blocks))
    return options


def blocks_of(segment: Tcp) -> tuple[tuple[int, int], ...]:
    """The SACK blocks of a segment, as they are on the wire."""
    value = segment.option(tcp.SACK)
    if not isinstance(value, tuple) or not value or not isinstance(value[0], tuple):
        return ()
    return value


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
