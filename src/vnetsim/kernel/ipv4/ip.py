"""IPv4 input, forwarding and output (net/ipv4/ip_input.c, ip_forward.c, ip_output.c).

    receive -> PREROUTING -> route -> deliver -> INPUT -> a protocol's handler
                                   -> forward -> FORWARD -> POSTROUTING -> neighbour -> device
    send    -> OUTPUT -> (route again) -> POSTROUTING -> neighbour -> device

Not modelled: source routing and the other IP options (they are kept and ignored), multicast routing, xfrm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport, transport_of
from vnetsim.kernel.ipv4.flow_path import departed, forwarded, record_input
from vnetsim.kernel.ipv4.ip_fragment import Reassembly
from vnetsim.kernel.ipv4.ip_options import recorded
from vnetsim.kernel.ipv4.route import Routes
from vnetsim.kernel.ipv4.rtable import Rtable
from vnetsim.kernel.neigh.neighbour import neigh_output
from vnetsim.kernel.netdev.flow_path import FlowPath
from vnetsim.kernel.netdev.gso import segments_fit
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.values import made_on_first_use
from vnetsim.wire import icmp
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import BROADCAST, UNKNOWN, Mac

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.arp import Arp4
    from vnetsim.kernel.ipv4.devinet import InetDevices
    from vnetsim.kernel.ipv4.icmp import Icmp4
    from vnetsim.kernel.neigh.neighbour import Neighbours
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netfilter.netfilter import Netfilter

#: 01:00:5e:00:00:00, to which the low 23 bits of a group address are added (RFC 1112, 6.4).
_MULTICAST_MAC: Final = 0x01005E000000


class Ip4:
    """The IPv4 protocol of one namespace."""

    icmp: Icmp4
    #: Those of IPv6, for routes by its gateways (ipv6_stub->nd_tbl).
    neighbours6: Neighbours
    #: The handlers that each namespace has (inet_protos).
    protos: Mapping[int, Callable[[Netns], Callable[[Skb, Packet], None]]]

    def __init__(self, namespace: Netns, inet: InetDevices, netfilter: Netfilter, arp: Arp4) -> None:
        self.namespace = namespace
        self.netfilter = netfilter
        self.arp = arp
        self.inet = inet
        self.routes = arp.routes = Routes(namespace, inet, arp)
        self.identification = 0
        self.default_ttl = namespace.sysctls.number("net/ipv4/ip_default_ttl")

    @made_on_first_use
    def protocols(self) -> dict[int, Callable[[Skb, Packet], None]]:
        """Handlers of packets to this host by protocol."""
        return {number: handler(self.namespace) for number, handler in self.protos.items()}

    @made_on_first_use
    def reassembly(self) -> Reassembly:
        return Reassembly(self.namespace, self._fragments_expired)

    def sysctls_changed(self) -> None:
        self.default_ttl = self.namespace.sysctls.number("net/ipv4/ip_default_ttl")

    # --- incoming -----------------------------------------------------------------------------------------------

    def receive(self, skb: Skb) -> None:
        """ip_rcv: a frame with an IPv4 packet arrived on skb.device."""
        frame, device = skb.frame, skb.device
        namespace, packet, station = self.namespace, frame.payload, frame.destination
        if skb.is_other or (station != device.mac and not station >> 40 & 1 and not skb.is_host):
            namespace.drop(skb, device, DropReason.OTHERHOST)
        elif not isinstance(packet, Packet):
            namespace.drop(skb, device, DropReason.IP_INHDR)
        else:
            netfilter = self.netfilter
            if netfilter.active and not skb.nf_prerouted and not netfilter.run4("PREROUTING", skb, device, None):
                return
            if device.l3mdev is not None and not device.l3mdev.l3_rcv(skb):
                return
            self.route_input(skb)

    def route_input(self, skb: Skb) -> None:
        """ip_rcv_finish: route the packet, and deliver or forward it (dst_input)."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        route = self.routes.route_input(packet, skb.device, skb.mark)
        namespace = self.namespace
        if namespace.host.tracer is not None and route.reason is None:
            namespace.routed(skb, route.text)
        if route.device is None:
            self._refuse(skb, packet, route)
        elif skb.frame.destination >> 40 & 1 and self._drops_unicast(packet, skb.device):
            namespace.drop(skb, skb.device, DropReason.OTHERHOST, "drop_unicast_in_l2_multicast")
        elif route.is_local:
            self.deliver(skb, packet)
        else:
            self._forward(skb, packet, route)

    def _drops_unicast(self, packet: Packet, device: Device) -> bool:
        """drop_unicast_in_l2_multicast: whether a packet must not come in a frame for several stations (RFC 1122)."""
        every = self.namespace.sysctls.conf4["all"]
        if not (device.ip.conf["drop_unicast_in_l2_multicast"] or every["drop_unicast_in_l2_multicast"]):
            return False
        return not self.routes.is_group(packet.destination, device)

    def _refuse(self, skb: Skb, packet: Packet, route: Rtable) -> None:
        """ip_error: no route; send an error if the route has one."""
        assert route.reason is not None
        self.namespace.drop(skb, skb.device, route.reason, route.text)
        if route.reason in (DropReason.IP_INVALID_SOURCE, DropReason.IP_RPFILTER):
            self.routes.log_martian(skb, packet.source, packet.destination)
        if route.icmp_code is not None:
            self.icmp.unroutable(skb, packet, route.icmp_code)

    def deliver(self, skb: Skb, packet: Packet) -> None:
        """ip_local_deliver: for us."""
        namespace = self.namespace
        if packet.more_fragments or packet.fragment_offset:
            whole = self.reassembly.add(skb, packet)
            if whole is None:
                return
            packet = whole
            skb.frame = Frame.build(skb.frame.destination, skb.frame.source, IPV4, packet)
        netfilter = self.netfilter
        if netfilter.active and not netfilter.run4("INPUT", skb, skb.device, None):
            return
        packet = skb.frame.payload  # type: ignore[assignment]
        if packet.options:
            packet = recorded(packet, packet.destination)
        handler = self.protocols.get(packet.protocol)
        if handler is not None:
            if skb.path is not None and not netfilter.active and not self.routes.needs_transport:
                record_input(skb.path, skb, packet, handler)
            handler(skb, packet)
            return
        namespace.drop(skb, skb.device, DropReason.NO_SOCKET, f"protocol {packet.protocol}")
        self.icmp.error(skb, packet, icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE)

    def _fragments_expired(self, skb: Skb) -> None:
        """ip_expire: an end host reports it, a router that tracks connections does not."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        if self.routes.is_local(packet.destination, skb.device):
            self.icmp.error(skb, packet, icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME_EXCEEDED)

    # --- forwarding ---------------------------------------------------------------------------------------------

    def _forward(self, skb: Skb, packet: Packet, route: Rtable) -> None:
        """ip_forward: the order of the checks is what decides which error a sender sees."""
        namespace = self.namespace
        arrived = skb.device
        assert route.device is not None
        if skb.frame.destination >> 40 & 1:
            namespace.drop(skb, arrived, DropReason.OTHERHOST)
            return
        if packet.ttl <= 1:
            namespace.drop(skb, arrived, DropReason.TTL_EXCEEDED)
            self.icmp.error(skb, packet, icmp.TIME_EXCEEDED, icmp.TTL_EXCEEDED)
            return
        if (
            packet.length > route.fits
            and packet.length > (mtu := self.routes.mtu(route, packet.destination))
            and packet.dont_fragment
            and not skb.frag_max_size
            and not segments_fit(skb, packet, mtu)
        ):
            namespace.drop(skb, arrived, DropReason.ICMP_FRAG_NEEDED, f"mtu {mtu}")
            self.icmp.error(skb, packet, icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, rest=mtu)
            return
        onward = packet.forwarded()
        if route.device is arrived and route.redirect_to is not None:
            self.icmp.redirect(skb, onward, route.redirect_to)
        if packet.options:
            onward = recorded(onward, self.inet.select_address(route.device, packet.source) or packet.source)
        skb.frame = Frame(skb.frame.destination, skb.frame.source, IPV4, onward, skb.frame.length)
        if skb.priority is not None:
            skb.priority = None  # that of the type of service again (rt_tos2priority)
        netfilter = self.netfilter
        if netfilter.active and not netfilter.run4("FORWARD", skb, arrived, route.device):
            return
        if skb.path is not None:
            usual = not (packet.options or route.redirect_to or self.routes.needs_transport)
            skb.path.record = forwarded if usual and skb.path.device is arrived else None
        self._output_packet(skb, route)

    # --- outgoing -----------------------------------------------------------------------------------------------

    def send(
        self, packet: Packet, route: Rtable, mark: int = 0, *, about: Skb | None = None, bound: Device | None = None
    ) -> Errno | None:
        """ip_local_out: a packet made here; the error that the system call returns, or None.

        `about` is the packet on which it is a report, `bound` the only device that its sender may use.
        """
        if route.hop is not None and route.hop.depart(packet):
            return None
        device = route.device
        assert device is not None
        host = self.namespace.host
        host.packets += 1
        skb = Skb(Frame(UNKNOWN, UNKNOWN, IPV4, packet, 14 + packet.length), host.packets, device)
        skb.mark = mark
        if bound is not None:
            skb.bound = bound
        if about is not None:
            skb.attach(about)
        watched = self.namespace.nit_active or self.netfilter.active
        if route.hop is not None and device.softirq.records and not watched:
            skb.path = FlowPath(device.softirq.generation, None, None, skb.frame)
            skb.path.record = departed
        return self.send_skb(skb, route, 0 if about is None else about.identity)

    def send_skb(self, skb: Skb, route: Rtable, about: int = 0) -> Errno | None:
        namespace = self.namespace
        if namespace.host.tracer is not None:
            namespace.made(skb, about=about)
            namespace.routed(skb, route.text)
        out = route.device
        if out is not None and out.l3mdev is not None and not _l3mdev_ip_out(skb, out):
            return skb.refusal or Errno.EPERM
        return self._local_out(skb, route)

    def _local_out(self, skb: Skb, route: Rtable) -> Errno | None:
        netfilter = self.netfilter
        if netfilter.active:
            if not netfilter.run4("OUTPUT", skb, None, route.device):
                return skb.refusal or Errno.EPERM
            if skb.rerouted is not None:
                route, skb.rerouted = skb.rerouted, None
        return self._output_packet(skb, route)

    def leave_vrf(self, skb: Skb, vrf: Device) -> Errno | None:
        """vrf_process_v4_outbound: on by the routes of the VRF into which a route led, by no mark or port."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        try:
            route = self.routes.route_output(
                packet.destination, packet.source, vrf, 0, packet.tos, Transport(packet.protocol)
            )
        except KernelError:
            self.namespace.drop(skb, vrf, DropReason.IP_INNOROUTES)
            return None
        if self.namespace.host.tracer is not None:
            self.namespace.routed(skb, route.text)
        skb.path, skb.dirty = None, True
        if route.device is vrf and not route.is_local:
            self.namespace.drop(skb, vrf, DropReason.IP_INNOROUTES)
            return None
        if route.is_local:
            if not vrf.queue(vrf.receive, skb):
                self.namespace.drop(skb, vrf, DropReason.CPU_BACKLOG)
            return None
        return self._local_out(skb, route)

    def route_me_harder(self, skb: Skb) -> bool:
        """ip_route_me_harder: route a packet of this host again after a rule changed it; False if it was dropped."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        own = None if self.routes.is_group(packet.source) else packet.source
        try:
            transport = transport_of(packet)
            skb.rerouted = self.routes.route_output(packet.destination, own, skb.bound, skb.mark, packet.tos, transport)
        except KernelError as error:
            skb.refusal = error.errno
            self.namespace.drop(skb, None, DropReason.IP_INNOROUTES)
            return False
        return True

    def next_identification(self) -> int:
        """A number for the identification field, one after the other."""
        self.identification = self.identification + 1 & 0xFFFF
        return self.identification

    def _output_packet(self, skb: Skb, route: Rtable) -> Errno | None:
        """ip_output: POSTROUTING, fragmentation, the neighbour."""
        device = route.device
        assert device is not None
        skb_in = skb.device
        skb.device = device
        netfilter = self.netfilter
        if route.is_broadcast and device.link_type != "loopback":
            skb.path = None
            self._loop_back(skb.clone(), device)
        elif route.is_local:
            skb.dst_valid = True
        if netfilter.active and not netfilter.run4("POSTROUTING", skb, None, device):
            return Errno.EPERM
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        if packet.length <= route.fits:
            entry = route.neighbour
            skb.dst = route
            if entry is not None and entry.ready and not skb.gso:
                # `_to_neighbour` and `_transmit` in one step.
                if skb.path is not None:
                    skb.path.route, skb.path.egress, skb.path.longest = route, device, 14 + route.fits
                skb.frame = Frame(entry.mac, device.mac, IPV4, packet, 14 + packet.length)  # type: ignore[arg-type]
                return device.transmit(skb)
            return self._to_neighbour(skb, packet, route, device)
        mtu = self.routes.mtu(route, packet.destination)
        if packet.length <= mtu or segments_fit(skb, packet, mtu):
            return self._to_neighbour(skb, packet, route, device)
        if packet.dont_fragment and not skb.frag_max_size:
            skb.device = skb_in
            self.namespace.drop(skb, device, DropReason.ICMP_FRAG_NEEDED, f"mtu {mtu}")
            return Errno.EMSGSIZE
        return self._fragment(skb, packet, route, device, mtu)

    def _loop_back(self, skb: Skb, device: Device) -> None:
        """ip_mc_output: the sender of a broadcast receives it too."""
        netfilter = self.netfilter
        if netfilter.active and not netfilter.run4("POSTROUTING", skb, None, device):
            return
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        skb.frame = Frame(BROADCAST, device.mac, IPV4, packet, 14 + packet.length)
        self.namespace.host.engine.queue(self.receive_own, skb)

    def receive_own(self, skb: Skb) -> None:
        """ip_rcv of a packet of this host to itself, whose route is known (skb_valid_dst)."""
        before: Packet = skb.frame.payload  # type: ignore[assignment]
        netfilter = self.netfilter
        if netfilter.active and not netfilter.run4("PREROUTING", skb, skb.device, None):
            return
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        if packet.destination != before.destination:
            self.route_input(skb)
            return
        if self.namespace.host.tracer is not None:
            self.namespace.routed(skb, self.routes.to_oneself(packet, skb.device).text)
        self.deliver(skb, packet)

    def forward_fast(self, skb: Skb, packet: Packet, route: Rtable) -> None:
        """A packet of a flowtable."""
        assert route.device is not None
        skb.dst = route
        self._to_neighbour(skb, packet, route, route.device)

    def _fragment(self, skb: Skb, packet: Packet, route: Rtable, device: Device, mtu: int) -> Errno | None:
        """ip_do_fragment: the rest stays here once a piece is refused."""
        if mtu < packet.length - len(packet.encode_payload()) + 8:
            # Not even the smallest piece would fit.
            self.namespace.drop(skb, device, DropReason.ICMP_FRAG_NEEDED, f"mtu {mtu}")
            return Errno.EMSGSIZE
        for fragment in packet.fragments(mtu):
            part = skb.clone()
            part.frame = Frame(UNKNOWN, UNKNOWN, IPV4, fragment, 14 + fragment.length)
            failed = self._to_neighbour(part, fragment, route, device)
            if failed is not None:
                return failed
        return None

    def _to_neighbour(self, skb: Skb, packet: Packet, route: Rtable, device: Device) -> Errno | None:
        """ip_finish_output2: put the next hop's link-layer address in front."""
        if not device.has_arp or not device.arp:
            return neigh_output(skb, packet, device, device.mac)
        hop = route.gateway or packet.destination
        if route.is_broadcast:
            return neigh_output(skb, packet, device, BROADCAST)
        if hop >> 28 == 0xE:
            return neigh_output(skb, packet, device, Mac(_MULTICAST_MAC | hop & 0x7FFFFF))
        entry = route.neighbour
        if entry is None or entry.dead:
            neighbours = self.arp if isinstance(hop, IPv4) else self.neighbours6
            entry = route.neighbour = neighbours.entry(device, hop)
        if entry is not None and entry.ready and entry.mac is not None:
            return neigh_output(skb, packet, device, entry.mac)
        if not isinstance(hop, IPv4):
            return self.neighbours6.resolve(skb, device, hop)
        if self.routes.is_broadcast(hop, device):
            # arp_constructor: a broadcast address needs no ARP.
            return neigh_output(skb, packet, device, device.broadcast)
        return self.arp.resolve(skb, device, hop)


def _l3mdev_ip_out(skb: Skb, device: Device) -> bool:
    """What leaves by a slave of a VRF passes that first; False if it ends there."""
    vrf = device.l3mdev
    return vrf is None or vrf is device or vrf.l3_out(skb)
