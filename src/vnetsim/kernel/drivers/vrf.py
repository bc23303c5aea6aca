"""Virtual routing and forwarding: devices whose IPv4 and IPv6 routes are in a table of their own (drivers/net/vrf.c).

    Vrf.add_slave(device)      its routes move into the VRF's table; it goes down and up again
    Vrf.l3_rcv(skb)            an incoming packet belongs to the VRF from here on (vrf_l3_rcv), l3_rcv6 of IPv6
    Vrf.transmit(skb)          a packet of another table goes on by the VRF's routes, or to this host (vrf_xmit)

A device finds its VRF by `l3mdev`, the rule `l3mdev` of kernel.fib.rules its table.  Packets that this host sends by a
slave pass OUTPUT and POSTROUTING for the VRF first, untracked, and packet sockets on it see them (vrf_ip_out_direct).

Recorded on Linux 6.18.  Not modelled: queueing disciplines of a VRF (packets would be redirected), strict_mode, that
IPv6 packets circle between a VRF without a route and the table that leads into it until their hop limit is over,
multicast by the VRF device, sockets of IPv6 in a VRF.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.rules import L3MDEV_PRIORITY
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.notifier import NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.operations import AddPolicyRule
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, IPV4
from vnetsim.wire.icmpv6 import REDIRECT, ROUTER_SOLICITATION, Icmpv6
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.operations import AddLink


class Vrf(Device):
    kind: str | None = "vrf"
    min_mtu: int = 1280
    max_mtu: int = 65575
    default_mtu: ClassVar[int] = 65575
    has_arp: ClassVar[bool] = False
    netns_immutable: ClassVar[bool] = True
    flags_base: tuple[str, ...] = ("NOARP", "MASTER")

    namespace: InetNetns

    @classmethod
    def make(cls, namespace: InetNetns, request: AddLink, _origin: InetNetns) -> Vrf:
        """vrf_newlink: the first VRF of a namespace adds the rule that looks its table up."""
        table = int(request.options.get("table", 0))
        if "table" not in request.options:
            raise KernelError(Errno.EINVAL, "VRF table id is missing")
        if not table:
            raise KernelError(Errno.EINVAL, "Invalid VRF table id")
        device = cls(namespace.new_name(request.name, "vrf%d"), request.mac or namespace.host.random_mac(), table)
        namespace.register(device, request.index)
        for fib in (namespace.inet.fib, namespace.inet.fib6):
            fib.new_table(table)
            if not fib.rules.has_l3mdev:
                fib.rules.add(AddPolicyRule(version=fib.version, priority=L3MDEV_PRIORITY, l3mdev=True, origin=2))
            fib.touch()
        namespace.linkwatch.fire(device)
        return device

    def __init__(self, name: str, mac: Mac, table: int) -> None:
        super().__init__(name, mac)
        self.table = self.l3_table = table
        self.l3mdev = self
        self.slaves: tuple[Device, ...] = ()

    def details(self) -> Mapping[str, str | int]:
        return {"table": self.table, "tso_max_size": self.tso_max_size}

    def slave_details(self, device: Device) -> tuple[str, Mapping[str, str | int]] | None:
        del device
        return "vrf", {"table": self.table}

    # --- its slaves -------------------------------------------------------------------------------------------------

    def add_slave(self, device: Device) -> None:
        """vrf_add_slave"""
        if device.link_type == "loopback":
            raise KernelError(Errno.EOPNOTSUPP, "Can not enslave loopback device to a VRF")
        if isinstance(device, Vrf):
            raise KernelError(Errno.EINVAL, "Can not enslave an L3 master device to a VRF")
        if device.namespace is not self.namespace or device.is_below(self):
            raise KernelError(Errno.EINVAL)
        device.master = device.l3mdev = self
        device.l3_table = self.table
        self.slaves = (*self.slaves, device)
        self._cycle(device)

    def del_slave(self, device: Device) -> None:
        """vrf_del_slave"""
        self.slaves = tuple(known for known in self.slaves if known is not device)
        device.master = device.l3mdev = device.l3_table = None
        self._cycle(device)

    def _cycle(self, device: Device) -> None:
        """NETDEV_CHANGEUPPER flushes all routes by the device; then it goes down and up again (cycle_netdev)."""
        namespace = device.namespace
        namespace.call_netdevice_notifiers(NetdevEvent.CHANGEUPPER, device)
        if device.up:
            namespace.close(device)
            namespace.open(device)
        namespace.rt_cache_flush()

    def uninit(self) -> None:
        """vrf_dellink: its slaves lose it."""
        for device in self.slaves:
            self.del_slave(device)

    # --- packets ----------------------------------------------------------------------------------------------------

    def l3_rcv(self, skb: Skb) -> bool:
        """vrf_ip_rcv: PREROUTING once more, now for this device; False if the packet ends there."""
        skb.iif, skb.device = skb.iif or skb.device, self
        self._received(skb)
        netfilter = self.namespace.netfilter
        return not netfilter.active or netfilter.run4("PREROUTING", skb, self, None)

    def l3_rcv6(self, skb: Skb) -> bool:
        """vrf_ip6_rcv: PREROUTING once more, but for what is for a group or one link.  skb.device stays the slave."""
        packet: ipv6.Packet = skb.frame.payload  # type: ignore[assignment]
        if not self.is_neighbour_discovery(skb):
            if packet.destination.is_multicast or packet.destination.is_link_local:
                return True
            self._received(skb)
        netfilter = self.namespace.netfilter
        return not netfilter.active6 or netfilter.run("PREROUTING", skb, self, None)

    @staticmethod
    def is_neighbour_discovery(skb: Skb) -> bool:
        """ipv6_ndisc_frame: solicitations and advertisements of routers and neighbours, and redirects."""
        message = getattr(skb.frame.payload, "payload", None)
        return isinstance(message, Icmpv6) and ROUTER_SOLICITATION <= message.type <= REDIRECT

    def _received(self, skb: Skb) -> None:
        namespace = self.namespace
        skb.path, skb.dirty = None, True
        self.rx_packets += 1
        self.rx_bytes += skb.frame.length - HEADER_LENGTH
        if namespace.nit_active:
            namespace.received(skb, self)

    def l3_out(self, skb: Skb) -> bool:
        """vrf_ip_out_direct: the hooks of packets of this host, which are not tracked here; False if it ends there."""
        namespace = self.namespace
        skb.path = None
        netfilter = namespace.netfilter
        if netfilter.active and skb.frame.ethertype == IPV4:
            tracked, skb.ctstate, skb.dirty = skb.ctstate, "UNTRACKED", True
            if not (netfilter.run4("OUTPUT", skb, None, self) and netfilter.run4("POSTROUTING", skb, None, self)):
                return False
            skb.ctstate = tracked
        if namespace.nit_active:
            namespace.transmitted(skb, self)
        return True

    def receive(self, skb: Skb) -> None:
        """What it sends to itself: an address of this host in the VRF (vrf_local_xmit)."""
        if not self.up:
            self.namespace.drop(skb, self, DropReason.DEV_READY)
            return
        self.rx_packets += 1
        self.rx_bytes += skb.frame.length
        skb.device, skb.iif = self, self
        self.namespace.ip.receive_own(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        """vrf_xmit: what a route of another table leads here goes on by the routes of the VRF."""
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        packet = skb.frame.payload
        if isinstance(packet, ipv6.Packet) or (isinstance(packet, ipv4.Packet) and not skb.dst_valid):
            ip = self.namespace.ip if isinstance(packet, ipv4.Packet) else self.namespace.ip6
            return ip.leave_vrf(skb, self)
        if not self.queue(self.receive, skb):
            self.namespace.drop(skb, self, DropReason.CPU_BACKLOG)
        return None
