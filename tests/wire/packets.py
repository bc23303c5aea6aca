"""Strategies for all values on the wire; every one of them can be encoded."""

from __future__ import annotations

from hypothesis import strategies as st

from vnetsim.wire import bpdu, ethernet, icmp, icmpv6, igmp, ipv4, ipv6, tcp, udp
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac

u8 = st.integers(0, 2**8 - 1)
u16 = st.integers(0, 2**16 - 1)
u32 = st.integers(0, 2**32 - 1)
data = st.binary(max_size=64)

macs = st.integers(0, 2**48 - 1).map(Mac)
ipv4s = u32.map(IPv4)
ipv6s = st.integers(0, 2**128 - 1).map(IPv6)

arps = st.builds(Arp, st.sampled_from(ArpOperation), macs, ipv4s, macs, ipv4s)
icmps = st.builds(icmp.Icmp.build, u8, u8, u32, data)
udps = st.builds(udp.Udp.build, u16, u16, data)

tcp_options = st.lists(
    st.one_of(
        st.tuples(st.just(tcp.NOP), st.none()),
        st.tuples(st.just(tcp.MSS), u16),
        st.tuples(st.just(tcp.WINDOW_SCALE), u8),
        st.tuples(st.just(tcp.SACK_PERMITTED), st.none()),
        st.tuples(st.just(tcp.TIMESTAMPS), st.tuples(u32, u32)),
        st.tuples(st.just(tcp.SACK), st.lists(st.tuples(u32, u32), min_size=1, max_size=3).map(tuple)),
        st.tuples(st.integers(30, 255), st.binary(max_size=8)),
    ),
    max_size=4,
).filter(lambda options: tcp.options_length(options) <= 40)
tcps = st.builds(tcp.Tcp.build, u16, u16, u32, u32, u8, u16, options=tcp_options.map(tuple), data=data, urgent=u16)

igmps = st.one_of(
    st.builds(
        igmp.Igmp.build,
        st.sampled_from((igmp.QUERY, igmp.V1_REPORT, igmp.V2_REPORT, igmp.LEAVE)),
        ipv4s,
        u8,
        st.sampled_from((b"", bytes(4))),
    ),
    st.builds(
        igmp.Igmp.report,
        st.lists(
            st.builds(igmp.IgmpGroupRecord, st.integers(1, 6), ipv4s, st.lists(ipv4s, max_size=3).map(tuple)),
            max_size=3,
        ).map(tuple),
    ),
)

ipv4_fields = {
    "ttl": u8,
    "identification": u16,
    "dont_fragment": st.booleans(),
    "tos": u8,
    "options": st.binary(max_size=40),
}


def _packets4(
    protocol: st.SearchStrategy[int], payload: st.SearchStrategy[ipv4.Payload]
) -> st.SearchStrategy[ipv4.Packet]:
    return st.builds(ipv4.Packet.build, ipv4s, ipv4s, protocol, payload, **ipv4_fields)


fragments4 = st.builds(
    ipv4.Packet.build,
    ipv4s,
    ipv4s,
    u8,
    data,
    more_fragments=st.just(True),
    fragment_offset=st.integers(0, 2**13 - 1).map(lambda units: units * 8),
    **ipv4_fields,
)
packets4 = st.one_of(
    _packets4(st.just(ipv4.ICMP), icmps),
    _packets4(st.just(ipv4.IGMP), igmps),
    _packets4(st.just(ipv4.UDP), udps),
    _packets4(st.just(ipv4.TCP), tcps),
    _packets4(st.integers(100, 200), data),
    fragments4,
)

records6 = st.builds(icmpv6.MldGroupRecord, st.integers(1, 6), ipv6s, st.lists(ipv6s, max_size=2).map(tuple))
icmpv6s = st.one_of(
    st.builds(icmpv6.Icmpv6.build, u8, u8, u32, data),
    st.builds(icmpv6.Icmpv6.echo_request, u16, u16, data),
    st.builds(icmpv6.Icmpv6.neighbor_solicitation, ipv6s, st.none() | macs),
    st.builds(icmpv6.Icmpv6.neighbor_advertisement, ipv6s, st.none() | macs, st.integers(0, 7).map(lambda n: n << 29)),
    st.builds(icmpv6.Icmpv6.router_solicitation, st.none() | macs),
    st.builds(icmpv6.Icmpv6.listener_report, st.lists(records6, max_size=3).map(tuple)),
)
ipv6_fields = {
    "hop_limit": u8,
    "traffic_class": u8,
    "flow_label": st.integers(0, 2**20 - 1),
    "hop_by_hop": st.sampled_from((b"", icmpv6.ROUTER_ALERT)),
}


def _packets6(
    protocol: st.SearchStrategy[int], payload: st.SearchStrategy[ipv6.Payload]
) -> st.SearchStrategy[ipv6.Packet]:
    return st.builds(ipv6.Packet.build, ipv6s, ipv6s, protocol, payload, **ipv6_fields)


fragments6 = st.builds(
    ipv6.Packet.build,
    ipv6s,
    ipv6s,
    st.integers(60, 255),
    data,
    fragment=st.builds(ipv6.Fragment, st.integers(0, 2**13 - 1).map(lambda units: units * 8), st.booleans(), u32),
    **ipv6_fields,
)
packets6 = st.one_of(
    _packets6(st.just(ipv6.ICMPV6), icmpv6s),
    _packets6(st.just(ipv6.UDP), udps),
    _packets6(st.just(ipv6.TCP), tcps),
    _packets6(st.integers(100, 200), data),
    fragments6,
)

bpdus: st.SearchStrategy[bpdu.Bpdu] = st.one_of(
    st.just(bpdu.TopologyChange()),
    st.builds(
        bpdu.Config.build,
        u8,
        st.integers(0, 2**64 - 1),
        u32,
        st.integers(0, 2**64 - 1),
        u16,
        message_age=u16,
        maximum_age=u16,
        hello_time=u16,
        forward_delay=u16,
    ),
)

UNKNOWN_ETHERTYPE = 0x88B5
contents: st.SearchStrategy[tuple[int, ethernet.Payload]] = st.one_of(
    st.tuples(st.just(ethernet.ARP), arps),
    st.tuples(st.just(ethernet.IPV4), packets4),
    st.tuples(st.just(ethernet.IPV6), packets6),
    st.tuples(st.just(UNKNOWN_ETHERTYPE), data),
)
tags = st.builds(
    lambda vlan, priority, content, eligible: ethernet.Tagged.build(vlan, priority, *content, drop_eligible=eligible),
    st.integers(0, 4095),
    st.integers(0, 7),
    contents,
    st.booleans(),
)
frames = st.builds(
    lambda destination, source, content: ethernet.Frame.build(destination, source, *content),
    macs,
    macs,
    st.one_of(
        contents,
        st.tuples(st.just(ethernet.VLAN), tags),
        bpdus.map(lambda payload: (payload.length, payload)),
    ),
)
