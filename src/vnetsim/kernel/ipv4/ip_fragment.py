"""Putting fragments together again (net/ipv4/ip_fragment.c, net/ipv6/reassembly.c).

Overlapping fragments, and such as contradict each other about the end, discard the whole datagram (RFC 5722).
Not modelled: memory limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import attrs

from vnetsim.clock import SECOND, Timer
from vnetsim.dropreason import DropReason
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace

_Key = tuple[int, int, int, int]


@attrs.define
class _Queue:
    """The pieces of one datagram that have come so far: by offset, what they carry and whether more follows."""

    timer: Timer
    pieces: dict[int, tuple[bytes, bool]] = attrs.field(factory=dict)
    #: The one with the start of the datagram, and the newest one.
    first: Skb | None = None
    newest: Skb | None = None
    #: Bytes of the longest packet that a piece came in.
    longest: int = 0

    def add(self, offset: int, data: bytes, *, more: bool) -> bool:
        """A piece came (inet_frag_queue_insert): False where it contradicts the others; once more changes nothing."""
        if more:
            data = data[: len(data) & ~7]
        end = offset + len(data)
        final = next((at + len(piece) for at, (piece, goes_on) in self.pieces.items() if not goes_on), None)
        longest = max((at + len(piece) for at, (piece, _) in self.pieces.items()), default=0)
        if not data or (final is not None and (end > final or (not more and end != final))):
            return False
        if not more and end < longest:
            return False
        for first, last in self._runs():
            if first <= offset and end <= last:
                return True
            if offset < last and first < end:
                return False
        self.pieces[offset] = data, more
        return True

    def _runs(self) -> Iterator[tuple[int, int]]:
        """From where to where the payload has come, without gaps in between."""
        begin = end = 0
        for offset in sorted(self.pieces):
            if offset != end:
                if end > begin:
                    yield begin, end
                begin = offset
            end = offset + len(self.pieces[offset][0])
        if end > begin:
            yield begin, end

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
    """The fragment queues of one namespace and family.

    `seconds` is the sysctl that says how long one waits, `longest` how many bytes a datagram can carry.
    """

    seconds: ClassVar[str]
    longest: ClassVar[int]

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._namespace = namespace
        self._queues: dict[_Key, _Queue] = {}

    def _put(self, skb: Skb, key: _Key, offset: int, data: bytes, *, more: bool) -> tuple[_Queue, bytes] | None:
        """One more fragment; its queue and the whole payload when it was the last one missing."""
        queue = self._queues.get(key)
        if queue is None:
            wait = self._namespace.sysctls.number(self.seconds) * SECOND
            queue = self._queues[key] = _Queue(self._namespace.host.engine.after(wait, self._expired, key))
        if not queue.add(offset, data, more=more) or offset + len(data) > self.longest:
            queue.timer.cancel()
            del self._queues[key]
            self._namespace.drop(skb, skb.device, DropReason.FRAG_REASM_TIMEOUT, "the fragments contradict each other")
            return None
        queue.longest = max(queue.longest, skb.frame.length - 14)
        queue.newest = skb
        if offset == 0:
            queue.first = skb.clone()
        whole = queue.whole()
        if whole is None:
            return None
        queue.timer.cancel()
        del self._queues[key]
        return queue, whole

    def _expired(self, key: _Key) -> None:
        queue = self._queues.pop(key)
        skb = queue.first or queue.newest
        assert skb is not None
        self._namespace.drop(skb, skb.device, DropReason.FRAG_REASM_TIMEOUT)
        if queue.first is not None:
            self._report(skb)

    def _report(self, skb: Skb) -> None:
        """The start of a datagram came, and not all of the rest: its sender is told."""
        raise NotImplementedError


class Reassembly(_Queues):
    """IPv4's."""

    seconds = "net/ipv4/ipfrag_time"
    longest = 65535 - 20

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
        if len(data) + len(first.options) > self.longest:
            self._namespace.drop(skb, skb.device, DropReason.FRAG_REASM_TIMEOUT, "too long")
            return None
        return whole_packet(first, data)

    def _report(self, skb: Skb) -> None:
        packet = skb.frame.payload
        assert isinstance(packet, ipv4.Packet)
        # Only an end host tells, not a router that tracks connections (ip_expire).
        if self._namespace.ip.routes.is_unicast_local(packet.destination):
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
    longest = 65535

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
