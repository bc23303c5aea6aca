"""Neighbour Discovery in one namespace (RFC 4861, net/ipv6/ndisc.c): solicitations, advertisements and redirects.

The states of neighbours are protocols.neighbour's, their timer and their waiting packets kernel.neigh.neighbour'.  Not
modelled: router advertisements (hosts accept none, and routers send none), a proxy's forwarding of what is
meant for itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.kernel.ipv6.mcast import ALL_NODES, has_anycast, is_solicited_node, solicited_node
from vnetsim.kernel.neigh.neighbour import CENTISECOND, Neighbours, Solicit
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.protocols.neighbour_entry import VALID, NudState
from vnetsim.wire import icmpv6
from vnetsim.wire.icmpv6 import HOP_LIMIT, NONCE, OVERRIDE, PROTOCOL, ROUTER, SOLICITED, Icmpv6
from vnetsim.wire.inet import ANY6, IPv6, Prefix
from vnetsim.wire.ipv6 import Packet
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.ip6 import Ip6
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.inetdevice import Ifa6
    from vnetsim.kernel.netdev.net_namespace import Netns


class Ndisc(Neighbours):
    """The Neighbour Discovery of one namespace; Ip6 sets `ip6`, Addrconf `dad_failure`."""

    ip6: Ip6
    dad_failure: Callable[[Device, Ifa6], None]

    def __init__(self, namespace: Netns) -> None:
        super().__init__(namespace, "ipv6")

    # --- solicitations ------------------------------------------------------------------------------------------

    def _solicit(self, solicit: Solicit) -> None:
        """ndisc_solicit: from the packet's source if the device has it, else from the link-local address."""
        device = self.namespace.by_index.get(solicit.index)
        if device is None or not device.up:
            return
        target = IPv6(solicit.address)
        source = self._solicit_source(device, solicit.about)
        if source is None:
            return
        message = Icmpv6.neighbor_solicitation(target, device.mac)
        self.send(device, source, solicited_node(target) if solicit.unicast_to is None else target, message)

    def _solicit_source(self, device: Device, about: Skb | None) -> IPv6 | None:
        packet = None if about is None else about.frame.payload
        if isinstance(packet, Packet) and self.ip6.routes.has_on(device, packet.source):
            return packet.source
        return link_local_of(device)

    def send_dad_probe(self, device: Device, ifa: Ifa6) -> None:
        """The solicitation of duplicate address detection (RFC 4862, 5.4)."""
        plain = Icmpv6.neighbor_solicitation(ifa.address, None)
        # With a nonce, so that a looped-back solicitation is recognised (RFC 7527).
        nonce = bytes((NONCE, 1)) + ifa.nonce if self._is_on(device, "enhanced_dad") else b""
        question = Icmpv6.build(plain.type, plain.code, plain.rest, plain.data + nonce)
        self.send(device, ANY6, solicited_node(ifa.address), question)

    def _is_on(self, device: Device, setting: str) -> bool:
        """Whether a setting is on for the device or for all."""
        return bool(device.ip6.conf[setting] or self.namespace.sysctls.conf6["all"][setting])

    def send(self, device: Device, source: IPv6, destination: IPv6, message: Icmpv6) -> None:
        """ndisc_send_skb: by this device, without a route lookup."""
        traffic_class = device.ip6.conf["ndisc_tclass"]
        packet = Packet.build(source, destination, PROTOCOL, message, hop_limit=HOP_LIMIT, traffic_class=traffic_class)
        self.ip6.send_by(device, packet)

    # --- input ------------------------------------------------------------------------------------------------

    def receive(self, skb: Skb, packet: Packet, message: Icmpv6) -> None:
        """ndisc_rcv: packets from beyond the link are dropped."""
        if packet.hop_limit != HOP_LIMIT or message.code:
            self.namespace.drop(skb, skb.device, DropReason.IP_INHDR, "Neighbor Discovery from beyond the link")
            return
        self.namespace.delivered(skb, "Neighbor Discovery")
        match message.type:
            case icmpv6.NEIGHBOR_SOLICITATION:
                self._recv_ns(skb, packet, message)
            case icmpv6.NEIGHBOR_ADVERTISEMENT:
                self._recv_na(skb, packet, message)
            case icmpv6.ROUTER_SOLICITATION:
                self._recv_rs(skb, packet, message)
            case icmpv6.REDIRECT:
                self._recv_redirect(skb, packet, message)

    def _recv_ns(self, skb: Skb, packet: Packet, message: Icmpv6) -> None:
        """ndisc_recv_ns."""
        device, target = skb.device, message.target
        duplicate_check = not packet.source
        if target is None or target.is_multicast:
            return
        if duplicate_check and (not is_solicited_node(packet.destination) or message.link_layer_address is not None):
            return
        own = next((ifa for ifa in device.ip6.addresses if ifa.address == target), None)
        if own is not None and own.tentative:
            if duplicate_check and _nonce(message) != own.nonce:
                self.dad_failure(device, own)
            return
        if own is None and not self._is_proxy(device, target):
            return
        if own is None and packet.destination.is_multicast:
            longest = self.namespace.sysctls.neigh("ipv6", device.name)["proxy_delay"] * CENTISECOND
            delay = self.namespace.host.random.randrange(max(1, longest))
            self.namespace.host.engine.after(delay, self._answer, device, packet, message, None)
            return
        self._answer(device, packet, message, own)

    def _is_proxy(self, device: Device, target: IPv6) -> bool:
        """Whether a target is an anycast address of this router, or one that it is a proxy of."""
        if has_anycast(device, target):
            return True
        proxies = self._is_on(device, "proxy_ndp")
        return bool(device.ip6.conf["forwarding"] and proxies) and (device.index, target) in self.proxies

    def _answer(self, device: Device, packet: Packet, message: Icmpv6, own: Ifa6 | None) -> None:
        target = message.target
        assert target is not None
        multicast = packet.destination.is_multicast
        if not packet.source:
            self._advertise(device, ALL_NODES, target, OVERRIDE if own else 0, with_mac=True)
            return
        mac = message.link_layer_address
        create = not multicast or mac is not None
        self._update(device, packet.source, mac, NudState.STALE, override=True, create=create)
        if create or (device.index, packet.source) in self.entries:
            flags = SOLICITED | (OVERRIDE if own is not None and multicast else 0)
            self._advertise(device, packet.source, target, flags, with_mac=multicast)

    def _is_router(self, device: Device, target: IPv6) -> bool:
        """Not for targets that this host is a proxy of."""
        return bool(device.ip6.conf["forwarding"]) and (device.index, target) not in self.proxies

    def _advertise(self, device: Device, destination: IPv6, target: IPv6, flags: int, *, with_mac: bool) -> None:
        """ndisc_send_na."""
        routes = self.ip6.routes
        source = target if routes.has_on(device, target) else routes.select_source(device, destination)
        if source is None:
            return
        flags |= ROUTER if self._is_router(device, target) else 0
        with_mac = with_mac or bool(device.ip6.conf["force_tllao"])
        answer = Icmpv6.neighbor_advertisement(target, device.mac if with_mac else None, flags)
        self.send(device, source, destination, answer)

    def notifies(self, device: Device) -> bool:
        """ndisc_notify: whether a device sends unsolicited advertisements."""
        return self._is_on(device, "ndisc_notify")

    netdev_events: ClassVar = (NetdevEvent.CHANGEADDR, NetdevEvent.NOTIFY_PEERS)

    def netdev_event(self, event: NetdevEvent, device: Device, _before: Before) -> None:
        """ndisc_netdev_event; Addrconf handles the others."""
        if event is NetdevEvent.CHANGEADDR:
            self.device_down(device)
            self.notify(device)
        elif event is NetdevEvent.NOTIFY_PEERS:
            self._announce_all(device)

    def notify(self, device: Device) -> None:
        """ndisc_send_unsol_na: the device's link-layer address has changed."""
        if self.notifies(device):
            self._announce_all(device)

    def _announce_all(self, device: Device) -> None:
        for ifa in device.ip6.addresses if device.active else ():
            if not ifa.tentative:
                self.announce(device, ifa)

    def announce(self, device: Device, ifa: Ifa6) -> None:
        self._advertise(device, ALL_NODES, ifa.address, OVERRIDE, with_mac=True)

    def _recv_na(self, skb: Skb, packet: Packet, message: Icmpv6) -> None:
        """ndisc_recv_na."""
        device, target = skb.device, message.target
        if target is None or target.is_multicast or (packet.destination.is_multicast and message.rest & SOLICITED):
            return
        own = next((ifa for ifa in device.ip6.addresses if ifa.address == target), None)
        if own is not None:
            if own.tentative:
                self.dad_failure(device, own)
            return
        solicited = bool(message.rest & SOLICITED)
        if not solicited and device.ip6.conf["drop_unsolicited_na"]:
            return
        known = self.entries.get((device.index, target))
        create = known is None and self._accepts_untracked(device, packet, message)
        if not create and (known is None or known.state is NudState.FAILED):
            return
        self._update(
            device,
            target,
            message.link_layer_address,
            NudState.REACHABLE if solicited and not create else NudState.STALE,
            override=bool(message.rest & OVERRIDE),
            router=bool(message.rest & ROUTER),
            create=create,
        )

    def _accepts_untracked(self, device: Device, packet: Packet, message: Icmpv6) -> bool:
        """accept_untracked_na: a router learns from unsolicited advertisements (RFC 9131); 2: of its own subnets."""
        if message.link_layer_address is None or not device.ip6.conf["forwarding"]:
            return False
        level = device.ip6.conf["accept_untracked_na"]
        if level == 2:
            return any(packet.source in Prefix.of(ifa.address, ifa.length) for ifa in device.ip6.addresses)
        return level == 1

    def _recv_rs(self, skb: Skb, packet: Packet, message: Icmpv6) -> None:
        """ndisc_recv_rs: a router learns the sender, even if it has nothing to advertise."""
        if skb.device.ip6.conf["forwarding"] and packet.source and message.link_layer_address is not None:
            self._update(
                skb.device, packet.source, message.link_layer_address, NudState.STALE, override=True, router=False,
                create=True,
            )  # fmt: skip

    def _update(
        self, device: Device, address: IPv6, mac: Mac | None, state: NudState, *, override: bool,
        router: bool | None = None, create: bool,
    ) -> None:  # fmt: skip
        """ndisc_update."""
        known = self.entries.get((device.index, address))
        if mac is None and (known is None or known.state not in VALID):
            return
        now = self.namespace.host.engine.now()
        self.carry_out(
            self.table.update(
                device.index, address, mac, state, now, override=override, weak_override=True, create=create,
                router=router,
            )
        )  # fmt: skip

    # --- redirects ------------------------------------------------------------------------------------------------

    def redirect(self, skb: Skb, packet: Packet, target: IPv6) -> None:
        """ndisc_send_redirect: `target` is a better next hop for the sender of `packet`."""
        device = skb.device
        source = link_local_of(device)
        if source is None or (target != packet.destination and not target.is_link_local):
            return
        known = self.entries.get((device.index, target))
        mac = None if known is None else known.known_mac
        self.send(device, source, packet.source, Icmpv6.redirect(target, mac, packet))

    def _recv_redirect(self, skb: Skb, packet: Packet, message: Icmpv6) -> None:
        """ndisc_redirect_rcv, rt6_do_redirect."""
        device, target = skb.device, message.target
        if target is None or len(message.data) < 32 or not packet.source.is_link_local:
            return
        destination = IPv6.from_bytes(message.data[16:32], "big")
        on_link = destination == target
        if destination.is_multicast or (not on_link and not target.is_link_local):
            return
        if device.ip6.conf["forwarding"] or not device.ip6.conf["accept_redirects"]:
            return
        if self.ip6.routes.learn_redirect(destination, target, packet.source, device):
            router = None if on_link else True
            self._update(
                device, target, message.link_layer_address, NudState.STALE, override=True, router=router, create=True
            )


def link_local_of(device: Device) -> IPv6 | None:
    """The device's link-local address, once it may be used (ipv6_get_lladdr)."""
    return next((ifa.address for ifa in device.ip6.addresses if ifa.address.is_link_local and not ifa.tentative), None)


def _nonce(message: Icmpv6) -> bytes | None:
    return next((body for kind, body in message.options() if kind == NONCE), None)
