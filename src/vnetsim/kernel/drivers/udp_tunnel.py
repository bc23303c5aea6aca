"""What tunnels in UDP share: sockets, and packets over IPv4 or IPv6 (net/ipv4/udp_tunnel_core.c, ip6_udp_tunnel.c).

A datagram over IPv6 is not fragmented here: it is dropped where it is longer than the path MTU.  Not modelled:
datagrams over IPv6 without a checksum.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.drivers.ip_tunnel_core import flow, may_lower_pmtu, too_long
from vnetsim.kernel.ipv6.netns import InetNetns, inet_net
from vnetsim.kernel.ipv6.route import Rt6Info
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.gso import transmit_segments
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.udp import UdpSock, UdpTable
from vnetsim.kernel.transport.udp6 import UdpSock6, UdpTable6
from vnetsim.values import frozen
from vnetsim.wire import ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, IPV4, IPV6, Frame
from vnetsim.wire.inet import ANY4, ANY6, Address, IPv4, IPv6
from vnetsim.wire.ipv4 import UDP, Packet
from vnetsim.wire.mac import UNKNOWN
from vnetsim.wire.udp import Udp, UncheckedUdp

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.rtable import Rtable
    from vnetsim.kernel.netdev.net_namespace import Netns

Outer: TypeAlias = Packet | ipv6.Packet
Receiver: TypeAlias = Callable[[Skb, Outer, Udp], None]
#: `ttl` of a tunnel that takes it from what it carries.
INHERIT: Final = "inherit"


class UdpTunnelNetns(InetNetns):
    """A namespace with its UDP; kernel.netns sets these."""

    udp: UdpTable
    udp6: UdpTable6


class TunnelSocket:
    """One UDP socket of a kind of tunnel, and the groups that it has joined."""

    def __init__(self, namespace: UdpTunnelNetns, version: int, port: int, receive: Receiver) -> None:
        """udp_sock_create, setup_udp_tunnel_sock: KernelError(EADDRINUSE) if the port is taken."""
        self._namespace = namespace
        self._groups: list[tuple[Device, Address]] = []
        if version == 4:
            socket = UdpSock(namespace.udp)
            socket.bind(ANY4, port)
            socket.on_datagram = receive
            self._socket: UdpSock | UdpSock6 = socket
        else:
            six = UdpSock6(namespace.udp6)
            six.bind(ANY6, port, only_v6=True)
            six.on_datagram = receive
            self._socket = six

    def join(self, device: Device, group: Address) -> None:
        """ip_mc_join_group: once; a socket that is in a group already stays in it."""
        if (device, group) in self._groups:
            return
        self._groups.append((device, group))
        if isinstance(group, IPv4):
            self._namespace.igmp.join_group(device, group)
        else:
            self._namespace.mld.join_group(device, group)

    def leave(self, device: Device, group: Address) -> None:
        if (device, group) not in self._groups:
            return
        self._groups.remove((device, group))
        if isinstance(group, IPv4):
            self._namespace.igmp.leave_group(device, group)
        else:
            self._namespace.mld.leave_group(device, group)

    def close(self) -> None:
        """It leaves its groups (ip_mc_drop_socket)."""
        for device, group in list(self._groups):
            self.leave(device, group)
        self._socket.close()


@frozen
class Encap:
    """The headers of a packet that a tunnel makes; a `ttl` of 0 is that of the route."""

    destination: Address
    source: Address | None = None
    via: Device | None = None
    ports: tuple[int, int] = (0, 0)
    ttl: int = 0
    tos: int = 0
    label: int = 0
    dont_fragment: bool = False
    checksummed: bool = True

    def route(self, underlay: InetNetns, mark: int) -> Rtable | Rt6Info:
        """udp_tunnel_dst_lookup: KernelError if there is none."""
        source = self.source or None
        if isinstance(self.destination, IPv4):
            assert source is None or isinstance(source, IPv4)
            return underlay.ip.routes.route_output(self.destination, source, self.via, mark, self.tos)
        assert source is None or isinstance(source, IPv6)
        return underlay.ip6.routes.route_output(IPv6(self.destination), source, self.via, mark)


def is_local(underlay: InetNetns, address: Address) -> bool:
    if isinstance(address, IPv4):
        return underlay.ip.routes.is_local(address)
    return underlay.ip6.routes.is_local(IPv6(address))


def path_mtu(underlay: InetNetns, route: Rtable | Rt6Info, address: Address) -> int:
    if isinstance(route, Rt6Info):
        return underlay.ip6.routes.path_mtu(route, IPv6(address))
    return underlay.ip.routes.mtu(route, IPv4(address))


def transmit(
    underlay: InetNetns, skb: Skb, route: Rtable | Rt6Info, encap: Encap, data: bytes, mark: int
) -> Errno | None:
    """udp_tunnel_xmit_skb, udp_tunnel6_xmit_skb"""
    datagram = (Udp if encap.checksummed else UncheckedUdp).build(*encap.ports, data)
    assert route.device is not None
    if isinstance(route, Rt6Info):
        packet6 = ipv6.Packet.build(
            IPv6(encap.source or route.source), IPv6(encap.destination), UDP, datagram,
            hop_limit=encap.ttl or underlay.ip6.hop_limit(route), traffic_class=encap.tos,
            flow_label=encap.label,
        )  # fmt: skip
        return send6(underlay, skb, route, packet6, mark)
    packet = Packet.build(
        IPv4(encap.source or route.source), IPv4(encap.destination), UDP, datagram,
        ttl=encap.ttl or route.hoplimit or underlay.ip.default_ttl, tos=encap.tos,
        identification=underlay.ip.next_identification(),
        dont_fragment=encap.dont_fragment,
    )  # fmt: skip
    outer = Skb(Frame(UNKNOWN, UNKNOWN, IPV4, packet, HEADER_LENGTH + packet.length), skb.identity, route.device)
    outer.mark = mark
    return underlay.ip.send_skb(outer, route)


def send6(underlay: InetNetns, skb: Skb, route: Rt6Info, packet: ipv6.Packet, mark: int) -> Errno | None:
    """ip6tunnel_xmit: a packet that is too long is dropped, as ip6_fragment does without ignore_df."""
    assert route.device is not None
    outer = Skb(Frame(UNKNOWN, UNKNOWN, IPV6, packet, HEADER_LENGTH + packet.length), skb.identity, route.device)
    outer.mark = mark
    mtu = underlay.ip6.routes.path_mtu(route, packet.destination)
    if packet.length > mtu:
        underlay.drop(outer, route.device, DropReason.ICMP_FRAG_NEEDED, f"mtu {mtu}")
        return Errno.EMSGSIZE
    return underlay.ip6.send_skb(outer, route)


def inner_tos(frame: Frame) -> int:
    """ip_tunnel_get_dsfield: of what a frame carries; 0 if that is neither IPv4 nor IPv6."""
    packet = frame.payload
    if isinstance(packet, Packet):
        return packet.tos
    return packet.traffic_class if isinstance(packet, ipv6.Packet) else 0


def inner_ttl(frame: Frame) -> int:
    """ip_tunnel_get_ttl"""
    packet = frame.payload
    if isinstance(packet, Packet):
        return packet.ttl
    return packet.hop_limit if isinstance(packet, ipv6.Packet) else 0


def ecn_encap(tos: int, inner: int) -> int:
    """ip_tunnel_ecn_encap: the requested TOS with the ECN bits of the inner packet (RFC 6040)."""
    return tos & ~3 | inner & 3


def flow_source_port(underlay: InetNetns, frame: Frame, low: int = 0, high: int = 0) -> int:
    """udp_flow_src_port: a hash of the flow, the same in both directions, so that ECMP spreads flows."""
    if low >= high:
        low, high = underlay.sysctls.port_range()
    return low + (zlib.crc32(flow(frame)) * (high - low) >> 32)


def keeps_whole(setting: str, frame: Frame) -> bool:
    """Whether DF is set, by the tunnel's `df`: inherited from IPv4, and set for IPv6."""
    packet = frame.payload
    if setting == INHERIT:
        return packet.dont_fragment if isinstance(packet, Packet) else isinstance(packet, ipv6.Packet)
    return setting == "set"


class UdpTunnelDevice(Device):
    """A device whose frames travel in datagrams from `underlay`, the namespace that it was made in."""

    sets_own_mtu: ClassVar[bool] = True
    underlay: UdpTunnelNetns

    @property
    def link_namespace(self) -> Netns:
        return self.underlay

    def transmit(self, skb: Skb) -> Errno | None:
        """GSO packets are segmented here, so that each segment has its own tunnel header."""
        if skb.gso and isinstance(skb.frame.payload, Packet):
            return transmit_segments(skb, skb.frame.payload, self)
        return super().transmit(skb)

    def route(self, skb: Skb, encap: Encap) -> Rtable | Rt6Info | None:
        """None if there is none, or if it leads back into the tunnel: the frame is lost."""
        try:
            route = encap.route(self.underlay, skb.mark)
        except KernelError as error:
            self.tx_errors += 1
            self.tx_carrier += error.errno is Errno.ENETUNREACH
            self.namespace.drop(skb, self, DropReason.IP_INNOROUTES, str(encap.destination))
            return None
        if route.device is self:
            self.tx_errors += 1
            self.collisions += 1
            self.namespace.drop(skb, self, DropReason.DEAD_LOOP)
            return None
        return route

    def encapsulate(self, skb: Skb, route: Rtable | Rt6Info, encap: Encap, data: bytes) -> None:
        mark = skb.mark if self.underlay is self.namespace else 0
        if transmit(self.underlay, skb, route, encap, data, mark) is None:
            self.tx_packets += 1
            self.tx_bytes += skb.frame.length - HEADER_LENGTH
        else:
            self.tx_dropped += 1

    def bypassed(self, skb: Skb) -> None:
        """A frame that arrives without having travelled."""
        super().receive(skb)

    def check_pmtu(self, skb: Skb, mtu: int) -> bool:
        """skb_tunnel_check_pmtu: a packet exceeds the path MTU; True if it is dropped with an ICMP error.

        A packet of this host is fragmented, and the path MTU is stored.  The error about a bridged packet has the
        address of its destination, as a bridge has none.
        """
        packet = skb.frame.payload
        if skb.frame.length - HEADER_LENGTH <= mtu:
            return False
        if br_port_get(self) is None:
            if isinstance(packet, Packet):
                inet_net(self).ip.routes.learn_mtu(packet.destination, mtu)
            return False
        if not isinstance(packet, Packet) or not may_lower_pmtu(packet, mtu):
            return False
        copy = skb.clone()
        copy.scrub()
        copy.frame = too_long(skb.frame, packet, mtu)
        self.queue(self.bypassed, copy)
        return True

    def receive(self, skb: Skb) -> None:
        """Counted without the Ethernet header, which has been taken off by then."""
        super().receive(skb)
        self.rx_bytes -= HEADER_LENGTH * self.up
