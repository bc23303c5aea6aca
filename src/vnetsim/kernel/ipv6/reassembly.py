"""Reassembly of IPv6 packets (net/ipv6/reassembly.c)."""

from __future__ import annotations

from vnetsim.kernel.ipv4.inet_fragment import FragmentQueues
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import ipv6


class Reassembly6(FragmentQueues):
    seconds = "net/ipv6/ip6frag_time"
    longest = 65535

    def add(self, skb: Skb, packet: ipv6.Packet) -> ipv6.Packet | None:
        """One more fragment; the whole packet when it was the last one missing.

        Whoever sends it on may cut it again, into pieces no longer than the longest one: `skb.frag_max_size`.
        """
        fragment = packet.fragment
        assert fragment is not None
        key = (packet.source, packet.destination, 0, fragment.identification)
        found = self.put(skb, key, fragment.offset, packet.encode_payload(), more=fragment.more)
        if found is None:
            return None
        queue, data = found
        assert queue.first is not None
        first = queue.first.frame.payload
        assert isinstance(first, ipv6.Packet)
        skb.frag_max_size = queue.longest
        bare = ipv6.Packet.build(
            first.source, first.destination, first.next_header, data, hop_limit=first.hop_limit,
            traffic_class=first.traffic_class, flow_label=first.flow_label, hop_by_hop=first.hop_by_hop,
        )  # fmt: skip
        return ipv6.Packet.decode(bare.encode())
