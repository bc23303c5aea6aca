"""Packets to hold rules against."""

from __future__ import annotations

from typing import Any

import attrs

from vnetsim.netfilter.packet import IpPacket, NetContext, PktInfo
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

CLIENT, SERVER = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")
CLIENT6, SERVER6 = IPv6.parse("fd00::1"), IPv6.parse("fd00::2")


@attrs.define
class Flow:
    protocol: int = 6
    source: Address = CLIENT
    destination: Address = SERVER
    source_port: int = 40000
    destination_port: int = 8080


@attrs.define
class Connection:
    """One whose destination was translated: the client asked for port 8080 of a router."""

    mark: int = 0
    original: Flow = attrs.field(factory=lambda: Flow(destination=IPv4.parse("10.0.0.254")))
    reply: Flow = attrs.field(factory=lambda: Flow(6, SERVER, CLIENT, 80, 40000))
    status: frozenset[str] = frozenset({"SEEN_REPLY", "CONFIRMED", "DNAT"})
    expires: int = 100
    labels: set[int] = attrs.field(factory=set)


def ping(**fields: Any) -> ipv4.Packet:
    return ipv4.Packet.build(CLIENT, SERVER, 1, Icmp.echo_request(7, 1, bytes(56)), **fields)


def ping6(**fields: Any) -> ipv6.Packet:
    return ipv6.Packet.build(CLIENT6, SERVER6, 58, Icmpv6.echo_request(7, 1, bytes(56)), **fields)


def segment(source_port: int = 40000, destination_port: int = 80, flags: int = 2, **fields: Any) -> ipv4.Packet:
    """A SYN, unless `flags` say something else."""
    payload = Tcp.build(source_port, destination_port, 1, 0, flags, 64240, **fields)
    return ipv4.Packet.build(CLIENT, SERVER, 6, payload)


def datagram(source_port: int = 5000, destination_port: int = 53) -> ipv4.Packet:
    return ipv4.Packet.build(CLIENT, SERVER, 17, Udp.build(source_port, destination_port, b"hello"))


def at(ip: IpPacket | None = None, *, now: int = 0, path_mtu: int | None = None, **fields: Any) -> PktInfo:
    """A packet at a hook: a ping if nothing else is said."""
    known = {field.name for field in attrs.fields(NetContext)}
    asked = {name: value for name, value in fields.items() if name in known}
    context = NetContext(now=lambda: now, path_mtu=lambda _packet, _device: path_mtu, **asked)
    own = {name: value for name, value in fields.items() if name not in known}
    return PktInfo(ping() if ip is None else ip, context, **own)
