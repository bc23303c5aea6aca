"""ICMP (net/ipv4/icmp.c): echo replies, errors that this host sends, errors that it receives.

Not modelled: timestamps, address masks, router discovery, the global limit of messages a second (icmp_msgs_per_sec).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

import attrs

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.ipv4.ip_options import recorded
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.conntrack import is_translated
from vnetsim.values import define
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import ICMP, TCP, Packet

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.ipv4.ip import Ip4
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns

#: A burst of errors to one host (XRLIM_BURST_FACTOR), after which one may go every icmp_ratelimit.
_BURST: Final = 6
#: ip_error has a bucket of its own, in which one error costs as much as this (net/ipv4/route.c: ip_rt_error_cost).
_ERROR_COST: Final = 1 * SECOND
_ERROR_BURST: Final = 5 * SECOND
#: A router sends this many redirects to a host that ignores them (ip_rt_redirect_number), the second one after twice
#: the load, the next ones each after twice as long; all over again once it was silent (ip_rt_redirect_load, _silence).
_REDIRECTS: Final = 9
_REDIRECT_LOAD: Final = 20 * MILLISECOND
_REDIRECT_SILENCE: Final = _REDIRECT_LOAD << _REDIRECTS + 1


@define
class InetPeer:
    """The rate limits of errors and redirects to one destination (struct inet_peer)."""

    tokens: int = 0
    last: int = -60 * SECOND
    redirects: int = 0

    def allow(self, now: int, interval: int, burst: int = _BURST) -> bool:
        self.tokens = min(self.tokens + now - self.last, burst * interval)
        self.last = now
        if self.tokens < interval:
            return False
        self.tokens -= interval
        return True


class ErrHandler(Protocol):
    """The err_handler of struct net_protocol: a packet's error, and what it is about."""

    def err(self, packet: Packet, message: Icmp, about: Packet, device: Device, /) -> None: ...


class Icmp4:
    """The ICMP of one namespace."""

    #: By the protocol that an error is about (net_protocol.err_handler): called with the packet, its message, the
    #: packet that it is about, and the device that it came in by.
    err_protos: Mapping[int, Callable[[Netns], ErrHandler]]

    def __init__(self, ip: Ip4) -> None:
        self.namespace = ip.namespace
        self._ip = ip
        ip.icmp = self
        ip.routes.icmp_send = self.error
        #: Raw sockets, which get every message first (raw_local_deliver).
        self.raw_local_deliver: Callable[[Packet, Icmp, Device], None] | None = None
        self._peers: dict[IPv4, InetPeer] = {}
        #: icmp_xmit_lock: an ICMP packet is being sent, so errors about it are not reported.
        self._sending = False

    # --- incoming -----------------------------------------------------------------------------------------------

    def receive(self, skb: Skb, packet: Packet) -> None:
        message = packet.payload
        if not isinstance(message, Icmp):
            self.namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        if self.raw_local_deliver is not None:
            self.raw_local_deliver(packet, message, skb.iif or skb.device)
        if message.type == icmp.ECHO_REQUEST:
            self._echo(skb, packet, message)
        elif message.is_error:
            self._notify(skb, packet, message)
        elif message.type == icmp.ECHO_REPLY:
            self.namespace.delivered(skb, "ping")

    def _echo(self, skb: Skb, packet: Packet, message: Icmp) -> None:
        namespace = self.namespace
        get = namespace.sysctls.number
        if get("net/ipv4/icmp_echo_ignore_all"):
            namespace.drop(skb, skb.device, DropReason.ICMP_ECHO_IGNORED, "icmp_echo_ignore_all")
            return
        local = self._ip.routes.is_local(packet.destination, skb.device)
        if not local and get("net/ipv4/icmp_echo_ignore_broadcasts"):
            namespace.drop(skb, skb.device, DropReason.ICMP_ECHO_IGNORED, "icmp_echo_ignore_broadcasts")
            return
        namespace.delivered(skb, "the echo responder")
        source = packet.destination if local else None
        self._send(
            packet.source, message.echo_reply(), source, packet.tos, self.reply_mark(skb),
            oif=skb.device.l3mdev if local else skb.device, options=packet.options,
        )  # fmt: skip

    def reply_mark(self, skb: Skb) -> int:
        """IP4_REPLY_MARK: the mark of a reply without a socket."""
        return skb.mark if skb.mark and self.namespace.sysctls.number("net/ipv4/fwmark_reflect") else 0

    def _notify(self, skb: Skb, packet: Packet, message: Icmp) -> None:
        """icmp_unreach, icmp_redirect: an error about a packet of this host, for the route and for the socket."""
        about = message.quoted()
        namespace = self.namespace
        if about is None:
            namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        routes = self._ip.routes
        if message.type == icmp.DESTINATION_UNREACHABLE and message.code == icmp.FRAGMENTATION_NEEDED:
            believed = self._believed(message, about)
            if believed is None:
                namespace.drop(skb, skb.device, DropReason.NO_SOCKET, "ip_no_pmtu_disc")
                return
            message = believed
            routes.learn_mtu(about.destination, message.mtu, skb.device.l3mdev)
        elif message.type == icmp.REDIRECT:
            routes.learn_redirect(about.destination, message.gateway, packet.source, skb.iif or skb.device)
        namespace.delivered(skb, "the ICMP error handler")
        handler = self.err_protos.get(about.protocol)
        if handler is not None:
            handler(namespace).err(packet, message, about, skb.iif or skb.device)

    def _believed(self, message: Icmp, about: Packet) -> Icmp | None:
        """A FRAGMENTATION NEEDED error after ip_no_pmtu_disc; None: it is ignored.

        1: without its MTU; 2: ignored; 3: ignored unless about a protocol that validates it, as TCP.
        """
        level = self.namespace.sysctls.number("net/ipv4/ip_no_pmtu_disc")
        if level == 2 or (level == 3 and about.protocol != TCP):
            return None
        return message if level in (0, 3) else attrs.evolve(message, rest=message.rest & ~0xFFFF)

    # --- outgoing -----------------------------------------------------------------------------------------------

    def error(self, skb: Skb, packet: Packet, kind: int, code: int, rest: int = 0) -> None:
        """icmp_send: report to the sender of `packet`, unless RFC 1122 (3.2.2) forbids it."""
        if self._sending or not self._may_report(skb, packet):
            return
        if packet.source and not self._allowed(packet.source, kind, code):
            self.namespace.drop(skb, skb.device, DropReason.ICMP_RATELIMIT)
            return
        local = self._ip.routes.is_local(packet.destination, skb.device)
        tos = packet.tos & 0x1E | 0xC0
        source = packet.destination if local else self._own_address(skb.device, packet.source)
        self._send(
            packet.source, icmp.error(kind, code, packet, rest), source, tos, self.reply_mark(skb),
            oif=skb.device.l3mdev, about=skb,
        )  # fmt: skip

    def unroutable(self, skb: Skb, packet: Packet, code: int) -> None:
        """ip_error: there is no route; it has a rate limit of its own, besides that of `error`."""
        peer = self._peers.setdefault(packet.source, InetPeer())
        now = self.namespace.host.engine.now()
        peer.tokens = min(peer.tokens + now - peer.last, _ERROR_BURST)
        peer.last = now
        if peer.tokens < _ERROR_COST:
            self.namespace.drop(skb, skb.device, DropReason.ICMP_RATELIMIT)
            return
        peer.tokens -= _ERROR_COST
        self.error(skb, packet, icmp.DESTINATION_UNREACHABLE, code)

    def redirect(self, skb: Skb, packet: Packet, gateway: IPv4) -> None:
        """ip_rt_send_redirect: at most nine to a host that ignores them, at growing intervals.

        One about a translated connection would not get through OUTPUT (nf_nat_icmp_reply_translation).
        """
        if not self._redirects(skb.device):
            return
        peer = self._peers.setdefault(packet.source, InetPeer())
        now = self.namespace.host.engine.now()
        if now > peer.last + _REDIRECT_SILENCE:
            peer.tokens = peer.redirects = 0
        if peer.redirects >= _REDIRECTS:
            peer.last = now
            return
        if peer.redirects == 0 or now > peer.last + (_REDIRECT_LOAD << peer.redirects):
            peer.redirects += 1
            peer.last = now
            if self._may_report(skb, packet) and not is_translated(skb.connection):
                message = icmp.error(icmp.REDIRECT, icmp.REDIRECT_HOST, packet, gateway)
                own = self._own_address(skb.device, packet.source)
                self._send(packet.source, message, own, 0xC0, self.reply_mark(skb), oif=skb.device.l3mdev)

    def _may_report(self, skb: Skb, packet: Packet) -> bool:
        if packet.fragment_offset:
            return False
        if skb.frame.destination >> 40 & 1 or self._ip.routes.is_group(packet.destination, skb.device):
            return False
        if packet.source.is_multicast:
            return False
        inner = packet.payload
        return not (packet.protocol == ICMP and isinstance(inner, Icmp) and inner.is_error)

    def _allowed(self, destination: IPv4, kind: int, code: int) -> bool:
        """icmpv4_mask_allow and icmpv4_xrlim_allow: no limit for path MTU discovery and for this host itself."""
        sysctls = self.namespace.sysctls
        if (kind, code) == (icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED):
            return True
        if not sysctls.number("net/ipv4/icmp_ratemask") >> kind & 1:
            return True
        if self._ip.routes.is_local(destination):
            return True
        interval = sysctls.number("net/ipv4/icmp_ratelimit") * 1_000_000
        peer = self._peers.setdefault(destination, InetPeer())
        return interval == 0 or peer.allow(self.namespace.host.engine.now(), interval)

    def _redirects(self, device: Device) -> bool:
        conf = self.namespace.sysctls.conf4
        return bool(device.ip.conf["send_redirects"] or conf["all"]["send_redirects"])

    def _own_address(self, device: Device, towards: IPv4) -> IPv4 | None:
        """An address of the ingress device, or None: that of the route to the sender."""
        if self.namespace.sysctls.number("net/ipv4/icmp_errors_use_inbound_ifaddr"):
            return self._ip.inet.select_address(device, towards)
        return None

    def _send(
        self, destination: IPv4, message: Icmp, source: IPv4 | None, tos: int, mark: int, *,
        oif: Device | None = None, options: bytes = b"", about: Skb | None = None,
    ) -> None:  # fmt: skip
        ip = self._ip
        try:
            route = ip.routes.route_output(destination, source, oif, mark, tos & 0x1E, Transport(ICMP))
        except KernelError:
            return
        own = source or route.source
        packet = Packet(
            # Without a destination: to this host itself.
            own, destination or own, ICMP, message, route.hoplimit or ip.default_ttl, ip.next_identification(),
            False, False, 0, tos, options, 20 + len(options) + message.length,
        )  # fmt: skip
        self._sending = True
        ip.send(recorded(packet, packet.source) if options else packet, route, mark, about=about)
        self._sending = False
