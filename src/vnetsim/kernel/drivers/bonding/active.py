"""Which slave is the active one (bond_main.c: bond_find_best_slave, bond_change_active_slave)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.kernel.drivers.bonding.params import ACTIVE_BACKUP, ROUND_ROBIN
from vnetsim.kernel.drivers.bonding.slave import BACK, UP, Slave
from vnetsim.kernel.netdev.notifier import NetdevEvent
from vnetsim.protocols.jiffies import JIFFY

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.bonding.state import Bonding

_INFO: Final = 6


def select_active_slave(bond: Bonding) -> None:
    """bond_select_active_slave: the best one becomes active, if it is not."""
    best = find_best_slave(bond)
    if best is bond.current:
        return
    change_active_slave(bond, best)
    before = bond.carrier
    bond.update_carrier()
    if bond.carrier != before:
        bond.log(_INFO, "active interface up!" if bond.carrier else "now running without any active interface!")


def find_best_slave(bond: Bonding) -> Slave | None:
    """bond_find_best_slave: the primary or the current one, else the first that is up, or will be soonest."""
    chosen = _primary_or_current(bond)
    if chosen is not None:
        return chosen
    first = next((slave for slave in bond.slaves if slave.link == UP), None)
    waiting = [slave for slave in bond.slaves if slave.link == BACK and slave.is_up]
    return first or min(waiting, key=lambda slave: slave.delay, default=None)


def _primary_or_current(bond: Bonding) -> Slave | None:
    """bond_choose_primary_or_current: a slave of a higher priority is as a primary."""
    primary, current = bond.primary, bond.current
    if primary is None or primary.link != UP:
        live = [slave for slave in bond.slaves if slave.link == UP]
        highest = max(live, key=lambda slave: slave.prio, default=None)
        if highest is None or highest is current or (current in live and current.prio == highest.prio):
            return current if current is not None and current.link == UP else None
        primary = highest
    elif bond.force_primary:
        bond.force_primary = False
        return primary
    if current is None or current.link != UP:
        return primary
    return primary if _is_preferred(bond, primary, current) else current


def _is_preferred(bond: Bonding, primary: Slave, current: Slave) -> bool:
    """primary_reselect; all links are full duplex."""
    if bond.params.primary_reselect == "better":
        return (primary.speed or 0) > (current.speed or 0)
    return bond.params.primary_reselect == "always"


def change_active_slave(bond: Bonding, new: Slave | None) -> None:
    """bond_change_active_slave: neighbours get gratuitous ARP, unless the bond is down."""
    old = bond.current
    if old is new:
        return
    if new is not None:
        if new.link == BACK:
            new.delay, new.link = 0, UP
        if bond.params.uses_primary:
            bond.log(_INFO, "making interface the new active one", new)
    bond.current = new
    if bond.params.mode == ACTIVE_BACKUP:
        _fail_over(bond, old, new)
    if bond.up and bond.params.resend_igmp and (new is not None or bond.params.mode == ROUND_ROBIN):
        bond.engine.after(JIFFY, bond.resend_igmp)


def _fail_over(bond: Bonding, old: Slave | None, new: Slave | None) -> None:
    if old is not None:
        old.set_inactive()
    if new is None:
        return
    new.set_active()
    if bond.params.fail_over_mac == "active":
        bond.take_mac(new.device.mac)
    if bond.up:
        bond.peer_notifications = bond.params.num_grat_arp * max(1, bond.params.peer_notify_delay)
        if bond.should_notify_peers():
            bond.peer_notifications -= 1
            bond.namespace.call_netdevice_notifiers(NetdevEvent.NOTIFY_PEERS, bond)
