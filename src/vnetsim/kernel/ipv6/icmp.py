"""ICMPv6 (RFC 4443, net/ipv6/icmp.c): echo replies, errors that this host sends, errors that it receives.

Neighbor Discovery is in kernel.ipv6.ndisc; multicast listener queries are not answered (there are none).  Not
modelled: node information, the global limit of messages a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.ipv4.icmp import InetPeer
from vnetsim.kernel.ipv6.mcast import has_anycast
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.sysctl.parse import members
from vnetsim.wire import icmpv6
from vnetsim.wire.icmpv6 import PROTOCOL, Icmpv6
from vnetsim.wire.inet import IPv6
from vnetsim.wire.ipv6 import Packet

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.ipv6.ip6 import Ip6
    from vnetsim.kernel.ipv6.route import Rt6Info
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns

_NEIGHBOUR_DISCOVERY: Final = range(icmpv6.ROUTER_SOLICITATION, icmpv6.REDIRECT + 1)


class Icmp6:
    """The ICMPv6 of one namespace."""

    #: By the protocol that an error is about (inet6_protocol.err_handler): called with the packet, its message, the
    #: packet that it is about, and the device that it came in by.
    err_protos: Mapping[int, Callable[[Netns], Callable[[Packet, Icmpv6, Packet, Device], None]]]

    def __init__(self, ip6: Ip6) -> None:
        self.namespace = ip6.namespace
        self._ip6 = ip6
        ip6.icmp6 = self
        ip6.routes.icmp_send = self.error
        #: Raw sockets, which get every message first (raw6_local_deliver).
        self.raw_local_deliver: Callable[[Packet, Icmpv6, Device], None] | None = None
        self._peers: dict[IPv6, InetPeer] = {}
        #: icmpv6_xmit_lock: an ICMP packet is being sent, so errors about it are not reported.
        self._sending = False

    # --- incoming -----------------------------------------------------------------------------------------------

    def receive(self, skb: Skb, packet: Packet) -> None:
        message = packet.payload
        if not isinstance(message, Icmpv6):
            self.namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        if self.raw_local_deliver is not None:
            self.raw_local_deliver(packet, message, skb.device)
        if message.type == icmpv6.ECHO_REQUEST:
            self._echo(skb, packet, message)
        elif message.is_error:
            self._notify(skb, packet, message)
        elif message.type in _NEIGHBOUR_DISCOVERY:
            self._ip6.ndisc.receive(skb, packet, message)
        else:
            self.namespace.delivered(skb, "ping" if message.type == icmpv6.ECHO_REPLY else "ICMPv6")

    def _echo(self, skb: Skb, packet: Packet, message: Icmpv6) -> None:
        """icmpv6_echo_reply: from the destination of the request, or the best address if that is a group or anycast."""
        namespace, destination = self.namespace, packet.destination
        anycast = has_anycast(skb.device, destination)
        kind = "multicast" if destination.is_multicast else "anycast" if anycast else "all"
        get = namespace.sysctls.number
        if get("net/ipv6/icmp/echo_ignore_all") or get(f"net/ipv6/icmp/echo_ignore_{kind}"):
            namespace.drop(skb, skb.device, DropReason.ICMP_ECHO_IGNORED, f"icmp/echo_ignore_{kind}")
            return
        namespace.delivered(skb, "the echo responder")
        own = destination if self._ip6.routes.is_local(destination, skb.device) else None
        link = self._ip6.routes.link(skb.device, destination)
        if own is None and skb.device.l3mdev is not None and self._ip6.routes.is_local(destination):
            own, link = destination, self._ip6.routes.owner(destination)  # outside of the VRF (icmp6_dev)
        if link is not None and not packet.source.is_link_local:
            link = link.l3mdev or link
        self._send(packet.source, message.echo_reply(), own, packet.traffic_class, link, self.reply_mark(skb))

    def reply_mark(self, skb: Skb) -> int:
        """IP6_REPLY_MARK: the mark of a reply without a socket."""
        return skb.mark if skb.mark and self.namespace.sysctls.number("net/ipv6/fwmark_reflect") else 0

    def _notify(self, skb: Skb, packet: Packet, message: Icmpv6) -> None:
        """icmpv6_notify: an error about a packet of this host, for the route and for the socket."""
        about = message.quoted()
        namespace = self.namespace
        if about is None:
            namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        if message.type == icmpv6.PACKET_TOO_BIG:
            self._ip6.routes.learn_mtu(about.destination, message.mtu)
        namespace.delivered(skb, "the ICMPv6 error handler")
        handler = self.err_protos.get(about.next_header)
        if handler is not None:
            handler(namespace)(packet, message, about, skb.device)

    # --- outgoing -----------------------------------------------------------------------------------------------

    def error(self, skb: Skb, packet: Packet, kind: int, code: int, rest: int = 0) -> None:
        """icmp6_send: report to the sender of `packet`, unless RFC 4443 (2.4) forbids it."""
        if self._sending or not self._may_report(skb, packet, kind):
            return
        source = self._source(skb, packet)
        nearby = packet.source.is_link_local
        oif = self._ip6.routes.link(skb.device, packet.destination) if nearby else skb.device.l3mdev
        mark = self.reply_mark(skb)
        try:
            route = self._ip6.routes.route_output(packet.source, source, oif, mark, Transport(PROTOCOL))
        except KernelError:
            return
        loops = route.device is not None and route.device.link_type == "loopback"
        if not self._allowed(packet.source, kind, loops=loops):
            self.namespace.drop(skb, skb.device, DropReason.ICMP_RATELIMIT)
            return
        self._emit(packet.source, icmpv6.error(kind, code, packet, rest), source, 0, route, mark, about=skb)

    def _may_report(self, skb: Skb, packet: Packet, kind: int) -> bool:
        group = packet.destination.is_multicast or skb.frame.destination >> 40 & 1
        if group and kind != icmpv6.PACKET_TOO_BIG:
            return False
        if not packet.source or packet.source.is_multicast:
            return False
        inner = packet.payload
        if packet.fragment is not None and packet.fragment.offset:
            return True
        return not (isinstance(inner, Icmpv6) and (inner.is_error or inner.type == icmpv6.REDIRECT))

    def _source(self, skb: Skb, packet: Packet) -> IPv6 | None:
        """The packet's destination, or an address of the ingress device; None: the route decides."""
        routes, destination = self._ip6.routes, packet.destination
        if routes.is_local(destination, skb.device):
            return destination
        return None if skb.iif is None else routes.select_source(skb.iif, packet.source)

    def _allowed(self, destination: IPv6, kind: int, *, loops: bool) -> bool:
        """icmpv6_xrlim_allow: the rate limit of errors to one host; none for this host itself (`loops`)."""
        sysctls = self.namespace.sysctls
        if loops or kind not in members(sysctls.read("net/ipv6/icmp/ratemask")):
            return True
        interval = sysctls.number("net/ipv6/icmp/ratelimit") * MILLISECOND
        peer = self._peers.setdefault(destination, InetPeer())
        return interval == 0 or peer.allow(self.namespace.host.engine.now(), interval)

    def redirect(self, skb: Skb, packet: Packet, target: IPv6) -> None:
        """A packet leaves by the device it came in by: send a redirect, at most one a second."""
        now = self.namespace.host.engine.now()
        if target != packet.destination and not target.is_link_local:
            return
        for peer in (packet.destination, packet.source):
            if not self._peers.setdefault(peer, InetPeer()).allow(now, SECOND):
                return
        self._ip6.ndisc.redirect(skb, packet, target)

    def _send(
        self, destination: IPv6, message: Icmpv6, source: IPv6 | None, traffic_class: int, oif: Device | None, mark: int
    ) -> None:
        try:
            transport = Transport(PROTOCOL)
            route = self._ip6.routes.route_output(destination, source, oif, mark, transport, strict=source is None)
        except KernelError:
            return
        self._emit(destination, message, source, traffic_class, route, mark)

    def _emit(
        self, destination: IPv6, message: Icmpv6, source: IPv6 | None, traffic_class: int, route: Rt6Info, mark: int, *,
        about: Skb | None = None,
    ) -> None:  # fmt: skip
        ip6 = self._ip6
        packet = Packet.build(
            source or route.source,
            destination,
            PROTOCOL,
            message,
            hop_limit=ip6.hop_limit(route),
            traffic_class=traffic_class,
        )
        self._sending = True
        ip6.send(packet, route, mark, about=about)
        self._sending = False
