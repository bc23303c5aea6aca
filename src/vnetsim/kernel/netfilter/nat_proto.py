"""Rewriting packets for NAT (net/netfilter/nf_nat_proto.c): a new header with the addresses and ports of a flow."""

from __future__ import annotations

from typing import cast

import attrs

from vnetsim.protocols.conntrack import FlowTuple, NfConn, Packet
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp


class Rewrite:
    """`translated` for the packets of one flow, which are no ICMP errors."""

    __slots__ = ("_address", "_destination", "_port", "_target")

    def __init__(self, target: FlowTuple, *, destination: bool) -> None:
        self._target, self._destination = target, destination
        address = target.destination if destination else target.source
        self._address = cast("IPv4", address)
        self._port = target.destination_port if destination else target.source_port

    def apply(self, packet: Packet, hops: int = 0) -> Packet:
        """The translated packet, after so many hops."""
        payload = packet.payload
        if not isinstance(payload, (Udp, Tcp)) or not isinstance(packet, ipv4.Packet):
            onward = translated(packet, self._target, destination=self._destination)
            return onward.forwarded() if hops else onward
        if self._destination:
            source, destination = packet.source, self._address
            from_port, to_port = payload.source_port, self._port
        else:
            source, destination = self._address, packet.destination
            from_port, to_port = self._port, payload.destination_port
        if isinstance(payload, Udp):
            payload = Udp(from_port, to_port, payload.data, payload.length)
        else:
            payload = _other_ports(payload, from_port, to_port)
        return ipv4.Packet(
            source, destination, packet.protocol, payload, packet.ttl - hops, packet.identification,
            packet.dont_fragment, packet.more_fragments, packet.fragment_offset, packet.tos, packet.options,
            packet.length,
        )  # fmt: skip


def translated(packet: Packet, target: FlowTuple, *, destination: bool) -> Packet:
    """The packet with its destination (or its source) as `target` has it (nf_nat_manip_pkt)."""
    payload = packet.payload
    if isinstance(payload, Udp):
        source, to = _ports(payload, target, destination=destination)
        payload = Udp(source, to, payload.data, payload.length)
    elif isinstance(payload, Tcp):
        source, to = _ports(payload, target, destination=destination)
        payload = _other_ports(payload, source, to)
    elif isinstance(payload, Icmp | Icmpv6) and not payload.is_error:
        rest = target.source_port << 16 | payload.sequence
        payload = type(payload)(payload.type, payload.code, rest, payload.data, payload.length)
    if destination:
        return _renewed(packet, payload, packet.source, target.destination)
    return _renewed(packet, payload, target.source, packet.destination)


def _other_ports(segment: Tcp, source: int, destination: int) -> Tcp:
    return Tcp(
        source, destination, segment.sequence, segment.acknowledgement, segment.flags, segment.window, segment.options,
        segment.data, segment.urgent, segment.length,
    )  # fmt: skip


def _renewed(packet: Packet, payload: ipv4.Payload | ipv6.Payload, source: Address, destination: Address) -> Packet:
    """The same packet with other addresses and another payload of the same length."""
    if isinstance(packet, ipv6.Packet):
        return ipv6.Packet(
            IPv6(source), IPv6(destination), packet.next_header, cast("ipv6.Payload", payload), packet.hop_limit,
            packet.traffic_class, packet.flow_label, packet.hop_by_hop, packet.fragment, packet.length,
        )  # fmt: skip
    return ipv4.Packet(
        IPv4(source), IPv4(destination), packet.protocol, cast("ipv4.Payload", payload), packet.ttl,
        packet.identification, packet.dont_fragment, packet.more_fragments, packet.fragment_offset, packet.tos,
        packet.options, packet.length,
    )  # fmt: skip


def _ports(payload: Udp | Tcp, target: FlowTuple, *, destination: bool) -> tuple[int, int]:
    if destination:
        return payload.source_port, target.destination_port
    return target.source_port, payload.destination_port


def translate_error(
    packet: Packet, message: Icmp | Icmpv6, connection: NfConn, direction: int, *, destination: bool
) -> Packet | None:
    """An ICMP error about a translated packet: its own address, and the packet in it (nf_nat_icmp_reply_translation).

    The packet inside has the opposite direction: its source is changed if the destination of the error is.
    """
    bit = "DNAT" if destination != bool(direction) else "SNAT"
    if bit not in connection.status:
        return None
    about = message.quoted()
    assert about is not None, "the connection was found by it"
    outer = connection.flow(1 - direction).inverse()
    inner = translated(about, connection.flow(1 - direction), destination=not destination)
    quoted = inner.encode()[: len(message.data)]
    body = attrs.evolve(message, data=quoted, length=message.length - len(message.data) + len(quoted))
    if destination:
        return _renewed(packet, body, packet.source, outer.destination)
    # Also for an error of a router on the path: the client sees the address that it sent to.
    return _renewed(packet, body, outer.source, packet.destination)
