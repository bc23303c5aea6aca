"""What VLANs, macvlans and ipvlans have in common: they share the device below and its carrier.

(net/core/dev.c: netdev_upper_dev_link, netif_stacked_transfer_operstate.)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, Self, TypeVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.device import HEADROOM, Device
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.mac import BROADCAST, Mac

ChildT = TypeVar("ChildT", bound="PortChild")


class Stacked(Device):
    """A device on `lower`, which may move to another namespace, and is deleted with it."""

    sets_own_mtu: ClassVar[bool] = True
    #: The error of an mtu that is larger than that of the device below.
    too_long: ClassVar[Errno] = Errno.EINVAL
    #: Whether NETDEV_NOTIFY_PEERS and NETDEV_RESEND_IGMP of the device below are its own, too.
    repeats_announcements: ClassVar[bool] = True

    def __init__(self, name: str, mac: Mac, lower: Device) -> None:
        super().__init__(name, mac)
        self.lower = lower
        self.mtu = lower.mtu

    def link(self) -> None:
        """netdev_upper_dev_link, once it is registered."""
        self.lower.link_upper(self)
        self.set_carrier(self.lower.carrier)
        self.namespace.linkwatch.fire(self)

    def uninit(self) -> None:
        self.lower.unlink_upper(self)

    @property
    def peer(self) -> Device | None:
        return self.lower

    @property
    def speed(self) -> int | None:
        return self.lower.speed

    @property
    def tso_max_size(self) -> int:
        return self.lower.tso_max_size

    def change_mtu(self, mtu: int) -> None:
        if mtu > self.lower.mtu:
            raise KernelError(self.too_long)
        self.mtu = mtu

    # --- events of the device below ---------------------------------------------------------------------------------

    def lower_opened(self) -> None:
        self.lower_changed()

    def lower_closed(self) -> None:
        self.lower_changed()

    def lower_mac_changed(self, before: Mac) -> None:
        """The device below had the address `before`."""

    def lower_mtu_changed(self) -> None:
        if self.mtu > self.lower.mtu:
            self.set_mtu(self.lower.mtu)

    def lower_changed(self) -> None:
        """Its carrier came or went."""
        self.set_carrier(self.lower.carrier)

    # --- frames -----------------------------------------------------------------------------------------------------

    def count_sent(self, length: int, failed: Errno | None) -> Errno | None:
        """Count a frame that the device below took, or refused with `failed`."""
        if failed is None:
            self.tx_packets += 1
            self.tx_bytes += length
        else:
            self.tx_dropped += 1
        return failed

    # --- frames from its siblings -----------------------------------------------------------------------------------

    def listens(self, group: Mac) -> bool:
        """Whether its filter lets a group through (macvlan_set_mc_list, ipvlan_set_multicast_mac_filter)."""
        return (
            group == BROADCAST
            or self.promiscuity > 0
            or self.allmulticast
            or self.allmulti_count > 0
            or group in self.filters
            or group in self.namespace.multicast_list(self)
        )

    def arrive(self, skb: Skb) -> bool:
        """A frame of another child, or a copy, enters by the softirq (dev_forward_skb); False if it is too long."""
        if skb.frame.length > self.mtu + HEADROOM and not skb.gso:
            self.rx_dropped += 1
            self.namespace.drop(skb, self, DropReason.PKT_TOO_BIG)
            return False
        skb.scrub()
        if not self.queue(self.receive, skb):
            self.rx_dropped += 1
            self.namespace.drop(skb, self, DropReason.CPU_BACKLOG)
        return True


class LowerPort(ABC, Generic[ChildT]):
    """What the children of one device share (struct macvlan_port, struct ipvl_port)."""

    def __init__(self, lower: Device) -> None:
        """KernelError(EINVAL, EBUSY) for a device that cannot have such children."""
        if lower.link_type != "ether":
            raise KernelError(Errno.EINVAL)
        self.lower = lower
        self.children: list[ChildT] = []
        lower.register_rx_handler(self.receive, self)

    @classmethod
    def of(cls, lower: Device) -> Self:
        """The port of a device, made for the first child (macvlan_port_get_rtnl)."""
        known = lower.rx_handler_data
        return known if isinstance(known, cls) else cls(lower)

    def leave_if_empty(self) -> None:
        if not self.children:
            self.lower.unregister_rx_handler()

    @abstractmethod
    def receive(self, skb: Skb) -> None:
        """The rx_handler of the device below."""


class PortChild(Stacked):
    """A device that shares the one below by a LowerPort."""

    port_below: LowerPort[Any]

    def uninit(self) -> None:
        super().uninit()
        if self in self.port_below.children:
            self.port_below.children.remove(self)
        self.port_below.leave_if_empty()

    @property
    def is_promiscuous_for_filters(self) -> bool:
        """It can filter (IFF_UNICAST_FLT)."""
        return False


def lower_device_event(event: NetdevEvent, device: Device, before: Before) -> None:
    """vlan_device_event, macvlan_device_event, ipvlan_device_event."""
    for upper in list(device.uppers):
        if not isinstance(upper, Stacked):
            continue
        if event is NetdevEvent.UP:
            upper.lower_opened()
        elif event is NetdevEvent.DOWN:
            upper.lower_closed()
        elif event is NetdevEvent.CHANGE:
            upper.lower_changed()
        elif event is NetdevEvent.CHANGEMTU:
            upper.lower_mtu_changed()
        elif event is NetdevEvent.CHANGEADDR:
            assert before.mac is not None
            upper.lower_mac_changed(before.mac)
        elif event in (NetdevEvent.NOTIFY_PEERS, NetdevEvent.RESEND_IGMP) and upper.repeats_announcements:
            upper.namespace.call_netdevice_notifiers(event, upper)
