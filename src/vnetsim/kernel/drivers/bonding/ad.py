"""A bond in the mode 802.3ad: its slaves as ports of a link aggregation (drivers/net/bonding/bond_3ad.c).

The machines are in protocols.lacp; here they get ticks, frames and links.  Follows Linux's source, and recordings of
Linux 6.18 (bond_8023ad_alone, _lone, _pair, _options, _bridge).
Not modelled: `ad_select` by the priority of ports, warnings about partners that do not answer, markers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND, Timer
from vnetsim.kernel.drivers.bonding.slave import UP, Slave
from vnetsim.protocols.lacp import Aggregation, Aggregator
from vnetsim.protocols.lacp_port import AggregationPort
from vnetsim.wire.ethernet import SLOW, Frame
from vnetsim.wire.lacp import ACTIVITY, GROUP, TIMEOUT, Lacpdu
from vnetsim.wire.mac import UNKNOWN, Mac

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.bonding.state import Bonding

_TICK: Final = 100 * MILLISECOND
_CONTROL: Final = 7
_ERR: Final = 3
#: The numbers of speeds in keys, by Mbit/s (enum ad_link_speed_type).
_SPEEDS: Final = {
    speed: number
    for number, speed in enumerate(
        (1, 10, 100, 1_000, 2_500, 5_000, 10_000, 14_000, 20_000, 25_000, 40_000, 50_000, 56_000, 100_000), start=1
    )
}
_STATES: Final = (
    "active", "short_timeout", "aggregating", "in_sync", "collecting", "distributing", "defaulted", "expired",
)  # fmt: skip


class AdPort(AggregationPort):
    """The port of a slave (struct port)."""

    def __init__(self, ad: Ad, slave: Slave, number: int) -> None:
        super().__init__(number, ad.system_priority, ad.system)
        self.slave = slave
        params = ad.bond.params
        self.user_key = params.ad_user_port_key
        self.set_option(TIMEOUT, on=params.lacp_rate == "fast")
        self.set_option(ACTIVITY, on=params.lacp_active == "on")
        self.link_changed()
        self.is_enabled = self.begin = True

    def set_option(self, bit: int, *, on: bool) -> None:
        self.state = self.state & ~bit | bit * on

    def link_changed(self) -> None:
        self.set_link(_SPEEDS.get(self.slave.speed or 0), up=self.slave.link == UP)

    def device_up(self) -> bool:
        return self.slave.is_up

    def is_active(self) -> bool:
        return not self.slave.backup

    def enable(self) -> None:
        if self.slave.link == UP and self.slave.is_up:
            self.slave.set_active()
            self.slave.bond.flush_flows()

    def disable(self) -> None:
        self.slave.set_inactive()
        self.slave.bond.flush_flows()

    def transmit(self, pdu: Lacpdu) -> None:
        """ad_lacpdu_send: from the address that the slave had of its own."""
        device = self.slave.device
        skb = device.new_skb(Frame.build(GROUP, self.slave.perm_mac, SLOW, pdu))
        skb.priority, skb.dirty = _CONTROL, True
        device.namespace.made(skb, device.name)
        device.transmit(skb)

    def loopback(self) -> None:
        what = "Check the configuration to verify that all adapters are connected to 802.3ad compliant switch ports"
        self.slave.bond.log(_ERR, f"An illegal loopback occurred on adapter ({self.slave.name})")
        self.slave.bond.namespace.host.printk(_ERR, what)

    def details(self) -> dict[str, str | int]:
        """IFLA_BOND_SLAVE_AD_*"""
        number = {} if self.aggregator is None else {"ad_aggregator_id": self.aggregator.identifier}
        return {
            **number,
            "ad_actor_oper_port_state": self.state,
            "ad_actor_oper_port_state_str": _names(self.state),
            "ad_partner_oper_port_state": self.partner.state,
            "ad_partner_oper_port_state_str": _names(self.partner.state),
        }


class Ad(Aggregation):
    """The aggregation of a bond (struct ad_bond_info); without slaves it has no system yet."""

    def __init__(self, bond: Bonding) -> None:
        super().__init__()
        self.bond = bond
        self.ports: dict[Slave, AdPort] = {}
        self.system_priority = 0
        self.system: Mac = UNKNOWN
        self._timer: Timer | None = None

    # --- what an aggregation needs ---------------------------------------------------------------------------------

    @property
    def policy(self) -> str:
        return self.bond.params.ad_select

    def bandwidth_of(self, port: AggregationPort) -> int:
        assert isinstance(port, AdPort)
        return (port.slave.speed or 0) if port.slave.link == UP else 0

    def selected(self) -> None:
        self.bond.update_carrier()
        self.bond.flush_flows()

    # --- the bond ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """bond_open: an aggregator is selected at the first tick."""
        self.selecting = 1
        self._timer = self.bond.engine.after(0, self._tick)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _tick(self) -> None:
        with self.bond.namespace.linkwatch:
            self.tick()
        self._timer = self.bond.engine.after(_TICK, self._tick)

    def add(self, slave: Slave) -> None:
        """bond_enslave: the first one gives the bond its system."""
        if not self.ports:
            self.take_system()
        port = AdPort(self, slave, max((each.number for each in self.ports.values()), default=0) + 1)
        self.ports[slave] = port
        self.bind(port)

    def remove(self, slave: Slave) -> None:
        self.unbind(self.ports.pop(slave))

    def received(self, slave: Slave, pdu: Lacpdu) -> None:
        with self.bond.namespace.linkwatch:
            self.ports[slave].received(pdu)

    def link_changed(self, slave: Slave) -> None:
        if slave in self.ports:
            self.ports[slave].link_changed()
            self.select()

    def carries(self) -> bool:
        """bond_3ad_set_carrier"""
        active = self.active
        return active is not None and active.active_ports >= self.bond.params.min_links

    def is_used(self, slave: Slave) -> bool:
        """Whether frames may leave by it (bond_update_slave_arr)."""
        active = self.active
        return active is not None and self.ports[slave].aggregator is active

    def take_system(self) -> None:
        """bond_3ad_initialize, bond_3ad_update_ad_actor_settings"""
        given = Mac.parse(self.bond.params.ad_actor_system)
        self.system_priority, self.system = self.bond.params.ad_actor_sys_prio, given or self.bond.mac
        for port in self.ports.values():
            port.system_priority, port.system, port.ntt = self.system_priority, self.system, True

    def set_option(self, bit: int, *, on: bool) -> None:
        for port in self.ports.values():
            port.set_option(bit, on=on)

    def details(self) -> dict[str, str | int]:
        """IFLA_BOND_AD_INFO: nothing without an active aggregator."""
        active: Aggregator | None = self.active
        if active is None:
            return {}
        return {
            "ad_aggregator": active.identifier, "ad_num_ports": active.active_ports, "ad_actor_key": active.key,
            "ad_partner_key": active.partner_key, "ad_partner_mac": str(active.partner),
        }  # fmt: skip


def _names(state: int) -> str:
    return f"<{','.join(name for bit, name in enumerate(_STATES) if state >> bit & 1)}>"
