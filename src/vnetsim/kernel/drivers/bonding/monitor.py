"""The MII monitor of a bond: what becomes of it when links come and go (bond_main.c: bond_mii_monitor).

Every `miimon` ms the driver looks at the links of all slaves.  Here it looks at those instants only at which it would
find something: after the carrier of a slave changed, as long as a delay runs, and while gratuitous ARP is to be sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND, Timer
from vnetsim.kernel.drivers.bonding.active import select_active_slave
from vnetsim.kernel.drivers.bonding.params import ACTIVE_BACKUP, LACP
from vnetsim.kernel.drivers.bonding.slave import BACK, DOWN, FAIL, UP, Slave
from vnetsim.kernel.netdev.notifier import NetdevEvent

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.bonding.state import Bonding

_INFO: Final = 6


class MiiMonitor:
    """Looks at `origin` and every `miimon` ms after it; None: it is off."""

    def __init__(self, bond: Bonding) -> None:
        self._bond = bond
        self._origin: int | None = None
        self._timer: Timer | None = None

    def start(self) -> None:
        """The bond was opened, or its interval was set: the first look is at once."""
        self.stop()
        if self._bond.params.miimon:
            engine = self._bond.engine
            self._origin = engine.now()
            self._timer = engine.after(0, self._look)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._origin = None

    def poke(self) -> None:
        """Something has changed: look at the next instant."""
        if self._origin is None or self._timer is not None:
            return
        engine, interval = self._bond.engine, self._bond.params.miimon * MILLISECOND
        since = engine.now() - self._origin
        self._timer = engine.after(interval - since % interval, self._look)

    def _look(self) -> None:
        """bond_mii_monitor"""
        self._timer = None
        bond = self._bond
        notify = bond.should_notify_peers()
        with bond.namespace.linkwatch:
            found = self._inspect()
            if bond.peer_notifications:
                bond.peer_notifications -= 1
            if found:
                self._commit(found)
            if notify:
                bond.namespace.call_netdevice_notifiers(NetdevEvent.NOTIFY_PEERS, bond)
        if bond.peer_notifications or any(_is_unsettled(slave) for slave in bond.slaves):
            self.poke()

    def _inspect(self) -> list[tuple[Slave, str]]:
        """bond_miimon_inspect: the slaves whose link has come to be up or down."""
        bond, found = self._bond, []
        nothing_else = bond.current is None if bond.params.mode == ACTIVE_BACKUP else not bond.usable()
        for slave in bond.slaves:
            state = self._inspect_up(slave) if slave.link in (UP, FAIL) else self._inspect_down(slave, nothing_else)
            if state == UP and slave.link == BACK:
                nothing_else = False
            if state is not None:
                found.append((slave, state))
        return found

    def _inspect_up(self, slave: Slave) -> str | None:
        bond = self._bond
        if slave.is_up:
            if slave.link == FAIL:
                waited = (bond.params.downdelay - slave.delay) * bond.params.miimon
                bond.log(_INFO, f"link status up again after {waited} ms", slave)
                return UP
            return None
        if slave.link == UP:
            slave.link, slave.delay = FAIL, bond.params.downdelay
            if slave.delay:
                which = "" if bond.params.mode != ACTIVE_BACKUP else "backup " if slave.backup else "active "
                waits = slave.delay * bond.params.miimon
                bond.log(_INFO, f"link status down for {which}interface, disabling it in {waits} ms", slave)
        if slave.delay <= 0:
            return DOWN
        slave.delay -= 1
        return None

    def _inspect_down(self, slave: Slave, nothing_else: bool) -> str | None:
        bond = self._bond
        if not slave.is_up:
            if slave.link == BACK:
                waited = (bond.params.updelay - slave.delay) * bond.params.miimon
                bond.log(_INFO, f"link status down again after {waited} ms", slave)
                slave.link = DOWN
            return None
        if slave.link == DOWN:
            slave.link, slave.delay = BACK, bond.params.updelay
            if slave.delay:
                waits = 0 if nothing_else else slave.delay * bond.params.miimon
                bond.log(_INFO, f"link status up, enabling it in {waits} ms", slave)
        if nothing_else:
            slave.delay = 0
        if slave.delay <= 0:
            return UP
        slave.delay -= 1
        return None

    def _commit(self, found: list[tuple[Slave, str]]) -> None:
        """bond_miimon_commit"""
        bond, fail_over = self._bond, False
        for slave, state in found:
            if state == UP:
                fail_over = self._link_up(slave) or fail_over
            else:
                fail_over = self._link_down(slave) or fail_over
        if fail_over:
            select_active_slave(bond)
        bond.update_carrier()
        bond.flush_flows()

    def _link_up(self, slave: Slave) -> bool:
        bond = self._bond
        slave.link = UP
        if bond.params.mode == LACP:
            slave.backup = True
        elif not bond.params.uses_primary:
            slave.set_active()
        speed = "0 Mbps half" if slave.speed is None else f"{slave.speed} Mbps full"
        bond.log(_INFO, f"link status definitely up, {speed} duplex", slave)
        bond.link_changed(slave)
        current = bond.current
        return current is None or slave is bond.primary or slave.prio > current.prio

    def _link_down(self, slave: Slave) -> bool:
        bond = self._bond
        slave.link_failure_count += 1
        slave.link = DOWN
        if bond.params.mode in (ACTIVE_BACKUP, LACP):
            slave.set_inactive()
        bond.log(_INFO, "link status definitely down, disabling slave", slave)
        bond.link_changed(slave)
        return slave is bond.current


def _is_unsettled(slave: Slave) -> bool:
    """Whether a look would find something."""
    return slave.link in (FAIL, BACK) or (slave.link == UP) != slave.is_up
