"""ARP in one namespace (net/ipv4/arp.c): requests, replies, and learning.

The states of neighbours are in protocols.neighbour, their timer and their waiting packets in kernel.neigh.neighbour;
this module has the frames and the policies (arp_ignore, arp_announce, arp_accept, arp_notify, arp_filter, proxy_arp).

Not modelled: proxy_arp_pvlan, media ids.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.kernel.neigh.neighbour import CENTISECOND, Neighbours, Solicit
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.ethernet import ARP, Frame
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import BROADCAST, Mac

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.devinet import InetDevices
    from vnetsim.kernel.ipv4.route import Routes
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns


class Arp4(Neighbours):
    """The ARP of one namespace; Ip4 sets `routes`."""

    routes: Routes

    def __init__(self, namespace: Netns, inet: InetDevices) -> None:
        super().__init__(namespace, "ipv4")
        self._inet = inet
        inet.arp = self

    # --- requests -------------------------------------------------------------------------------------------------

    def _solicit(self, solicit: Solicit) -> None:
        """arp_solicit: with a source address by arp_announce."""
        device = self.namespace.by_index.get(solicit.index)
        if device is None or not device.up:
            return
        target = IPv4(solicit.address)
        source = self._announced(device, target, solicit.about)
        request = Arp.request(device.mac, source, target)
        self._send(device, request, BROADCAST if solicit.unicast_to is None else solicit.unicast_to)

    def _announced(self, device: Device, target: IPv4, about: Skb | None) -> IPv4:
        namespace = self.namespace
        announce = max(namespace.sysctls.conf4["all"]["arp_announce"], device.ip.conf["arp_announce"])
        if about is not None and announce < 2:
            packet = about.frame.payload
            assert isinstance(packet, Packet)
            if self.routes.is_local(packet.source, device) and (
                announce == 0 or self._inet.on_subnet(device, packet.source, target)
            ):
                return packet.source
        return self._inet.select_address(device, target) or IPv4(0)

    def _send(self, device: Device, packet: Arp, destination: Mac) -> None:
        skb = device.new_skb(Frame.build(destination, device.mac, ARP, packet))
        self.namespace.made(skb, device.name)
        hook = self.namespace.arp_hook
        if hook is None or hook(skb, device, "output"):
            device.transmit(skb)

    # --- input ------------------------------------------------------------------------------------------------

    def receive(self, skb: Skb) -> None:
        """arp_rcv, arp_process."""
        frame, device = skb.frame, skb.device
        namespace = self.namespace
        packet = frame.payload
        station = frame.destination
        if skb.is_other or (station != device.mac and not station >> 40 & 1 and not skb.is_host):
            namespace.drop(skb, device, DropReason.OTHERHOST)
            return
        if not isinstance(packet, Arp) or self._is_never_asked(device, packet.target_ip):
            namespace.drop(skb, device, DropReason.IP_INHDR)
            return
        if not device.arp or not device.has_arp:
            namespace.drop(skb, device, DropReason.UNHANDLED_PROTO)
            return
        if namespace.arp_hook is not None:
            if not namespace.arp_hook(skb, device, "input"):
                return
            packet = skb.frame.payload
            assert isinstance(packet, Arp)
        asked = packet.operation == ArpOperation.REQUEST and self._concerns(device, packet)
        if asked and self._answer(skb, device, packet):
            return
        if namespace.host.tracer is not None:
            namespace.delivered(skb, "ARP")
        if (device.index, packet.sender_ip) in self.entries or self._accepts(device, packet):
            self._learn(device, packet, unicast=not frame.destination >> 40 & 1)

    def _is_never_asked(self, device: Device, target: IPv4) -> bool:
        """No group is, nor a loopback address but by a device with route_localnet."""
        return target.is_multicast or (target.is_loopback and not self.routes.in_dev_orconf(device, "route_localnet"))

    def _concerns(self, device: Device, packet: Arp) -> bool:
        """Whether a request may be one to answer: most of those that a bridge floods are not."""
        if not packet.sender_ip or self._inet.fib.may_be_local(packet.target_ip):
            return True
        return bool(device.ip.conf["forwarding"]) and self._may_be_proxy(device, packet)

    def _answer(self, skb: Skb, device: Device, packet: Arp) -> bool:
        """Reply to a request for an address of this host, or one that it is a proxy for; True if that is all."""
        namespace = self.namespace
        routes = self.routes
        if not packet.sender_ip:
            if routes.is_local(packet.target_ip, device) and not self._ignores(device, packet):
                self._reply(skb, device, packet)
            return True
        kind = routes.arp_kind(packet.target_ip, packet.sender_ip, device)
        if kind is None and routes.is_local(packet.target_ip, device):
            namespace.drop(skb, device, routes.source_reason(device))
            routes.log_martian(skb, packet.sender_ip, packet.target_ip)
            if (device.index, packet.sender_ip) in self.entries or self._accepts(device, packet):
                self._learn(device, packet, unicast=not skb.frame.destination >> 40 & 1)
            return True
        if kind == "local":
            suppressor = self._suppressor(device, packet)
            if suppressor:
                namespace.drop(skb, device, DropReason.ARP_IGNORED, suppressor)
            else:
                self._learn_requester(device, packet)
                self._reply(skb, device, packet)
            return True
        if kind == "unicast" and self._is_proxy(device, packet):
            self._learn_requester(device, packet)
            delay = namespace.sysctls.neigh("ipv4", device.name)["proxy_delay"] * CENTISECOND
            namespace.host.engine.after(
                namespace.host.random.randrange(max(1, delay)), self._reply, skb, device, packet
            )
            return True
        return False

    def _reply(self, skb: Skb, device: Device, packet: Arp) -> None:
        self.namespace.delivered(skb, "ARP, which answers")
        self._send(device, packet.answer(device.mac), packet.sender_mac)

    def _learn_requester(self, device: Device, packet: Arp) -> None:
        now = self.namespace.host.engine.now()
        self.carry_out(self.table.solicited_by(device.index, packet.sender_ip, packet.sender_mac, now))

    def _learn(self, device: Device, packet: Arp, *, unicast: bool) -> None:
        namespace = self.namespace
        every = namespace.sysctls.conf4["all"]
        gratuitous = packet.sender_ip == packet.target_ip
        if gratuitous and (every["drop_gratuitous_arp"] or device.ip.conf["drop_gratuitous_arp"]):
            return
        create = self._accepts(device, packet) and self.routes.is_unicast(packet.sender_ip, device)
        self.carry_out(
            self.table.heard(
                device.index, packet.sender_ip, packet.sender_mac, namespace.host.engine.now(),
                reply=packet.operation == ArpOperation.REPLY, unicast=unicast, gratuitous=gratuitous, create=create,
            )
        )  # fmt: skip

    def _accepts(self, device: Device, packet: Arp) -> bool:
        """arp_accept: 1 learn neighbours from unsolicited packets, 2 only those of the device's own subnets."""
        level, own = self.namespace.sysctls.conf4["all"]["arp_accept"], device.ip.conf["arp_accept"]
        level = own if own > level else level
        if level == 2:
            return any(packet.sender_ip in ifa.network for ifa in device.ip.addresses)
        return level == 1

    # --- policy -------------------------------------------------------------------------------------------------

    def _suppressor(self, device: Device, packet: Arp) -> str:
        """The sysctl that suppresses the reply for an address of this host; "" if none does."""
        if self._ignores(device, packet):
            return "arp_ignore"
        return "arp_filter" if self._filters(device, packet) else ""

    def _ignores(self, device: Device, packet: Arp) -> bool:
        """arp_ignore: 0 answer for any local address, 1 only on its own device, 2 only to its subnet too,
        3 not for those of scope host without route_localnet, 8 never."""
        namespace = self.namespace
        level = max(namespace.sysctls.conf4["all"]["arp_ignore"], device.ip.conf["arp_ignore"])
        if level == 0:
            return False
        own = next((ifa for ifa in device.ip.addresses if ifa.local == packet.target_ip), None)
        if level in (1, 2):
            return own is None or (level == 2 and packet.sender_ip not in own.network)
        if level == 3:
            return own is not None and own.scope >= 254 and not self.routes.in_dev_orconf(device, "route_localnet")
        return level == 8

    def _filters(self, device: Device, packet: Arp) -> bool:
        """arp_filter: answer only where a packet to the sender would leave by the same device."""
        conf = self.namespace.sysctls.conf4["all"]["arp_filter"] or device.ip.conf["arp_filter"]
        return bool(conf) and self.routes.device_towards(packet.sender_ip, packet.target_ip) is not device

    def _is_proxy(self, device: Device, packet: Arp) -> bool:
        """arp_fwd_proxy, pneigh_lookup: the route to the target leaves by another device than the request came by."""
        if not self._may_be_proxy(device, packet):
            return False
        towards = self.routes.device_towards(packet.target_ip, packet.sender_ip)
        return towards is not None and towards is not device

    def _may_be_proxy(self, device: Device, packet: Arp) -> bool:
        """Whether proxy entries or sysctls allow it, whatever the route."""
        conf = device.ip.conf
        if not conf["forwarding"]:
            return False
        asked = (device.index, packet.target_ip) in self.proxies
        return bool(asked or self.namespace.sysctls.conf4["all"]["proxy_arp"] or conf["proxy_arp"])

    # --- events -------------------------------------------------------------------------------------------------

    netdev_events: ClassVar = (
        NetdevEvent.DOWN, NetdevEvent.UNREGISTER, NetdevEvent.CHANGEADDR, NetdevEvent.UP, NetdevEvent.NOTIFY_PEERS,
        NetdevEvent.CHANGE,
    )  # fmt: skip

    def netdev_event(self, event: NetdevEvent, device: Device, _before: Before) -> None:
        """arp_netdev_event, and what devinet and fib_frontend call of ARP."""
        if event in (NetdevEvent.DOWN, NetdevEvent.UNREGISTER, NetdevEvent.CHANGEADDR):
            self.device_down(device)
        if event in (NetdevEvent.UP, NetdevEvent.CHANGEADDR):
            self.notify(device)
        elif event is NetdevEvent.NOTIFY_PEERS:
            self._announce(device)
        elif event is NetdevEvent.CHANGE and not device.carrier:
            self.carrier_lost(device)

    def carrier_lost(self, device: Device) -> None:
        if device.ip.conf["arp_evict_nocarrier"] and self.namespace.sysctls.conf4["all"]["arp_evict_nocarrier"]:
            super().carrier_lost(device)

    def notify(self, device: Device) -> None:
        """arp_notify: the device came up, or its MAC address changed."""
        if device.ip.conf["arp_notify"] or self.namespace.sysctls.conf4["all"]["arp_notify"]:
            self._announce(device)

    def _announce(self, device: Device) -> None:
        """inetdev_send_gratuitous_arp"""
        for ifa in device.ip.addresses if device.has_arp and device.arp else ():
            self._send(device, Arp.request(device.mac, ifa.local, ifa.local), BROADCAST)
