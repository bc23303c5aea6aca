"""Ethernet over UDP (RFC 7348; drivers/net/vxlan/vxlan_core.c): frames between tunnel end points.

The device's fdb (kernel.drivers.vxlan_fdb) forwards a frame from the namespace the device was made in, wherever
it is now.  Devices with the same UDP port share a socket; the network identifier tells them apart.  Not modelled:
multicast groups as far ends, IPv6 below, external (metadata) mode, ARP suppression (proxy), group policies, GPE.
l2miss and l3miss are stored only, as there is no listener for their messages.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import DecodeError, Errno, KernelError, NotModelled
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.drivers.ip_tunnel_core import flow, may_lower_pmtu, too_long
from vnetsim.kernel.drivers.vxlan_config import SHOWN, VxlanConfig
from vnetsim.kernel.drivers.vxlan_fdb import FarEnd, VxlanDatabase
from vnetsim.kernel.ipv6.netns import InetNetns, inet_net
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.gso import transmit_segments
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.udp import UdpSock, UdpTable
from vnetsim.operations.verb import Verb
from vnetsim.wire.ethernet import HEADER_LENGTH, IPV4, Frame
from vnetsim.wire.inet import ANY4, LOOPBACK4, IPv4
from vnetsim.wire.ipv4 import UDP, Packet
from vnetsim.wire.mac import UNKNOWN, Mac
from vnetsim.wire.udp import Udp
from vnetsim.wire.vxlan import LINUX_PORT, OVERHEAD4
from vnetsim.wire.vxlan import Vxlan as Encapsulated

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.rtable import Rtable
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

#: What cannot be changed once the device is there, with the kernel's message.
_FIXED: Final = {
    "dstport": "Cannot change port", "srcport": "Cannot change port range", "udpcsum": "Cannot change UDP_CSUM flag",
    "udp6zerocsumtx": "Cannot change UDP_ZERO_CSUM6_TX flag", "udp6zerocsumrx": "Cannot change UDP_ZERO_CSUM6_RX flag",
    "proxy": "vxlan: cannot change PROXY flag", "rsc": "vxlan: cannot change RSC flag",
    "l2miss": "vxlan: cannot change L2MISS flag", "l3miss": "vxlan: cannot change L3MISS flag",
    "external": "vxlan: cannot change COLLECT_METADATA flag",
}  # fmt: skip
_ABSENT: Final = ("group", "proxy", "rsc", "external", "vnifilter", "remcsumtx", "remcsumrx", "gbp", "gpe")
_INHERIT: Final = 1
#: Nesting of transmissions through stacked devices (XMIT_RECURSION_LIMIT).
_DEEPEST: Final = 8


class VxlanNetns(InetNetns):
    """A namespace with its VXLAN state; kernel.netns sets these."""

    udp: UdpTable
    vxlans: Vxlans


class Vxlans:
    """The VXLAN devices that were made in one namespace (struct vxlan_net), and their sockets by port."""

    def __init__(self, namespace: VxlanNetns) -> None:
        self.namespace = namespace
        self.devices: tuple[VxlanDevice, ...] = ()
        self._sockets: dict[int, UdpSock] = {}

    def find(self, vni: int, port: int) -> VxlanDevice | None:
        """A device that is up and listens."""
        return next((d for d in self.devices if d.up and d.vni == vni and d.port_number == port), None)

    def listen(self, port: int) -> None:
        """KernelError(EADDRINUSE) if the port is taken."""
        if port not in self._sockets:
            socket = UdpSock(self.namespace.udp)
            socket.bind(ANY4, port)
            socket.on_datagram = self._receive
            self._sockets[port] = socket

    def stop_listening(self, port: int) -> None:
        """Unless another device still does."""
        if not any(device.up and device.port_number == port for device in self.devices):
            self._sockets.pop(port).close()

    def _receive(self, skb: Skb, packet: Packet, datagram: Udp) -> None:
        """vxlan_rcv"""
        try:
            message = Encapsulated.decode(datagram.data)
        except DecodeError:
            self.namespace.drop(skb, skb.device, DropReason.IP_INHDR, "VXLAN")
            return
        device = self.find(message.vni, datagram.destination_port)
        if device is None:
            self.namespace.drop(skb, skb.device, DropReason.TUNNEL, f"no VXLAN device of network {message.vni} is up")
        else:
            device.arrived(skb, packet, message.frame)


class VxlanDevice(Device):
    kind: str | None = "vxlan"
    survives_lower_move: ClassVar[bool] = False
    sets_own_mtu: ClassVar[bool] = True

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: VxlanNetns) -> VxlanDevice:
        """vxlan_newlink: frames will travel through `origin`, where it is made."""
        options = request.options
        for name in _ABSENT:
            if options.get(name):
                raise NotModelled(f"vxlan {name}")
        if "id" not in options:
            raise KernelError(Errno.EINVAL, "Required attributes not provided to perform the operation")
        name = namespace.new_name(request.name, "vxlan%d")
        device = cls(name, request.mac or namespace.host.random_mac(), origin, options)
        if any((d.vni, d.port_number) == (device.vni, device.port_number) for d in origin.vxlans.devices):
            raise KernelError(Errno.EEXIST, "A VXLAN device with the specified VNI already exists")
        namespace.register(device, request.index)
        device.link(request.mtu)
        return device

    def __init__(self, name: str, mac: Mac, underlay: VxlanNetns, options: Mapping[str, str | int]) -> None:
        super().__init__(name, mac)
        self.underlay = underlay
        self.vni = int(options["id"])
        self.port_number = int(options.get("dstport", LINUX_PORT))
        self.settings = VxlanConfig()
        self.settings.take(options, underlay)
        self.database = VxlanDatabase(int(options.get("ageing", 300)) * SECOND, int(options.get("maxaddress", 0)))
        self._depth = 0

    def link(self, mtu: int | None) -> None:
        """Registered: add the default entry, and set the mtu that fits the device below."""
        self.underlay.vxlans.devices += (self,)
        lower = self.settings.lower
        if lower is not None:
            lower.link_upper(self)
            self.mtu = min(self._largest_mtu(lower), self._largest_mtu(lower) if mtu is None else mtu)
        if self.settings.remote:
            far_end = FarEnd(self.settings.remote, via=0 if lower is None else lower.index)
            self.database.add(UNKNOWN, far_end, "permanent", Verb.ADD, 0)

    def _largest_mtu(self, lower: Device) -> int:
        return max(lower.mtu - OVERHEAD4, self.min_mtu)

    def uninit(self) -> None:
        vxlans = self.underlay.vxlans
        vxlans.devices = tuple(known for known in vxlans.devices if known is not self)
        if self.settings.lower is not None:
            self.settings.lower.unlink_upper(self)

    # --- state ------------------------------------------------------------------------------------------------------

    @property
    def link_namespace(self) -> Netns:
        return self.underlay

    @property
    def speed(self) -> int | None:
        return None if self.settings.lower is None else self.settings.lower.speed

    @property
    def tso_max_size(self) -> int:
        return super().tso_max_size if self.settings.lower is None else self.settings.lower.tso_max_size

    def open(self) -> None:
        self.underlay.vxlans.listen(self.port_number)

    def stop(self) -> None:
        self.database.flush()
        self.underlay.vxlans.stop_listening(self.port_number)

    def change_mtu(self, mtu: int) -> None:
        """With a device below, only what fits there."""
        if self.settings.lower is not None and mtu > self._largest_mtu(self.settings.lower):
            raise KernelError(Errno.EINVAL)
        self.mtu = mtu

    def configure(self, options: Mapping[str, str | int]) -> None:
        """vxlan_changelink: KernelError(EOPNOTSUPP) for what is fixed."""
        if int(options.get("id", self.vni)) != self.vni:
            raise KernelError(Errno.EOPNOTSUPP, "Cannot change VNI")
        for name, message in _FIXED.items():
            if name in options:
                raise KernelError(Errno.EOPNOTSUPP, message)
        if any(options.get(name) for name in _ABSENT):
            raise NotModelled(f"vxlan {next(name for name in _ABSENT if options.get(name))}")
        before = self.settings.remote
        self.settings.take({"srcport": "{} {}".format(*self.settings.source_ports), **options}, self.underlay)
        self.database.ageing = int(options.get("ageing", self.database.ageing // SECOND)) * SECOND
        lower = self.settings.lower
        if lower is not None:
            self.mtu = min(self.mtu, self._largest_mtu(lower))
        if self.settings.remote != before:
            self._change_default(before, self.settings.remote, 0 if lower is None else lower.index)

    def _change_default(self, before: IPv4 | None, remote: IPv4 | None, via: int) -> None:
        now = self.engine.now()
        if remote:
            self.database.add(UNKNOWN, FarEnd(remote, via=via), "permanent", Verb.APPEND, now)
        if before and self.database.find(UNKNOWN, now) is not None:
            self.database.delete(UNKNOWN, FarEnd(before, via=via), now)

    def details(self) -> Mapping[str, str | int]:
        settings, database = self.settings, self.database
        shown: dict[str, str | int] = {"id": self.vni}
        if settings.remote:
            shown["remote"] = str(settings.remote)
        if settings.local:
            shown["local"] = str(settings.local)
        if settings.lower is not None:
            shown["link"] = settings.lower.name
        low, high = settings.source_ports
        return {
            **shown, "port_low": low, "port_high": high, "port": self.port_number, "learning": int(settings.learning),
            "tos": settings.tos, "ttl": settings.ttl, "df": settings.dont_fragment,
            "ageing": database.ageing // SECOND, "limit": database.limit,
            **{SHOWN[name]: value for name, value in settings.others.items()}, "tso_max_size": self.tso_max_size,
        }  # fmt: skip

    # --- frames that leave ------------------------------------------------------------------------------------------

    def transmit(self, skb: Skb) -> Errno | None:
        """GSO packets are segmented here, so that each segment has its own tunnel header."""
        if skb.gso and isinstance(skb.frame.payload, Packet):
            return transmit_segments(skb, skb.frame.payload, self)
        return super().transmit(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        """vxlan_xmit: to every far end of the entry, the first one last."""
        entry = self.database.lookup(skb.frame.destination, self.engine.now())
        if entry is None:
            self.tx_dropped += 1
            self.namespace.drop(skb, self, DropReason.TUNNEL, f"no far end for {skb.frame.destination}")
            return None
        if self._depth >= _DEEPEST:
            self.namespace.drop(skb, self, DropReason.DEAD_LOOP)
            return None
        self._depth += 1
        for far_end in (*entry.far_ends[1:], entry.far_ends[0]):
            self._send_to(skb, far_end)
        self._depth -= 1
        return None

    def _send_to(self, skb: Skb, far_end: FarEnd) -> None:
        """vxlan_xmit_one"""
        ip = self.underlay.ip
        if not far_end.address:
            self._lose(skb, "no address")
            return
        out = self.underlay.by_index.get(far_end.via)
        try:
            source, tos = self.settings.local or None, self._tos(skb.frame)
            route = ip.routes.route_output(far_end.address, source, out, skb.mark, tos)
        except KernelError as error:
            self.tx_errors += 1
            self.tx_carrier += error.errno is Errno.ENETUNREACH
            self.namespace.drop(skb, self, DropReason.IP_INNOROUTES, str(far_end.address))
            return
        if route.device is self:
            self.tx_errors += 1
            self.collisions += 1
            self.namespace.drop(skb, self, DropReason.DEAD_LOOP)
        elif ip.routes.is_local(far_end.address):
            self._bypass(skb, far_end)
        elif not self._check_pmtu(skb, ip.routes.mtu(route, far_end.address) - OVERHEAD4):
            self._encapsulate(skb, far_end, route)

    def _lose(self, skb: Skb, why: str) -> None:
        self.tx_dropped += 1
        self.namespace.drop(skb, self, DropReason.TUNNEL, why)

    def _encapsulate(self, skb: Skb, far_end: FarEnd, route: Rtable) -> None:
        ip, frame, settings = self.underlay.ip, skb.frame, self.settings
        inner = frame.payload if isinstance(frame.payload, Packet) else None
        ttl = settings.ttl or ip.default_ttl
        if isinstance(ttl, str):
            ttl = ip.default_ttl if inner is None else inner.ttl
        keep_whole = settings.dont_fragment == "set" or (
            settings.dont_fragment == "inherit" and inner is not None and inner.dont_fragment
        )
        message = Encapsulated.build(self.vni if far_end.vni is None else far_end.vni, frame)
        port = self.port_number if far_end.port is None else far_end.port
        datagram = Udp.build(self._source_port(frame), port, message.encode())
        packet = Packet.build(
            settings.local or route.source, far_end.address, UDP, datagram, ttl=ttl, tos=self._tos(frame),
            identification=ip.next_identification(), dont_fragment=keep_whole,
        )  # fmt: skip
        assert route.device is not None
        outer = Skb(Frame(UNKNOWN, UNKNOWN, IPV4, packet, HEADER_LENGTH + packet.length), skb.identity, route.device)
        outer.mark = skb.mark if self.underlay is self.namespace else 0
        if ip.send_skb(outer, route) is None:
            self.tx_packets += 1
            self.tx_bytes += frame.length - HEADER_LENGTH
        else:
            self.tx_dropped += 1

    def _tos(self, frame: Frame) -> int:
        """ip_tunnel_ecn_encap: the requested TOS with the ECN bits of the inner packet (RFC 6040)."""
        inner = frame.payload.tos if isinstance(frame.payload, Packet) else 0
        tos = inner if self.settings.tos == _INHERIT else self.settings.tos
        return tos & ~3 | inner & 3

    def _source_port(self, frame: Frame) -> int:
        """udp_flow_src_port: a hash of the flow, the same in both directions, so that ECMP spreads flows."""
        low, high = self.settings.source_ports
        if low >= high:
            low, high = map(int, self.underlay.sysctls.read("net/ipv4/ip_local_port_range").split())
        return low + (zlib.crc32(flow(frame)) * (high - low) >> 32)

    def _bypass(self, skb: Skb, far_end: FarEnd) -> None:
        """encap_bypass_if_local: the far end is here, so that the frame need not travel."""
        vni = self.vni if far_end.vni is None else far_end.vni
        port = self.port_number if far_end.port is None else far_end.port
        there = self.underlay.vxlans.find(vni, port)
        if there is None:
            self.tx_errors += 1
            self.namespace.drop(skb, self, DropReason.TUNNEL, f"no VXLAN device of network {vni} is up here")
            return
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        copy = skb.clone()
        copy.scrub()
        if there.settings.learning:
            there.database.learn(copy.frame.source, LOOPBACK4, self.engine.now())
        if not self.queue(there.bypassed, copy):
            self.namespace.drop(copy, there, DropReason.CPU_BACKLOG)

    def bypassed(self, skb: Skb) -> None:
        """A frame that arrives without having travelled."""
        super().receive(skb)

    def _check_pmtu(self, skb: Skb, mtu: int) -> bool:
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

    # --- frames that arrive -----------------------------------------------------------------------------------------

    def arrived(self, skb: Skb, packet: Packet, frame: Frame) -> None:
        """A decapsulated frame (vxlan_rcv), in the namespace below."""
        if frame.source == self.mac:
            self.namespace.drop(skb, self, DropReason.TUNNEL, "it came back")
            return
        if self.settings.learning and not self.database.learn(frame.source, packet.source, self.engine.now()):
            self.namespace.drop(skb, self, DropReason.MAC_INVALID_SOURCE)
            return
        self.receive(Skb(frame, skb.identity, self))

    def receive(self, skb: Skb) -> None:
        """Counted without the Ethernet header, which has been taken off by then."""
        super().receive(skb)
        self.rx_bytes -= HEADER_LENGTH * self.up
