"""Reading and changing bits of packets (nft_payload.c, nft_exthdr.c)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.netfilter.nft.frame import FramePkt
from vnetsim.netfilter.nft.primary_expr import TCP_OPTIONS, ExthdrExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import PayloadBase
from vnetsim.netfilter.packet import IpPacket, PktInfo
from vnetsim.wire import ipv4, tcp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

_ETHERTYPES: Final = {4: 0x0800, 6: 0x86DD}
#: Bits of the two addresses of Ethernet.
_MACS: Final = 96
_IPV6_HEADER: Final = 40
#: Frequent fields of IPv4, by offset and size in bits.
_IPV4: Final[dict[tuple[int, int], Callable[[ipv4.Packet], int]]] = {
    (96, 32): lambda ip: int(ip.source),
    (128, 32): lambda ip: int(ip.destination),
    (64, 8): lambda ip: ip.ttl,
    (72, 8): lambda ip: ip.protocol,
    (8, 8): lambda ip: ip.tos,
    (16, 16): lambda ip: ip.length,
}


def reader(expr: PayloadExpr) -> Callable[[PktInfo], int | None]:
    """The bits of a packet; None if the packet is too short."""
    if expr.base is PayloadBase.LINK:
        return lambda packet: _of_bytes(_link(packet), expr)
    if expr.base is PayloadBase.TRANSPORT:
        return _transport_reader(expr)
    direct = _IPV4.get((expr.offset, expr.bits))

    def read(packet: PktInfo) -> int | None:
        ip = packet.ip
        if isinstance(packet, FramePkt) and not packet.is_ip:
            return _of_bytes(packet.network_bytes(), expr)
        if direct is not None and isinstance(ip, ipv4.Packet):
            return direct(ip)
        return _of_bytes(ip.encode(), expr)

    return read


def _transport_reader(expr: PayloadExpr) -> Callable[[PktInfo], int | None]:
    ports = {(0, 16): "source_port", (16, 16): "destination_port"}.get((expr.offset, expr.bits))
    kind = {(0, 8): "type", (8, 8): "code"}.get((expr.offset, expr.bits))

    def read(packet: PktInfo) -> int | None:
        if not packet.is_ip:
            return None
        payload = packet.ip.payload
        if ports is not None and isinstance(payload, (Tcp, Udp)):
            return int(getattr(payload, ports))
        if kind is not None and isinstance(payload, (Icmp, Icmpv6)):
            return int(getattr(payload, kind))
        if packet.fragment_offset:
            return None
        return _of_bytes(packet.ip.encode_payload(), expr)

    return read


def _link(packet: PktInfo) -> bytes:
    if isinstance(packet, FramePkt):
        return packet.link_bytes()
    if packet.source_mac is None or packet.destination_mac is None:
        return b""
    addresses = packet.destination_mac.to_bytes(6, "big") + packet.source_mac.to_bytes(6, "big")
    return addresses + _ETHERTYPES[packet.ip.source.version].to_bytes(2, "big")


def _of_bytes(data: bytes, expr: PayloadExpr) -> int | None:
    end = expr.offset + expr.bits
    last = (end + 7) // 8
    if last > len(data):
        return None
    number = int.from_bytes(data[expr.offset // 8 : last], "big")
    return number >> (last * 8 - end) & (1 << expr.bits) - 1


# --- options of TCP ------------------------------------------------------------------------------------------------


def option_reader(expr: ExthdrExpr) -> Callable[[PktInfo], int | None]:
    kind, fields = TCP_OPTIONS[expr.name]
    offset, bits = fields[expr.field]

    def read(packet: PktInfo) -> int | None:
        found = _option(packet, kind)
        if expr.present:
            return int(found is not None)
        return None if found is None else _of_bytes(found, PayloadExpr(PayloadBase.TRANSPORT, offset, bits))

    return read


def _option(packet: PktInfo, kind: int) -> bytes | None:
    """An option with its kind and length."""
    segment = packet.transport if packet.is_ip else None
    if not isinstance(segment, Tcp):
        return None
    data = segment.encode(IPv4(0), IPv4(0))
    options, at = data[20 : (data[12] >> 4) * 4], 0
    while at < len(options):
        size = 1 if options[at] < 2 else options[at + 1]
        if options[at] == kind:
            return options[at : at + size]
        at += size
    return None


# --- changing ------------------------------------------------------------------------------------------------------


def _with_address(name: str) -> Callable[[IpPacket, int], IpPacket]:
    def change(ip: IpPacket, value: int) -> IpPacket:
        changed = copy.copy(ip)
        setattr(changed, name, IPv4(value) if isinstance(ip, ipv4.Packet) else IPv6(value))
        return changed

    return change


def _with_port(name: str) -> Callable[[IpPacket, int], IpPacket]:
    def change(ip: IpPacket, value: int) -> IpPacket:
        if not isinstance(ip.payload, (Tcp, Udp)):
            return ip
        payload = copy.copy(ip.payload)
        setattr(payload, name, value)
        return attrs.evolve(ip, payload=payload)

    return change


def _with_class(mask: int, shift: int) -> Callable[[IpPacket, int], IpPacket]:
    """Some bits of the type of service, or traffic class."""

    def change(ip: IpPacket, value: int) -> IpPacket:
        if isinstance(ip, ipv4.Packet):
            return attrs.evolve(ip, tos=ip.tos & ~mask | value << shift)
        return attrs.evolve(ip, traffic_class=ip.traffic_class & ~mask | value << shift)

    return change


def _with_hops(ip: IpPacket, value: int) -> IpPacket:
    return attrs.evolve(ip, ttl=value) if isinstance(ip, ipv4.Packet) else attrs.evolve(ip, hop_limit=value)


_CHANGES4: Final = {
    (96, 32): _with_address("source"),
    (128, 32): _with_address("destination"),
    (64, 8): _with_hops,
    (8, 6): _with_class(0xFC, 2),
    (14, 2): _with_class(0x03, 0),
}
_CHANGES6: Final = {
    (64, 128): _with_address("source"),
    (192, 128): _with_address("destination"),
    (56, 8): _with_hops,
    (4, 6): _with_class(0xFC, 2),
    (10, 2): _with_class(0x03, 0),
}
_CHANGES_OF_PORTS: Final = {(0, 16): _with_port("source_port"), (16, 16): _with_port("destination_port")}


def can_change(expr: PayloadExpr) -> bool:
    """Whether this field can be changed; the kernel can change any bytes."""
    key = expr.offset, expr.bits
    if expr.base is PayloadBase.TRANSPORT:
        return key in _CHANGES_OF_PORTS
    return expr.base is PayloadBase.NETWORK and (key in _CHANGES4 or key in _CHANGES6)


def can_change_frame(family: str, expr: PayloadExpr) -> bool:
    """The same for fields that only frames of bridges and devices have: addresses of Ethernet and what ARP says."""
    if expr.offset % 8 or expr.bits % 8:
        return False
    if expr.base is PayloadBase.LINK:
        return family in ("bridge", "netdev") and expr.offset + expr.bits <= _MACS
    return family == "arp" and expr.base is PayloadBase.NETWORK


def change(packet: PktInfo, expr: PayloadExpr, value: int) -> None:
    key = expr.offset, expr.bits
    if isinstance(packet, FramePkt) and (expr.base is PayloadBase.LINK or not packet.is_ip):
        if expr.base is PayloadBase.LINK:
            packet.change_link(*key, value)
        elif expr.base is PayloadBase.NETWORK:
            packet.change_network(*key, value)
        return
    if expr.base is PayloadBase.TRANSPORT:
        packet.ip = _CHANGES_OF_PORTS[key](packet.ip, value)
        return
    changes = _CHANGES4 if isinstance(packet.ip, ipv4.Packet) else _CHANGES6
    if key in changes:
        packet.ip = changes[key](packet.ip, value)


def set_segment_size(packet: PktInfo, size: int) -> None:
    """A maximum segment size is only ever made smaller (nft_exthdr_tcp_set_eval)."""
    segment = packet.ip.payload if packet.is_ip else None
    if not isinstance(segment, Tcp) or not isinstance(segment.mss, int) or segment.mss <= size:
        return
    options = tuple((kind, size if kind == tcp.MSS else value) for kind, value in segment.options)
    packet.ip = attrs.evolve(packet.ip, payload=attrs.evolve(segment, options=options))
