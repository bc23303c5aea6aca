"""A device that belongs to a bond (struct slave; include/net/bonding.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.kernel.netdev.stats import LinkStats

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.bonding.state import Bonding
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.wire.mac import Mac

#: BOND_LINK_UP, FAIL, DOWN, BACK, as /proc/net/bonding names them.
UP: Final = "up"
FAIL: Final = "going down"
DOWN: Final = "down"
BACK: Final = "going back"


class Slave:
    """`link` is what the bond thinks of its link; `perm_mac` and `mtu` are what it gets back when it leaves.

    `backup`: it is the other one's reserve (bond_is_active_slave is its opposite); `inactive`: what it receives is
    dropped.  `delay` counts the looks at the links until `link` changes.  `before` is what the device had counted
    when it joined.
    """

    def __init__(self, bond: Bonding, device: Device) -> None:
        self.bond = bond
        self.device = device
        self.perm_mac: Mac = device.mac
        self.mtu = device.mtu
        self.link = DOWN
        self.backup = self.inactive = False
        self.delay = 0
        self.link_failure_count = 0
        self.queue_id = self.prio = 0
        self.before = LinkStats()

    @property
    def name(self) -> str:
        return self.device.name

    @property
    def is_up(self) -> bool:
        """bond_slave_is_up"""
        return self.device.up and self.device.carrier

    @property
    def can_tx(self) -> bool:
        """bond_slave_can_tx"""
        return not self.backup and self.link == UP and self.device.up and self.device.carrier

    @property
    def speed(self) -> int | None:
        """In Mbit/s, None if unknown."""
        return self.device.speed

    def set_active(self) -> None:
        """bond_set_slave_active_flags"""
        self.backup = self.inactive = False

    def set_inactive(self) -> None:
        """bond_set_slave_inactive_flags"""
        self.backup = True
        self.inactive = not self.bond.params.all_slaves_active

    def receive(self, skb: object) -> None:
        """The rx_handler of the device."""
        self.bond.handle_frame(skb, self)  # type: ignore[arg-type]

    def details(self) -> dict[str, str | int]:
        """IFLA_BOND_SLAVE_*"""
        return {
            "state": "BACKUP" if self.backup else "ACTIVE",
            "mii_status": self.link.upper().replace(" ", "_"),
            "link_failure_count": self.link_failure_count,
            "perm_hwaddr": str(self.perm_mac),
            "queue_id": self.queue_id,
            "prio": self.prio,
            **({} if self.bond.ad is None else self.bond.ad.ports[self].details()),
        }

    def __repr__(self) -> str:
        return f"<Slave {self.name}>"
