"""Frames of several TCP segments (net/core/gso.c, net/ipv4/tcp_offload.c), segmented late."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import attrs

from vnetsim.errors import Errno
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.tcp import CWR, FIN, PSH, Tcp

Packet: TypeAlias = "ipv4.Packet | ipv6.Packet"

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device


def segments_fit(skb: Skb, packet: Packet, mtu: int) -> bool:
    """Whether each segment is a packet of at most `mtu` bytes (skb_gso_validate_network_len)."""
    payload = packet.payload
    return bool(skb.gso) and isinstance(payload, Tcp) and packet.length - len(payload.data) + skb.gso <= mtu


def wire_length(skb: Skb) -> int:
    """Bytes of all the frames that it is segmented into (qdisc_pkt_len)."""
    length = skb.frame.length
    if not skb.gso:
        return length
    payload = skb.frame.payload
    size = len(payload.payload.data)  # type: ignore[union-attr]
    return length + (count(skb) - 1) * (length - size)


def count(skb: Skb) -> int:
    """How many frames it is segmented into (gso_segs)."""
    if not skb.gso:
        return 1
    return -(-len(skb.frame.payload.payload.data) // skb.gso)  # type: ignore[union-attr]


def segments(packet: Packet, size: int) -> Iterator[Packet]:
    """The packets with `size` bytes of data each; PSH, FIN belong to the last, CWR to the first (tcp_gso_segment)."""
    whole = packet.payload
    assert isinstance(whole, Tcp)
    header = packet.length - len(whole.data)
    for index, at in enumerate(range(0, len(whole.data), size)):
        data = whole.data[at : at + size]
        last = at + size >= len(whole.data)
        segment = attrs.evolve(
            whole,
            sequence=whole.sequence + at & 0xFFFF_FFFF,
            data=data,
            flags=whole.flags & ~(0 if last else PSH | FIN) & ~(CWR if at else 0),
            length=whole.length - len(whole.data) + len(data),
        )
        if isinstance(packet, ipv4.Packet):
            number = packet.identification + index & 0xFFFF
            yield attrs.evolve(packet, payload=segment, identification=number, length=header + len(data))
        else:
            yield attrs.evolve(packet, payload=segment, length=header + len(data))


def single_frames(skb: Skb, packet: Packet) -> Iterator[Skb]:
    """Its segments as frames of their own (skb_gso_segment)."""
    frame = skb.frame
    for part in segments(packet, skb.gso):
        one = skb.clone()
        one.gso = 0
        one.frame = Frame(frame.destination, frame.source, frame.ethertype, part, 14 + part.length)
        yield one


def transmit_segments(skb: Skb, packet: Packet, device: Device) -> Errno | None:
    """validate_xmit_skb, for a device that cannot cut by itself."""
    failed: Errno | None = None
    for one in single_frames(skb, packet):
        failed = device.transmit(one) or failed
    return failed
