"""What all parts of a bond share (struct bonding; include/net/bonding.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from vnetsim.kernel.drivers.bonding.params import BROADCAST, BondParams
from vnetsim.kernel.drivers.bonding.slave import UP, Slave
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.notifier import NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.bonding.ad import Ad
    from vnetsim.wire.mac import Mac


class Bonding(Device):
    """`current` is curr_active_slave; `force_primary`: the primary one takes over now, whatever primary_reselect says.

    `peer_notifications` (send_peer_notif): how many looks at the links send gratuitous ARP.  `mac_is_random`: that of
    the first slave replaces it (NET_ADDR_RANDOM).
    """

    kind: str | None = "bond"
    netns_immutable: ClassVar[bool] = True
    is_lag_master: ClassVar[bool] = True
    queues: ClassVar[int] = 16
    flags_base: tuple[str, ...] = ("BROADCAST", "MULTICAST", "MASTER")

    def __init__(self, name: str, mac: Mac, *, given: bool) -> None:
        super().__init__(name, mac)
        self.params = BondParams()
        self.slaves: list[Slave] = []
        self.current: Slave | None = None
        self.primary: Slave | None = None
        self.force_primary = False
        self.peer_notifications = 0
        self.mac_is_random = not given
        #: In the mode 802.3ad.
        self.ad: Ad | None = None
        self.had_slaves = self.unregistering = False

    def slave_of(self, device: Device) -> Slave | None:
        found = device.rx_handler_data
        return found if isinstance(found, Slave) and found.bond is self else None

    def usable(self) -> list[Slave]:
        """bond_update_slave_arr: those that frames may leave by."""
        if self.ad is not None:
            return [slave for slave in self.slaves if slave.can_tx and self.ad.is_used(slave)]
        return [slave for slave in self.slaves if slave.can_tx]

    def update_carrier(self) -> None:
        """bond_set_carrier"""
        live = any(slave.link == UP for slave in self.slaves) if self.ad is None else self.ad.carries()
        self.set_carrier(live)

    def link_changed(self, slave: Slave) -> None:
        """bond_miimon_link_change"""
        if self.ad is not None:
            self.ad.link_changed(slave)

    def should_notify_peers(self) -> bool:
        """bond_should_notify_peers"""
        every = max(1, self.params.peer_notify_delay)
        return self.current is not None and bool(self.peer_notifications) and (
            self.peer_notifications % every == 0 and self.carrier
        )  # fmt: skip

    def resend_igmp(self) -> None:
        """bond_resend_igmp_join_requests_delayed"""
        if self.registered and self.up:
            self.namespace.call_netdevice_notifiers(NetdevEvent.RESEND_IGMP, self)

    def flush_flows(self) -> None:
        """What was recorded of frames is stale."""
        if self.registered:
            self.softirq.generation += 1

    def take_mac(self, mac: Mac, *, is_random: bool = False) -> None:
        """bond_set_dev_addr: that of a slave; or a new one of its own."""
        before, self.mac, self.mac_is_random = self.mac, mac, is_random
        self.mac_changed(before)

    @property
    def speed(self) -> int | None:
        """bond_ethtool_get_link_ksettings: that of all that can send, or of the slowest where each sends all."""
        if self.params.mode == BROADCAST:
            return min((slave.speed or 0 for slave in self.slaves if slave.link == UP), default=0) or None
        return sum(slave.speed or 0 for slave in self.usable()) or None

    @property
    def tso_max_size(self) -> int:
        """bond_compute_features; a bond that never had a slave has not looked."""
        if not self.had_slaves:
            return super().tso_max_size
        return min((slave.device.tso_max_size for slave in self.slaves), default=524_280)

    def log(self, level: int, text: str, slave: Slave | None = None) -> None:
        """netdev_printk, slave_printk"""
        state = " (unregistering)" if self.unregistering else ""
        about = "" if slave is None else f"(slave {slave.name}): "
        self.namespace.host.printk(level, f"{self.name}{state}: {about}{text}")

    def handle_frame(self, skb: Skb, slave: Slave) -> None:
        """A frame came in by a slave."""
        raise NotImplementedError

    def miimon_changed(self) -> None:
        """The interval of looking at the links was set."""
        raise NotImplementedError
