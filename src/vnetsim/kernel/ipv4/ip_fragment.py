"""Reassembly of IPv4 packets (net/ipv4/ip_fragment.c)."""

from __future__ import annotations

from vnetsim.dropreason import DropReason
from vnetsim.kernel.ipv4.inet_fragment import FragmentQueues
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import ipv4


class Reassembly(FragmentQueues):
    seconds = "net/ipv4/ipfrag_time"
    longest = 65535 - 20

    def add(self, skb: Skb, packet: ipv4.Packet) -> ipv4.Packet | None:
        """One more fragment; the whole packet when it was the last one missing."""
        key = (packet.source, packet.destination, packet.protocol, packet.identification)
        found = self.put(skb, key, packet.fragment_offset, packet.encode_payload(), more=packet.more_fragments)
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


def whole_packet(first: ipv4.Packet, data: bytes) -> ipv4.Packet:
    """The packet whose first fragment is `first` and whose payload is `data`."""
    bare = ipv4.Packet.build(
        first.source, first.destination, first.protocol, data, ttl=first.ttl, identification=first.identification,
        dont_fragment=first.dont_fragment, tos=first.tos, options=first.options,
    )  # fmt: skip
    return ipv4.Packet.decode(bare.encode())
