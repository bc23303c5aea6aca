"""What sets read of a packet, by the type of the part and the side (ip_set_getport.c, functions _kadt)."""

from __future__ import annotations

from vnetsim.netfilter.ipset.elements import ICMP, ICMPV6, WITH_PORTS, Ether, Iface, MarkPart, Net, Part, Port
from vnetsim.netfilter.packet import PktInfo
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp


def field(kind: str, side: str, packet: PktInfo) -> Part | None:
    """None where the packet has none."""
    if kind in ("ip", "net"):
        address = packet.ip.source if side == "src" else packet.ip.destination
        return Net(address, address.bits)
    if kind == "port":
        return port_of(packet, side)
    if kind == "mac":
        mac = packet.source_mac if side == "src" else packet.destination_mac
        return Ether(mac) if mac else None
    if kind == "mark":
        return MarkPart(packet.mark)
    name = packet.in_device if side == "src" else packet.out_device
    return Iface(name) if name else None


def port_of(packet: PktInfo, side: str) -> Port | None:
    """get_port: protocols without ports have port 0."""
    protocol, header = packet.protocol, packet.transport
    if protocol not in WITH_PORTS and protocol not in (ICMP, ICMPV6):
        return Port(protocol, 0)
    if isinstance(header, (Tcp, Udp)):
        return Port(protocol, header.source_port if side == "src" else header.destination_port)
    if isinstance(header, (Icmp, Icmpv6)):
        return Port(protocol, header.type << 8 | header.code)
    return None
