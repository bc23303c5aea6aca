"""Putting fragments together again (net/ipv4/ip_fragment.c).

Not modelled: memory limits; overlapping fragments discard the whole datagram, as in Linux (RFC 5722).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from vnetsim.clock import SECOND, Timer
from vnetsim.kernel.buffer import Skb
from vnetsim.trace import Reason
from vnetsim.wire import icmp
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.namespace import NetworkNamespace


@attrs.define
class _Queue:
    """The pieces of one datagram that have come so far."""

    timer: Timer
    pieces: dict[int, Packet] = attrs.field(factory=dict)
    first: Skb | None = None

    def whole(self) -> bytes | None:
        """The payload, if nothing is missing."""
        data, last = b"", None
        for offset in sorted(self.pieces):
            piece = self.pieces[offset]
            if offset != len(data):
                return None
            data += piece.encode_payload()
            last = piece
        return data if last is not None and not last.more_fragments else None


class Reassembly:
    """The fragment queues of one namespace."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._namespace = namespace
        self._queues: dict[tuple[int, int, int, int], _Queue] = {}

    def add(self, skb: Skb, packet: Packet) -> Packet | None:
        """One more fragment; the whole packet when it was the last one missing."""
        key = (packet.source, packet.destination, packet.protocol, packet.identification)
        queue = self._queues.get(key)
        if queue is None:
            wait = self._namespace.sysctls.number("net/ipv4/ipfrag_time") * SECOND
            queue = self._queues[key] = _Queue(self._namespace.host.engine.after(wait, self._expired, key))
        queue.pieces.setdefault(packet.fragment_offset, packet)
        if packet.fragment_offset == 0:
            queue.first = skb.clone()
        data = queue.whole()
        if data is None:
            return None
        queue.timer.cancel()
        del self._queues[key]
        return whole_packet(queue.pieces[0], data)

    def _expired(self, key: tuple[int, int, int, int]) -> None:
        queue = self._queues.pop(key)
        skb = queue.first
        if skb is None:
            return
        self._namespace.drop(skb, skb.device, Reason.REASSEMBLY_FAILED)
        self._namespace.icmp.error(skb, queue.pieces[0], icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME_EXCEEDED)


def whole_packet(first: Packet, data: bytes) -> Packet:
    """The packet whose first fragment is `first` and whose payload is `data`."""
    bare = Packet.build(
        first.source, first.destination, first.protocol, data, ttl=first.ttl, identification=first.identification,
        dont_fragment=first.dont_fragment, tos=first.tos, options=first.options,
    )  # fmt: skip
    return Packet.decode(bare.encode())
