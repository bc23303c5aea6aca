"""Devices that stand on another one and share its carrier: what macvlans and VLANs have in common.

(net/core/dev.c: netdev_upper_dev_link, netif_stacked_transfer_operstate.)
"""

from __future__ import annotations

from typing import ClassVar

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.device import ROOM, Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.mac import BROADCAST, Mac


class Stacked(Device):
    """A device on `lower`, from which it moves away to other namespaces, and with which it goes."""

    knows_its_mtu: ClassVar[bool] = True
    #: How a change to an mtu that the device below has not is refused.
    too_long: ClassVar[Errno] = Errno.EINVAL

    def __init__(self, name: str, mac: Mac, lower: Device) -> None:
        super().__init__(name, mac)
        self.lower = lower
        self.mtu = lower.mtu

    def link(self) -> None:
        """Registered: from now on it hears what happens to the device below."""
        self.lower.uppers.append(self)
        self.set_carrier(self.lower.carrier)
        self.namespace.host.linkwatch.fire(self)

    def unregistered(self) -> None:
        if self in self.lower.uppers:
            self.lower.uppers.remove(self)

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

    def lower_mtu_changed(self) -> None:
        if self.mtu > self.lower.mtu:
            self.set_mtu(self.lower.mtu)

    def lower_changed(self) -> None:
        self.set_carrier(self.lower.carrier)

    # --- frames from its siblings -----------------------------------------------------------------------------------

    def listens(self, group: Mac) -> bool:
        """Whether its filter lets a group through (macvlan_set_mc_list, ipvlan_set_multicast_mac_filter)."""
        return (
            group == BROADCAST or self.promiscuity > 0 or self.allmulticast or self.allmulti_count > 0
            or group in self.filters or group in self.namespace.inet.groups(self)
        )  # fmt: skip

    def arrive(self, skb: Skb) -> bool:
        """A frame of another child, or a copy, enters by the softirq (dev_forward_skb); False if it is too long."""
        if skb.frame.length > self.mtu + ROOM and not skb.gso:
            self.rx_dropped += 1
            self.namespace.drop(skb, self, DropReason.PKT_TOO_BIG)
            return False
        skb.scrub()
        if not self.queue(self.receive, skb):
            self.rx_dropped += 1
            self.namespace.drop(skb, self, DropReason.CPU_BACKLOG)
        return True
