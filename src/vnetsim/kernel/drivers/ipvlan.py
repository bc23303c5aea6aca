"""Several stations with one link-layer address (drivers/net/ipvlan): children of a device, distinguished by IP address.

Modes are of the device below and all its children: `l2` (frames leave as the child makes them), `l3` (the network
below routes what a child sends; children have no ARP and no multicast) and `l3s` (received packets pass the hooks of
the network below, too).  Flags: `bridge` (children speak with each other directly), `private` (never), `vepa` (by
the wire).  Not modelled: ipvtap, and of l3s that a child's own INPUT chain is skipped.  Follows Linux's
source; no recording of a real machine is behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.drivers.stacked import LowerPort, PortChild
from vnetsim.kernel.ipv6.netns import inet_net
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.icmpv6 import NEIGHBOR_SOLICITATION, Icmpv6
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_FLAGS: Final = ("private", "vepa", "bridge")


class IpvlanPort(LowerPort["Ipvlan"]):
    """What children of one device share (struct ipvl_port)."""

    def __init__(self, lower: Device) -> None:
        super().__init__(lower)
        self.mode = "l3"
        self.flag = "bridge"

    def set_mode(self, mode: str) -> None:
        """ipvlan_set_port_mode: only in mode l2 children use ARP."""
        if mode == self.mode:
            return
        self.mode = mode
        for child in self.children:
            child.arp = mode == "l2"

    def new_number(self) -> int:
        """The lowest free dev_id, which makes a child's link-local address unique."""
        used = {child.dev_id for child in self.children}
        return next(number for number in range(1, 0xFFFE) if number not in used)

    def owner(self, address: Address | None) -> Ipvlan | None:
        """ipvlan_ht_addr_lookup: the child that is up and has the address."""
        return next((child for child in self.children if child.up and child.has(address)), None)

    # --- frames -----------------------------------------------------------------------------------------------------

    def receive(self, skb: Skb) -> None:
        """ipvlan_handle_frame: what came in by the device below."""
        frame = skb.frame
        if self.mode == "l2" and frame.destination >> 40 & 1:
            if frame.source != self.lower.mac or self.owner(_source(frame)) is None:
                copy = skb.clone()
                copy.scrub()
                self.lower.queue(self._distribute, copy)
            self.lower.pass_up(skb)
            return
        child = self.owner(_destination(frame))
        if child is None:
            self.lower.pass_up(skb)
        elif self.mode != "l3s" or self._passes_rules(skb):
            child.receive(skb)

    def _passes_rules(self, skb: Skb) -> bool:
        """ipvlan_l3_rcv, ipvlan_nf_input: the network below sees the packet come in, as if it were its own."""
        netfilter, payload = inet_net(self.lower).netfilter, skb.frame.payload
        active = netfilter.active if isinstance(payload, Packet) else netfilter.active6
        return not active or all(netfilter.run(hook, skb, self.lower, None) for hook in ("PREROUTING", "INPUT"))

    def _distribute(self, skb: Skb) -> None:
        self.spread(skb, None)

    def spread(self, skb: Skb, sender: Ipvlan | None) -> None:
        """ipvlan_process_multicast: a copy for every child that listens."""
        for child in self.children:
            if child is not sender and child.up and child.listens(skb.frame.destination):
                child.rx_multicast += 1
                child.arrive(skb.clone())


class Ipvlan(PortChild):
    port_below: IpvlanPort
    kind: str | None = "ipvlan"
    repeats_announcements: ClassVar[bool] = False

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: Netns) -> Ipvlan:
        """ipvlan_link_new: KernelError as the kernel's; a child of a child becomes its sibling."""
        if request.link is None:
            raise KernelError(Errno.EINVAL)
        lower = origin.device(request.link)
        if isinstance(lower, Ipvlan):
            lower = lower.lower
        port = IpvlanPort.of(lower)
        try:
            child = cls(namespace.new_name(request.name, "ipvlan%d"), port)
            namespace.register(child, request.index)
        except KernelError:
            port.leave_if_empty()
            raise
        child.mtu = lower.mtu if request.mtu is None else request.mtu
        child.link()
        child.configure({"mode": "l3", **request.options})
        return child

    def __init__(self, name: str, port: IpvlanPort) -> None:
        super().__init__(name, port.lower.mac, port.lower)
        self.port_below = port
        self.dev_id = port.new_number()
        self.carrier = port.lower.carrier
        self.carrier_changes = 0

    def link(self) -> None:
        """Unlike macvlans and VLANs it is no news: with a carrier from the start its state stays unknown."""
        self.lower.link_upper(self)
        self.port_below.children.append(self)
        if not self.carrier:
            self.update_operstate()

    def configure(self, options: Mapping[str, str | int]) -> None:
        """ipvlan_nl_changelink: for all children of the device below."""
        self.port_below.set_mode(str(options.get("mode", self.port_below.mode)))
        flag = options.get("flag") or next((flag for flag in _FLAGS if flag in options), None)
        self.port_below.flag = str(flag or self.port_below.flag)

    # --- addresses --------------------------------------------------------------------------------------------------

    def has(self, address: Address | None) -> bool:
        if isinstance(address, IPv4):
            return any(ifa.local == address for ifa in self.ip.addresses)
        return any(ifa.address == address for ifa in self.ip6.addresses)

    def check_address(self, address: Address) -> None:
        """ipvlan_addr4_validator_event: siblings cannot have the same address."""
        if any(child.has(address) for child in self.port_below.children):
            raise KernelError(Errno.EADDRINUSE, "Address already assigned to an ipvlan device")

    # --- frames -----------------------------------------------------------------------------------------------------

    def _xmit(self, skb: Skb) -> Errno | None:
        """ipvlan_start_xmit"""
        length = skb.frame.length
        failed = self._xmit_l2(skb) if self.port_below.mode == "l2" else self._xmit_l3(skb)
        return self.count_sent(length, failed)

    def _xmit_l2(self, skb: Skb) -> Errno | None:
        frame, port = skb.frame, self.port_below
        if port.flag != "vepa" and frame.destination == frame.source:
            if (other := port.owner(_destination(frame))) is not None:
                return self._receive_by(skb, other)
            skb.scrub()
            self.queue(self.lower.receive, skb)
            return None
        if frame.destination >> 40 & 1:
            skb.scrub()
            self.queue(self._spread, skb)
            return None
        return self.lower.transmit(skb)

    def _spread(self, skb: Skb) -> None:
        self.port_below.spread(skb, self)
        self.lower.transmit(skb)

    def _receive_by(self, skb: Skb, other: Ipvlan) -> Errno | None:
        if self.port_below.flag == "private":
            self.namespace.drop(skb, self, DropReason.BRIDGE_PORT_POLICY, "ipvlan private")
            return Errno.ENOBUFS
        if other.up:
            other.arrive(skb)
        else:
            other.namespace.drop(skb, other, DropReason.DEV_READY)
        return None

    def _xmit_l3(self, skb: Skb) -> Errno | None:
        port = self.port_below
        if port.flag != "vepa" and (other := port.owner(_destination(skb.frame))) is not None:
            return self._receive_by(skb, other)
        skb.scrub()
        if skb.frame.destination >> 40 & 1:
            self.namespace.drop(skb, self, DropReason.UNHANDLED_PROTO, "groups do not leave an ipvlan of layer 3")
            return Errno.ENOBUFS
        if not isinstance(skb.frame.payload, (Packet, ipv6.Packet)):
            self.namespace.drop(skb, self, DropReason.UNHANDLED_PROTO)
            return Errno.ENOBUFS
        return self._route_below(skb)

    def _route_below(self, skb: Skb) -> Errno | None:
        """ipvlan_process_outbound: as if the network below had made the packet."""
        below, packet = inet_net(self.lower), skb.frame.payload
        try:
            if isinstance(packet, ipv6.Packet):
                route6 = below.ip6.routes.route_output(packet.destination, packet.source, self.lower, skb.mark)
                failed = below.ip6.send_skb(skb, route6)
            else:
                assert isinstance(packet, Packet)
                routes = below.ip.routes
                route = routes.route_output(packet.destination, packet.source, self.lower, skb.mark, packet.tos)
                failed = below.ip.send_skb(skb, route)
        except KernelError:
            below.drop(skb, self.lower, DropReason.IP_INNOROUTES)
            failed = Errno.ENOBUFS
        if failed is None:
            return None
        self.tx_errors += 1
        return Errno.ENOBUFS

    # --- state ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        self.arp = self.port_below.mode == "l2"
        self.lower.add_filter(self.lower.mac)

    def stop(self) -> None:
        self.lower.delete_filter(self.lower.mac)

    def change_mtu(self, mtu: int) -> None:
        self.mtu = mtu

    def lower_mtu_changed(self) -> None:
        """ipvlan_adjust_mtu"""
        self.set_mtu(self.lower.mtu)

    def change_mac(self, mac: Mac) -> None:
        """KernelError(EOPNOTSUPP): its address is that of the device below."""
        del mac
        raise KernelError(Errno.EOPNOTSUPP)

    def lower_mac_changed(self, old: Mac) -> None:
        self.lower.filters = tuple(self.lower.mac if mac == old else mac for mac in self.lower.filters)
        self.mac = self.lower.mac
        self.mac_changed(old)

    def details(self) -> Mapping[str, str | int]:
        return {"mode": self.port_below.mode, self.port_below.flag: 1, "tso_max_size": self.tso_max_size}


def _destination(frame: Frame) -> Address | None:
    """ipvlan_addr_lookup: the packet's destination, or the target of ARP or DAD."""
    packet = frame.payload
    if isinstance(packet, Packet):
        return packet.destination
    if isinstance(packet, ipv6.Packet):
        message = packet.payload
        if not packet.source and isinstance(message, Icmpv6) and message.type == NEIGHBOR_SOLICITATION:
            return message.target
        return packet.destination
    return packet.target_ip if isinstance(packet, Arp) else None


def _source(frame: Frame) -> Address | None:
    packet = frame.payload
    if isinstance(packet, (Packet, ipv6.Packet)):
        return packet.source
    return packet.sender_ip if isinstance(packet, Arp) else None
