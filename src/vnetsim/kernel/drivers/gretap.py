"""Ethernet frames in GRE over IPv4 (net/ipv4/ip_gre.c: ipgre_tap_ops).

A device of Ethernet, which may be a port of a bridge.  A bridged packet that is too long and must not be fragmented is
lost without a message, as icmp_send has no route then.  Not modelled: what kernel.drivers.ip_tunnel leaves out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import DecodeError
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.drivers.gre import GreDevice, load
from vnetsim.kernel.drivers.ip_tunnel import IpTunnel, TunnelNetns
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.qdisc.fair import FqCodel
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, Frame
from vnetsim.wire.gre import BRIDGED
from vnetsim.wire.inet import IPv6
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_LEAST_MTU: Final = 68


class GretapDevice(GreDevice):
    kind: str | None = "gretap"
    link_type = "ether"
    carried: ClassVar[tuple[int, ...]] = (BRIDGED,)
    has_arp: ClassVar[bool] = True
    flags_base: tuple[str, ...] = ("BROADCAST", "MULTICAST")
    min_mtu = _LEAST_MTU

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: TunnelNetns) -> IpTunnel:
        load(origin)
        return cls.create(namespace, request, origin)

    def choose_address(self, request: AddLink) -> None:
        self.mac = request.mac or self.underlay.host.random_mac()

    # --- state ------------------------------------------------------------------------------------------------------

    @property
    def overhead(self) -> int:
        return super().overhead + HEADER_LENGTH

    @property
    def link_addresses(self) -> tuple[Mac | None, Mac | None]:
        return self.mac, self.broadcast

    @property
    def received(self) -> tuple[int, int]:
        """Bytes with the Ethernet header."""
        return self.rx_packets, self.rx_bytes

    def open(self) -> None:
        """attach_one_default_qdisc: it has a queue."""
        super().open()
        if self.qdisc == "noop" and "fq_codel" not in self.namespace.host.missing_modules:
            discipline = FqCodel(self, 0)
            discipline.configure({})
            self.graft_qdisc(discipline)

    def change_mac(self, mac: Mac) -> None:
        Device.change_mac(self, mac)

    def link_locals(self) -> list[tuple[IPv6, bool]]:
        return Device.link_locals(self)

    # --- frames -----------------------------------------------------------------------------------------------------

    def carries(self, frame: Frame) -> bool:  # noqa: ARG002 (as its siblings)
        return True

    def contents(self, frame: Frame) -> bytes:
        return self.header(BRIDGED, frame.encode())

    def is_too_long(self, skb: Skb, inner: ipv4.Packet | ipv6.Packet, mtu: int) -> bool:
        if br_port_get(self) is None or not isinstance(inner, ipv4.Packet):
            return super().is_too_long(skb, inner, mtu)
        return inner.length > mtu and inner.dont_fragment

    def arrived(self, skb: Skb, outer: ipv4.Packet, ethertype: int, data: bytes) -> None:
        """ip_tunnel_rcv: the inner frame, in the namespace that the device is in now."""
        del outer, ethertype
        try:
            frame = Frame.decode(data)
        except DecodeError:
            self.rx_errors += 1
            self.underlay.drop(skb, self, DropReason.IP_INHDR, "inside gretap")
            return
        self.receive(Skb(frame, skb.identity, self))
