"""IP tunnels over IPv4: gre, gretap, ipip and sit (net/ipv4/ip_tunnel.c, ip_gre.c, ipip.c, net/ipv6/sit.c).

A tunnel puts an IPv4 header (RFC 2003, RFC 4213), with GRE another one (RFC 2784) before each packet, and sends it from
the namespace that it was made in, wherever it is now.  The first tunnel of a kind loads its module, which gives every
namespace, those to come too, a fallback device (gre0, tunl0, sit0) and the right to answer packets that belong to no
tunnel with port unreachable.  Not modelled: tunnels without a remote address (NBMA, 6to4), with a group as remote,
ISATAP, 6rd, external mode, encapsulation in UDP (fou, gue), fallback devices that are up, tunnels over IPv6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import DecodeError, Errno, KernelError, NotModelled
from vnetsim.kernel.drivers.ip_tunnel_config import TunnelConfig
from vnetsim.kernel.ipv4.rtable import Rtable
from vnetsim.kernel.ipv6.netns import InetNetns, inet_net
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.gso import transmit_segments
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, IPV4, Frame
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import UNKNOWN, Mac, ProtocolAddress

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

#: For so long an error about a tunnel's packets is reported to those who use it (IPTUNNEL_ERR_TIMEO).
_ERROR_TIME: Final = 30 * SECOND
#: A path MTU that is known for less than that is learned again (half of ip_rt_mtu_expires).
_PMTU_TIME: Final = 300 * SECOND
#: Nesting of transmissions through stacked devices (XMIT_RECURSION_LIMIT).
_DEEPEST: Final = 8
#: IPV4_MIN_MTU, IP_MAX_MTU.
_LEAST_MTU: Final = 68
_LONGEST: Final = 65535
_OUTER: Final = ipv4.HEADER_LENGTH


class TunnelNetns(InetNetns):
    """A namespace with its IP tunnels; kernel.netns sets these."""

    ip_tunnels: IpTunnels


class IpTunnels:
    """The tunnels that were made in one namespace (struct ip_tunnel_net), with its fallback devices."""

    def __init__(self, namespace: TunnelNetns) -> None:
        self.namespace = namespace
        self.devices: tuple[IpTunnel, ...] = ()
        self.fallbacks: dict[str, Device] = {}

    def find(self, kind: str, config: TunnelConfig) -> IpTunnel | None:
        """ip_tunnel_find: the one with the same ends."""
        return next((d for d in self.devices if d.kind == kind and d.config.same_ends(config)), None)

    def receive(self, kinds: tuple[str, ...], skb: Skb, packet: Packet, key: int | None = None) -> IpTunnel | None:
        """ip_tunnel_lookup: the tunnel of a packet, of the first kind that has one; else its sender gets an error."""
        for kind in kinds:
            fitting = [d for d in self.devices if d.kind == kind and d.up and d.config.takes(packet, skb.device, key)]
            if fitting:
                return max(fitting, key=lambda device: device.config.precision)
        self.namespace.drop(skb, skb.device, DropReason.TUNNEL, f"no {kinds[0]} device that is up takes it")
        self.namespace.icmp.error(skb, packet, icmp.DESTINATION_UNREACHABLE, icmp.PORT_UNREACHABLE)
        return None

    def err(self, packet: Packet, message: Icmp, about: Packet, device: Device) -> None:
        """ipgre_err, ipip_err, ipip6_err: an error about what a tunnel sent."""
        del packet, device
        kind = _KINDS[about.protocol]
        if kind == "gre" and isinstance(about.payload, bytes) and about.payload[2:4] == _BRIDGED:
            kind = "gretap"
        ends = [d for d in self.devices if d.kind == kind and (d.config.remote, d.config.protocol_of(d.kind)) ==
                (about.destination, about.protocol)]  # fmt: skip
        for tunnel in ends:
            tunnel.failed(message, self.namespace.host.engine.now())


#: The kinds by the protocol of their packets.
_BRIDGED: Final = b"\x65\x58"
_KINDS: Final = {ipv4.GRE: "gre", ipv4.IPIP: "ipip", ipv4.IPV6: "sit"}


class IpTunnel(Device):
    """A tunnel to one remote address."""

    protocol: ClassVar[int]
    #: What it carries, by ethertype.
    carried: ClassVar[tuple[int, ...]]
    has_arp: ClassVar[bool] = False
    survives_lower_move: ClassVar[bool] = True
    sets_own_mtu: ClassVar[bool] = True
    shows_link: ClassVar[bool] = True
    flags_base: tuple[str, ...] = ("POINTOPOINT", "NOARP")
    min_mtu = 0
    max_mtu = 0

    @classmethod
    def create(cls, namespace: Netns, request: AddLink, origin: TunnelNetns) -> IpTunnel:
        """ip_tunnel_newlink, ip_tunnel_create: packets will travel through `origin`, where it is made."""
        assert cls.kind is not None
        config = TunnelConfig()
        config.take(request.options, origin)
        _check(cls.kind, config)
        if origin.ip_tunnels.find(cls.kind, config) is not None:
            raise KernelError(Errno.EEXIST)
        device = cls(namespace.new_name(request.name, f"{cls.kind}%d"), origin, config)
        device.choose_address(request)
        namespace.register(device, request.index)
        origin.ip_tunnels.devices += (device,)
        device.bind(request.mtu)
        return device

    def __init__(self, name: str, underlay: TunnelNetns, config: TunnelConfig) -> None:
        super().__init__(name, UNKNOWN)
        self.underlay = underlay
        self.config = config
        if config.by_ioctl:
            self.min_mtu, self.max_mtu = _LEAST_MTU, _LONGEST - self.overhead
        self._depth = 0
        self._errors, self._last_error = 0, 0

    def choose_address(self, request: AddLink) -> None:
        """A device with Ethernet addresses takes the requested one, or a random one."""

    def bind(self, mtu: int | None = None) -> None:
        """ip_tunnel_bind_dev: the MTU that fits the device below."""
        self.mtu = max(self._lower_mtu() - self.overhead, _LEAST_MTU) if mtu is None else mtu

    def _lower_mtu(self) -> int:
        config = self.config
        try:
            route = self.underlay.ip.routes.route_output(config.remote, config.local or None, config.lower)
        except KernelError:
            return 1500 if config.lower is None else config.lower.mtu
        return 1500 if route.device is None else min(route.device.mtu, _LONGEST)

    def uninit(self) -> None:
        tunnels = self.underlay.ip_tunnels
        tunnels.devices = tuple(known for known in tunnels.devices if known is not self)

    # --- state ------------------------------------------------------------------------------------------------------

    @property
    def overhead(self) -> int:
        """Bytes before each packet."""
        return _OUTER

    @property
    def peer(self) -> Device | None:
        return self.config.lower

    @property
    def link_namespace(self) -> Netns:
        return self.underlay

    @property
    def link_addresses(self) -> tuple[Mac | None, Mac | None]:
        return ProtocolAddress(self.config.local), ProtocolAddress(self.config.remote)

    @property
    def received(self) -> tuple[int, int]:
        """Bytes without the link-layer header that frames have here."""
        return self.rx_packets, self.rx_bytes - HEADER_LENGTH * self.rx_packets

    def change_mac(self, mac: Mac) -> None:  # noqa: ARG002 (as its siblings)
        raise KernelError(Errno.EOPNOTSUPP)

    def change_mtu(self, mtu: int) -> None:
        """__ip_tunnel_change_mtu, strict."""
        if not _LEAST_MTU <= mtu <= _LONGEST - self.overhead:
            raise KernelError(Errno.EINVAL)
        self.mtu = mtu

    def configure(self, options: Mapping[str, str | int]) -> None:
        """ip_tunnel_changelink, SIOCCHGTUNNEL: the MTU changes by what is before each packet (ipgre_link_update)."""
        assert self.kind is not None
        changed = self.config.copy()
        changed.take(options, self.underlay)
        _check(self.kind, changed)
        if self.underlay.ip_tunnels.find(self.kind, changed) not in (None, self):
            raise KernelError(Errno.EEXIST)
        before, overhead = self.mtu, self.overhead
        self.config = changed
        self.mtu = max(before + overhead - self.overhead, _LEAST_MTU)
        if self.mtu != before:
            self.mtu_changed(before)
        self.namespace.rt_cache_flush()

    def details(self) -> Mapping[str, str | int]:
        return {**self.config.details(), "tso_max_size": 65536}

    def link_locals(self) -> list[tuple[IPv6, bool]]:
        """add_v4_addrs: from its own address, or else from each of the namespace."""
        if self.config.local:
            return [(self._link_local(self.config.local), True)]
        devices = [device for device in self.namespace.devices() if device.up]
        own = [entry for device in devices for entry in device.ip.addresses if entry.scope < _SCOPE_LINK]
        return [(IPv6(_LINK_LOCAL | int(entry.local)), False) for entry in own]

    def _link_local(self, address: IPv4) -> IPv6:
        return IPv6(_LINK_LOCAL | int(address))

    # --- packets that leave -----------------------------------------------------------------------------------------

    def transmit(self, skb: Skb) -> Errno | None:
        """GSO packets are segmented here, so that each segment has its own tunnel header."""
        if skb.gso and isinstance(skb.frame.payload, (Packet, ipv6.Packet)):
            return transmit_segments(skb, skb.frame.payload, self)
        return super().transmit(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        """ip_tunnel_xmit"""
        inner = packet_of(skb.frame)
        if not self.carries(skb.frame):
            self._lose(skb, DropReason.TUNNEL, f"{self.kind} does not carry it")
        elif self._depth >= _DEEPEST:
            self._lose(skb, DropReason.DEAD_LOOP, "")
        else:
            self._depth += 1
            self._send(skb, inner)
            self._depth -= 1
        return None

    def carries(self, frame: Frame) -> bool:
        return frame.ethertype in self.carried and packet_of(frame) is not None

    def _lose(self, skb: Skb, reason: DropReason, why: str) -> None:
        self.tx_errors += 1
        self.namespace.drop(skb, self, reason, why)

    def _send(self, skb: Skb, inner: Packet | ipv6.Packet | None) -> None:
        config, ip = self.config, self.underlay.ip
        tos = self._tos(inner)
        try:
            route = ip.routes.route_output(config.remote, config.local or None, config.lower, config.mark, tos & ~3)
        except KernelError:
            self.tx_carrier += 1
            self._lose(skb, DropReason.IP_INNOROUTES, str(config.remote))
            return
        if route.device is self:
            self.collisions += 1
            self._lose(skb, DropReason.DEAD_LOOP, f"the route to {config.remote} leads into the tunnel itself")
            return
        keep_whole = config.pmtudisc or (isinstance(inner, Packet) and inner.dont_fragment and not config.ignore_df)
        mtu = ip.routes.mtu(route, config.remote) - self.overhead if keep_whole else self.mtu
        if inner is not None:
            if self.is_too_long(skb, inner, mtu):
                self._lose(skb, DropReason.ICMP_FRAG_NEEDED, f"mtu {mtu}")
                return
            self._report_errors(skb, inner)
        self._encapsulate(skb, inner, route, tos, keep_whole)

    def is_too_long(self, skb: Skb, inner: Packet | ipv6.Packet, mtu: int) -> bool:
        """tnl_update_pmtu: an ICMP error for what must not be fragmented."""
        here = inet_net(self)
        if isinstance(inner, Packet):
            self._update_pmtu(skb, inner, mtu)
        if inner.length <= mtu:
            return False
        if isinstance(inner, Packet):
            if inner.dont_fragment:
                here.icmp.error(skb, inner, icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, rest=mtu)
            return inner.dont_fragment
        here.ip6.routes.learn_mtu(inner.destination, mtu)
        if mtu < ipv6.MINIMUM_MTU:
            return False
        here.icmp6.error(skb, inner, icmpv6.PACKET_TOO_BIG, 0, rest=mtu)
        return True

    def _update_pmtu(self, skb: Skb, inner: Packet, mtu: int) -> None:
        """skb_dst_update_pmtu_no_confirm: the path MTU is stored also where it is that of the device."""
        routes = inet_net(self).ip.routes
        if not isinstance(skb.dst, Rtable):
            return
        known = routes.exception(inner.destination, skb.dst.match)
        if known is None or known.mtu != mtu or known.mtu_until - self.engine.now() < _PMTU_TIME:
            routes.learn_mtu(inner.destination, mtu)

    def _report_errors(self, skb: Skb, inner: Packet | ipv6.Packet) -> None:
        """dst_link_failure: report an error about earlier packets of this tunnel to the sender of this one."""
        if not self._errors:
            return
        if self.engine.now() - self._last_error >= _ERROR_TIME:
            self._errors = 0
            return
        self._errors -= 1
        here = inet_net(self)
        if isinstance(inner, Packet):
            here.ip.routes.link_failure(skb)
        else:
            here.icmp6.error(skb, inner, icmpv6.DESTINATION_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE)

    def failed(self, message: Icmp, now: int) -> None:
        """An ICMP error about one of its packets: counted, unless it is no fault of the path."""
        unreachable = message.type == icmp.DESTINATION_UNREACHABLE
        if unreachable and message.code in (icmp.PORT_UNREACHABLE, icmp.FRAGMENTATION_NEEDED):
            return
        if not unreachable and (message.type != icmp.TIME_EXCEEDED or not self.config.ttl):
            return
        self._errors = self._errors + 1 if now - self._last_error < _ERROR_TIME else 1
        self._last_error = now

    def _tos(self, inner: Packet | ipv6.Packet | None) -> int:
        """ip_tunnel_ecn_encap: the requested TOS with the ECN bits of the inner packet (RFC 6040)."""
        theirs = 0 if inner is None else inner.tos if isinstance(inner, Packet) else inner.traffic_class
        tos = theirs if self.config.tos & 1 else self.config.tos
        ecn = theirs & 3
        return tos & ~3 | (ecn if ecn != 3 else 2)

    def _encapsulate(
        self, skb: Skb, inner: Packet | ipv6.Packet | None, route: Rtable, tos: int, keep_whole: bool
    ) -> None:
        config, ip = self.config, self.underlay.ip
        inherited = None if inner is None else inner.ttl if isinstance(inner, Packet) else inner.hop_limit
        ttl = config.ttl or inherited or route.hoplimit or ip.default_ttl
        packet = Packet.build(
            config.local or route.source, config.remote, self.outer_protocol(skb.frame.ethertype),
            self.contents(skb.frame), ttl=ttl, tos=tos,
            identification=ip.next_identification(), dont_fragment=keep_whole,
        )  # fmt: skip
        assert route.device is not None
        outer = Skb(Frame(UNKNOWN, UNKNOWN, IPV4, packet, HEADER_LENGTH + packet.length), skb.identity, route.device)
        outer.mark = skb.mark if self.underlay is self.namespace else 0
        if ip.send_skb(outer, route) is None:
            self.tx_packets += 1
            self.tx_bytes += skb.frame.length - HEADER_LENGTH
        else:
            self.tx_errors += 1

    def outer_protocol(self, _ethertype: int) -> int:
        return self.protocol

    def contents(self, frame: Frame) -> bytes:
        """The packet behind what this kind puts before it."""
        packet = packet_of(frame)
        return b"" if packet is None else self.header(frame.ethertype, packet.encode())

    def header(self, _ethertype: int, data: bytes) -> bytes:
        return data

    # --- packets that arrive ----------------------------------------------------------------------------------------

    def arrived(self, skb: Skb, outer: Packet, ethertype: int, data: bytes) -> None:
        """ip_tunnel_rcv: the inner packet, in the namespace that the device is in now."""
        decode = Packet.decode if ethertype == IPV4 else ipv6.Packet.decode
        try:
            inner = decode(data)
        except DecodeError:
            self.rx_errors += 1
            self.underlay.drop(skb, self, DropReason.IP_INHDR, f"inside {self.kind}")
            return
        del outer
        frame = Frame(self.mac, UNKNOWN, ethertype, inner, HEADER_LENGTH + inner.length)
        self.receive(Skb(frame, skb.identity, self))


_LINK_LOCAL: Final = 0xFE80 << 112
_SCOPE_LINK: Final = 253


def packet_of(frame: Frame) -> Packet | ipv6.Packet | None:
    """The IP packet in a frame."""
    return frame.payload if isinstance(frame.payload, (Packet, ipv6.Packet)) else None


def _check(kind: str, config: TunnelConfig) -> None:
    if not config.remote:
        raise NotModelled(f"a {kind} tunnel without a remote address")
    if config.remote.is_multicast:
        raise NotModelled(f"a {kind} tunnel to a group")


def receive_ipip(namespace: TunnelNetns, skb: Skb, packet: Packet) -> None:
    """tunnel4_rcv: IPv4 in IPv4, for an ipip device or else for a sit device."""
    device = namespace.ip_tunnels.receive(("ipip", "sit"), skb, packet)
    if device is not None:
        device.arrived(skb, packet, IPV4, packet.encode_payload())
