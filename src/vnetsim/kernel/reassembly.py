"""Putting fragments together again (net/ipv4/ip_fragment.c, net/ipv6/reassembly.c).

Not modelled: memory limits; overlapping fragments discard the whole datagram, as in Linux (RFC 5722).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from vnetsim.clock import SECOND, Timer
from vnetsim.kernel.buffer import Skb
from vnetsim.trace import Reason
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6

if TYPE_CHECKING:
    from vnetsim.kernel.namespace import NetworkNamespace

_Key = tuple[int, int, int, int]


@attrs.define
class _Queue:
    """The pieces of one datagram that have come so far: by offset, what they carry and whether more follows."""

    timer: Timer
    pieces: dict[int, tuple[bytes, bool]] = attrs.field(factory=dict)
    #: The one with the start of the datagram.
    first: Skb | None = None
    #: Bytes of the longest packet that a piece came in.
    longest: int = 0

    def whole(self) -> bytes | None:
        """The payload, if nothing is missing."""
        data, more = b"", True
        for offset in sorted(self.pieces):
            if offset != len(data):
                return None
            piece, more = self.pieces[offset]
            data += piece
        return None if more else data


class _Queues:
    """The fragment queues of one namespace and family; `seconds` is the sysctl that says how long one waits."""

    seconds: str

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._namespace = namespace
        self._queues: dict[_Key, _Queue] = {}

    def _put(self, skb: Skb, key: _Key, offset: int, data: bytes, *, more: bool) -> tuple[_Queue, bytes] | None:
        """One more fragment; its queue and the whole payload when it was the last one missing."""
        queue = self._queues.get(key)
        if queue is None:
            wait = self._namespace.sysctls.number(self.seconds) * SECOND
            queue = self._queues[key] = _Queue(self._namespace.host.engine.after(wait, self._expired, key))
        queue.pieces.setdefault(offset, (data, more))
        queue.longest = max(queue.longest, skb.frame.length - 14)
        if offset == 0:
            queue.first = skb.clone()
        whole = queue.whole()
        if whole is None:
            return None
        queue.timer.cancel()
        del self._queues[key]
        return queue, whole

    def _expired(self, key: _Key) -> None:
        skb = self._queues.pop(key).first
        if skb is not None:
            self._namespace.drop(skb, skb.device, Reason.REASSEMBLY_FAILED)
            self._report(skb)

    def _report(self, skb: Skb) -> None:
        """The start of a datagram came, and not all of the rest: its sender is told."""
        raise NotImplementedError


class Reassembly(_Queues):
    """IPv4's."""

    seconds = "net/ipv4/ipfrag_time"

    def add(self, skb: Skb, packet: ipv4.Packet) -> ipv4.Packet | None:
        """One more fragment; the whole packet when it was the last one missing."""
        key = (packet.source, packet.destination, packet.protocol, packet.identification)
        found = self._put(skb, key, packet.fragment_offset, packet.encode_payload(), more=packet.more_fragments)
        if found is None:
            return None
        queue, data = found
        assert queue.first is not None
        first = queue.first.frame.payload
        assert isinstance(first, ipv4.Packet)
        return whole_packet(first, data)

    def _report(self, skb: Skb) -> None:
        packet = skb.frame.payload
        assert isinstance(packet, ipv4.Packet)
        self._namespace.icmp.error(skb, packet, icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME_EXCEEDED)


def whole_packet(first: ipv4.Packet, data: bytes) -> ipv4.Packet:
    """The packet whose first fragment is `first` and whose payload is `data`."""
    bare = ipv4.Packet.build(
        first.source, first.destination, first.protocol, data, ttl=first.ttl, identification=first.identification,
        dont_fragment=first.dont_fragment, tos=first.tos, options=first.options,
    )  # fmt: skip
    return ipv4.Packet.decode(bare.encode())


class Reassembly6(_Queues):
    """IPv6's."""

    seconds = "net/ipv6/ip6frag_time"

    def add(self, skb: Skb, packet: ipv6.Packet) -> ipv6.Packet | None:
        """One more fragment; the whole packet when it was the last one missing.

        Whoever sends it on may cut it again, into pieces no longer than the longest one: `skb.gathered`.
        """
        fragment = packet.fragment
        assert fragment is not None
        key = (packet.source, packet.destination, 0, fragment.identification)
        found = self._put(skb, key, fragment.offset, packet.encode_payload(), more=fragment.more)
        if found is None:
            return None
        queue, data = found
        assert queue.first is not None
        first = queue.first.frame.payload
        assert isinstance(first, ipv6.Packet)
        skb.gathered = queue.longest
        bare = ipv6.Packet.build(
            first.source, first.destination, first.next_header, data, hop_limit=first.hop_limit,
            traffic_class=first.traffic_class, flow_label=first.flow_label, hop_by_hop=first.hop_by_hop,
        )  # fmt: skip
        return ipv6.Packet.decode(bare.encode())

    def _report(self, skb: Skb) -> None:
        packet = skb.frame.payload
        assert isinstance(packet, ipv6.Packet)
        self._namespace.icmp6.error(skb, packet, icmpv6.TIME_EXCEEDED, icmpv6.REASSEMBLY_TIME_EXCEEDED)
