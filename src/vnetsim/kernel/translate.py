"""Rewriting packets for NAT (net/netfilter/nf_nat_proto.c): a new header where a flow says so, nothing else."""

from __future__ import annotations

import attrs

from vnetsim.protocols.conntrack import Connection, Flow
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp


def translated(packet: Packet, target: Flow, *, destination: bool) -> Packet:
    """The packet with its destination (or its source) as `target` has it (nf_nat_manip_pkt)."""
    payload = packet.payload
    if isinstance(payload, Udp):
        source, to = _ports(payload, target, destination=destination)
        payload = Udp(source, to, payload.data, payload.length)
    elif isinstance(payload, Tcp):
        source, to = _ports(payload, target, destination=destination)
        payload = attrs.evolve(payload, source_port=source, destination_port=to)
    elif isinstance(payload, Icmp) and not payload.is_error:
        word = target.source_port << 16 | payload.sequence
        payload = Icmp(payload.type, payload.code, word, payload.data, payload.length)
    return Packet(
        packet.source if destination else IPv4(target.source),
        IPv4(target.destination) if destination else packet.destination, packet.protocol, payload, packet.ttl,
        packet.identification, packet.dont_fragment, packet.more_fragments, packet.fragment_offset, packet.tos,
        packet.options, packet.length,
    )  # fmt: skip


def _ports(payload: Udp | Tcp, target: Flow, *, destination: bool) -> tuple[int, int]:
    if destination:
        return payload.source_port, target.destination_port
    return target.source_port, payload.destination_port


def translate_error(
    packet: Packet, message: Icmp, connection: Connection, direction: int, *, destination: bool
) -> Packet | None:  # fmt: skip
    """An ICMP error about a translated packet: its own address, and the packet in it (nf_nat_icmp_reply_translation).

    The packet inside went the other way, so where the error's destination is changed, it is the source inside.
    """
    bit = "DNAT" if destination != bool(direction) else "SNAT"
    if bit not in connection.status:
        return None
    about = message.quoted()
    if about is None:
        return None
    outer = connection.flow(1 - direction).inverse()
    inner = translated(about, connection.flow(1 - direction), destination=not destination)
    quoted = inner.encode()[: len(message.data)]
    body = Icmp.build(message.type, message.code, message.word, quoted)
    if destination:
        return attrs.evolve(packet, destination=IPv4(outer.destination), payload=body)
    if packet.source != connection.flow(direction).source:
        # A router on the way reports: its own address is nobody's to translate.
        return attrs.evolve(packet, payload=body)
    return attrs.evolve(packet, source=IPv4(outer.source), payload=body)
