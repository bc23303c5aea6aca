"""IPv6 input, forwarding and output (net/ipv6/ip6_input.c, ip6_output.c).

    receive -> PREROUTING -> route -> deliver -> INPUT -> a protocol's handler
                                   -> forward -> FORWARD -> POSTROUTING -> neighbour -> device
    send    -> OUTPUT -> (route again) -> POSTROUTING -> neighbour -> device
    send_by -> the same out of one device, without a route lookup (Neighbor Discovery, listener reports)

Only the source of a packet fragments it.  Not modelled: options (they are kept and ignored), routing headers,
multicast routing, flow labels made from flows, xfrm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport, transport_of
from vnetsim.kernel.ipv6.mcast import is_disabled, multicast_mac
from vnetsim.kernel.ipv6.reassembly import Reassembly6
from vnetsim.kernel.ipv6.route import Routes6, Rt6Info, reaches_wire
from vnetsim.kernel.ipv6.source import INTERFACE_LOCAL
from vnetsim.kernel.neigh.neighbour import neigh_output
from vnetsim.kernel.netdev.gso import segments_fit
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.values import made_on_first_use
from vnetsim.wire import icmpv6
from vnetsim.wire.ethernet import IPV6, Frame
from vnetsim.wire.ipv6 import MINIMUM_MTU, Packet
from vnetsim.wire.mac import UNKNOWN

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.icmp import Icmp6
    from vnetsim.kernel.ipv6.mcast import Mcast6
    from vnetsim.kernel.ipv6.ndisc import Ndisc
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netfilter.netfilter import Netfilter


class Ip6:
    """The IPv6 protocol of one namespace."""

    icmp6: Icmp6
    #: The handlers that each namespace has (inet6_protos).
    protos: Mapping[int, Callable[[Netns], Callable[[Skb, Packet], None]]]

    def __init__(self, netfilter: Netfilter, ndisc: Ndisc, routes: Routes6, mcast: Mcast6) -> None:
        self.namespace = ndisc.namespace
        self.netfilter = netfilter
        self.ndisc = ndisc
        self.routes = routes
        self._mcast = mcast
        ndisc.ip6 = self
        self.identification = 0

    @made_on_first_use
    def protocols(self) -> dict[int, Callable[[Skb, Packet], None]]:
        """Handlers of packets to this host by protocol."""
        return {number: handler(self.namespace) for number, handler in self.protos.items()}

    @made_on_first_use
    def reassembly(self) -> Reassembly6:
        return Reassembly6(self.namespace, self._fragments_expired)

    # --- incoming -----------------------------------------------------------------------------------------------

    def receive(self, skb: Skb) -> None:
        """ipv6_rcv: a frame with an IPv6 packet arrived on skb.device."""
        frame, device = skb.frame, skb.device
        namespace = self.namespace
        station = frame.destination
        if skb.is_other or (station != device.mac and not station >> 40 & 1 and not skb.is_host):
            namespace.drop(skb, device, DropReason.OTHERHOST)
            return
        packet = frame.payload
        if not isinstance(packet, Packet):
            namespace.drop(skb, device, DropReason.IP_INHDR)
            return
        if is_disabled(device):
            namespace.drop(skb, device, DropReason.UNHANDLED_PROTO, f"IPv6 is disabled on {device.name}")
            return
        group = packet.destination.is_multicast
        if station >> 40 & 1 and device.ip6.conf["drop_unicast_in_l2_multicast"] and not group:
            namespace.drop(skb, device, DropReason.OTHERHOST, "drop_unicast_in_l2_multicast")
            return
        if _is_martian(packet, device):
            namespace.drop(skb, device, DropReason.IP_INVALID_SOURCE)
            return
        netfilter = self.netfilter
        if netfilter.active6 and not skb.nf_prerouted and not netfilter.run("PREROUTING", skb, device, None):
            return
        skb.iif = device
        if device.l3mdev is not None and not device.l3mdev.l3_rcv6(skb):
            return
        self.route_input(skb)

    def route_input(self, skb: Skb) -> None:
        """ip6_rcv_finish: find where the packet goes, and send it there (dst_input)."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        route = self.routes.route_input(packet, skb.device, skb.mark)
        if self.namespace.host.tracer is not None and route.reason is None:
            self.namespace.routed(skb, route.text)
        if route.reason is not None:
            self._refuse(skb, packet, route)
        elif route.is_local:
            self.deliver(skb, packet)
        else:
            self._forward(skb, packet, route)

    def _refuse(self, skb: Skb, packet: Packet, route: Rt6Info) -> None:
        """ip6_pkt_drop: no route; send an error if the route has one."""
        assert route.reason is not None
        self.namespace.drop(skb, skb.device, route.reason, route.text)
        if route.icmp_code is not None:
            self.icmp6.error(skb, packet, icmpv6.DESTINATION_UNREACHABLE, route.icmp_code)

    def deliver(self, skb: Skb, packet: Packet) -> None:
        """ip6_input: for us.  Fragments meet the rules before they are put together, unless they are tracked."""
        namespace = self.namespace
        netfilter = self.netfilter
        if netfilter.active6 and not netfilter.run("INPUT", skb, _arrival(skb), None):
            return
        packet = skb.frame.payload  # type: ignore[assignment]
        if packet.fragment is not None:
            whole = self.reassembly.add(skb, packet)
            if whole is None:
                return
            packet = whole
            skb.frame = Frame.build(skb.frame.destination, skb.frame.source, IPV6, packet)
        handler = self.protocols.get(packet.next_header)
        if handler is not None:
            handler(skb, packet)
            return
        namespace.drop(skb, skb.device, DropReason.NO_SOCKET, f"next header {packet.next_header}")
        self.icmp6.error(skb, packet, icmpv6.PARAMETER_PROBLEM, icmpv6.UNKNOWN_NEXT_HEADER, rest=6)

    def _fragments_expired(self, skb: Skb) -> None:
        """ip6frag_expire_frag_queue."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        self.icmp6.error(skb, packet, icmpv6.TIME_EXCEEDED, icmpv6.REASSEMBLY_TIME_EXCEEDED)

    # --- forwarding ---------------------------------------------------------------------------------------------

    def _forward(self, skb: Skb, packet: Packet, route: Rt6Info) -> None:
        """ip6_forward: the order of the checks is what decides which error a sender sees."""
        namespace = self.namespace
        arrived = skb.device
        assert route.device is not None
        if not (namespace.sysctls.conf6["all"]["forwarding"] or arrived.ip6.conf["force_forwarding"]):
            namespace.drop(skb, arrived, DropReason.IP_INADDRERRORS)
            return
        if skb.frame.destination >> 40 & 1:
            namespace.drop(skb, arrived, DropReason.OTHERHOST)
            return
        if packet.hop_limit <= 1:
            namespace.drop(skb, arrived, DropReason.TTL_EXCEEDED)
            self.icmp6.error(skb, packet, icmpv6.TIME_EXCEEDED, icmpv6.HOP_LIMIT_EXCEEDED)
            return
        if route.device is arrived:
            self.icmp6.redirect(skb, packet, route.gateway or packet.destination)
        elif not self._may_leave_its_link(skb, packet):
            return
        mtu = max(self.routes.path_mtu(route, packet.destination), MINIMUM_MTU)
        if (skb.frag_max_size or packet.length) > mtu and not segments_fit(skb, packet, mtu):
            namespace.drop(skb, arrived, DropReason.ICMP_FRAG_NEEDED, f"mtu {mtu}")
            self.icmp6.error(skb, packet, icmpv6.PACKET_TOO_BIG, 0, rest=mtu)
            return
        onward = packet.forwarded()
        skb.dirty = True
        skb.frame = Frame(skb.frame.destination, skb.frame.source, IPV6, onward, skb.frame.length)
        netfilter = self.netfilter
        if netfilter.active6 and not netfilter.run("FORWARD", skb, _arrival(skb), route.device):
            return
        self._output_packet(skb, route)

    def _may_leave_its_link(self, skb: Skb, packet: Packet) -> bool:
        source = packet.source
        if source and not source.is_multicast and not source.is_loopback and not source.is_link_local:
            return True
        self.namespace.drop(skb, skb.device, DropReason.IP_INVALID_SOURCE)
        if source.is_link_local:
            code = icmpv6.BEYOND_SCOPE
            self.icmp6.error(skb, packet, icmpv6.DESTINATION_UNREACHABLE, code)
        return False

    # --- outgoing -----------------------------------------------------------------------------------------------

    def send(
        self, packet: Packet, route: Rt6Info, mark: int = 0, *, loop: bool = False, about: Skb | None = None
    ) -> Errno | None:
        """ip6_local_out: a packet made here; the error that the system call returns, or None.

        With `loop`, as for programs, this host receives what it sends to a group that it has joined
        (IPV6_MULTICAST_LOOP).
        `about` is the packet on which it is a report.
        """
        device = route.device
        assert device is not None
        host = self.namespace.host
        host.packets += 1
        skb = Skb(Frame(UNKNOWN, UNKNOWN, IPV6, packet, 14 + packet.length), host.packets, device)
        skb.mark, skb.has_socket = mark, loop
        if about is not None:
            skb.attach(about)
        return self.send_skb(skb, route, 0 if about is None else about.identity)

    def send_by(self, device: Device, packet: Packet) -> None:
        """Send by one device, whatever the tables contain."""
        self.send(packet, self.routes.on_link(device, packet))

    def _loop(self, skb: Skb, device: Device) -> None:
        """dev_loopback_xmit: a copy is received, unseen by packet sockets."""
        echo = skb.clone()
        echo.has_socket, echo.is_host = False, True
        device.queue(self._looped, echo)

    def _looped(self, skb: Skb) -> None:
        if skb.device.up:
            self.receive(skb)

    def send_skb(self, skb: Skb, route: Rt6Info, about: int = 0) -> Errno | None:
        namespace = self.namespace
        if namespace.host.tracer is not None:
            namespace.made(skb, about=about)
            namespace.routed(skb, route.text)
        return self._local_out(skb, route)

    def _local_out(self, skb: Skb, route: Rt6Info) -> Errno | None:
        if self.netfilter.active6:
            if not self.netfilter.run("OUTPUT", skb, None, route.device):
                return skb.refusal or Errno.EPERM
            if skb.rerouted is not None:
                route, skb.rerouted = skb.rerouted, None
        if route.reason is not None:
            assert route.device is not None
            skb.device = route.device
            self._refuse(skb, skb.frame.payload, route)  # type: ignore[arg-type]
            return None
        return self._output_packet(skb, route)

    def leave_vrf(self, skb: Skb, vrf: Device) -> Errno | None:
        """vrf_process_v6_outbound: as for IPv4, but with the mark."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        try:
            transport = Transport(packet.next_header)
            route = self.routes.route_output(packet.destination, packet.source, vrf, skb.mark, transport)
        except KernelError:
            self.namespace.drop(skb, vrf, DropReason.IP_INNOROUTES)
            return None
        if self.namespace.host.tracer is not None:
            self.namespace.routed(skb, route.text)
        skb.path, skb.dirty = None, True
        if self.routes.is_local(packet.destination, vrf):
            skb.device, skb.is_host = vrf, True
            vrf.queue(self._looped, skb)
            return None
        if route.device is vrf:
            self.namespace.drop(skb, vrf, DropReason.IP_INNOROUTES)
            return None
        return self._local_out(skb, route)

    def route_me_harder(self, skb: Skb) -> bool:
        """ip6_route_me_harder: route a packet of this host again after a rule changed it; False if it was dropped."""
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        try:
            transport = transport_of(packet)
            skb.rerouted = self.routes.route_output(packet.destination, packet.source, skb.bound, skb.mark, transport)
        except KernelError as error:
            skb.refusal = error.errno
            self.namespace.drop(skb, None, DropReason.IP_INNOROUTES)
            return False
        return True

    def next_identification(self) -> int:
        """A number for the fragment header, one after the other."""
        self.identification = self.identification + 1 & 0xFFFFFFFF
        return self.identification

    def _output_packet(self, skb: Skb, route: Rt6Info) -> Errno | None:
        """ip6_output: POSTROUTING, fragmentation of packets of this host, the neighbour."""
        device = route.device
        assert device is not None
        skb.device = device
        namespace = self.namespace
        if device.ip6.conf["disable_ipv6"]:
            namespace.drop(skb, device, DropReason.UNHANDLED_PROTO, f"IPv6 is disabled on {device.name}")
            return None
        if self.netfilter.active6 and not self.netfilter.run("POSTROUTING", skb, None, device):
            return Errno.EPERM
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        if packet.length <= route.fits and not skb.frag_max_size:
            return self._to_neighbour(skb, packet, route, device)
        mtu = self.routes.path_mtu(route, packet.destination)
        if skb.frag_max_size:
            # Nothing longer than what came, and in as many pieces.
            mtu = max(min(mtu, skb.frag_max_size), MINIMUM_MTU)
        if packet.length <= mtu or segments_fit(skb, packet, mtu):
            return self._to_neighbour(skb, packet, route, device)
        return self._fragment(skb, packet, route, device, mtu)

    def forward_fast(self, skb: Skb, packet: Packet, route: Rt6Info) -> None:
        """A packet of a flowtable."""
        assert route.device is not None
        self._to_neighbour(skb, packet, route, route.device)

    def _fragment(self, skb: Skb, packet: Packet, route: Rt6Info, device: Device, mtu: int) -> Errno | None:
        """ip6_fragment: the rest stays here once a piece is refused."""
        for fragment in packet.fragments(mtu, self.next_identification()):
            part = skb.clone()
            part.frame = Frame(UNKNOWN, UNKNOWN, IPV6, fragment, 14 + fragment.length)
            failed = self._to_neighbour(part, fragment, route, device)
            if failed is not None:
                return failed
        return None

    def _to_neighbour(self, skb: Skb, packet: Packet, route: Rt6Info, device: Device) -> Errno | None:
        """ip6_finish_output2: put the next hop's link-layer address in front."""
        if not device.has_arp or not device.arp:
            return neigh_output(skb, packet, device, device.mac)
        destination = packet.destination
        if destination >> 120 == 0xFF:  # is_multicast, without a call for each of a new device's reports
            if skb.has_socket and self._mcast.has_joined(device, destination):
                self._loop(skb, device)
            if destination >> 112 & 0xF <= INTERFACE_LOCAL:  # reaches_wire
                self.namespace.drop(skb, device, DropReason.NO_TX_TARGET, "a group of this host alone")
                return None
            return neigh_output(skb, packet, device, multicast_mac(destination))
        skb.dst = route
        hop = route.gateway or destination
        entry = route.neighbour
        if entry is None or entry.dead:
            entry = route.neighbour = self.ndisc.entry(device, hop)
        if entry is not None and entry.ready and entry.mac is not None:
            return neigh_output(skb, packet, device, entry.mac)
        return self.ndisc.resolve(skb, device, hop)

    def hop_limit(self, route: Rt6Info) -> int:
        """ip6_dst_hoplimit: that of the route, or the default of its device."""
        return route.hoplimit or (64 if route.device is None else route.device.ip6.conf["hop_limit"])


def _arrival(skb: Skb) -> Device:
    """By which device the rules see a packet: by the VRF of a slave, but for neighbour discovery (vrf_ip6_rcv)."""
    vrf = skb.device.l3mdev
    return skb.device if vrf is None or vrf.is_neighbour_discovery(skb) else vrf


def _is_martian(packet: Packet, device: Device) -> bool:
    """Addresses that cannot be on a wire (RFC 4291, 2.5.3 and 2.7)."""
    if packet.source.is_multicast:
        return True
    if device.link_type == "loopback":
        return False
    destination = packet.destination
    own = destination.is_multicast and not reaches_wire(destination)
    return packet.source.is_loopback or destination.is_loopback or own
