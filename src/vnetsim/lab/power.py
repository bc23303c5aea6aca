"""Power and reboots of a lab's machine, with the machine on its LAN."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from vnetsim.boot import boot_sysctls, cable
from vnetsim.clock import SECOND
from vnetsim.errors import UsageError
from vnetsim.journal import JournalRequest, Rebooted
from vnetsim.lab.engine_unit import EngineUnit
from vnetsim.lab.simulation import Simulation
from vnetsim.process.machine import INIT

#: From the end of one kernel's work to the beginning of the next one's.
BOOT_NS: Final = 20 * SECOND


class Power:
    """`record` notes a request in the lab's journal once it is met."""

    def __init__(
        self,
        simulation: Simulation,
        unit: EngineUnit,
        record: Callable[[JournalRequest], AbstractContextManager[object]],
    ) -> None:
        self._simulation, self._unit, self._record = simulation, unit, record
        self._has_lan = False
        self._pending: str | None = None

    def switch_on(self, hostname: str) -> None:
        self._simulation.switch_on(hostname)
        self._offer_services()

    def _offer_services(self) -> None:
        self._simulation.machine.offer_service(INIT, self._request)
        self._unit.power_on()

    def _request(self, how: str) -> None:
        """The program `reboot` ran: the machine goes down as soon as the command line is over."""
        self._pending = how

    def apply(self) -> None:
        """Carry out a reboot that was requested."""
        if self._pending is not None:
            how, self._pending = self._pending, None
            self.reboot(how == "forced")

    def reboot(self, forced: bool) -> None:
        with self._record(Rebooted(forced)):
            if forced:
                self._unit.lose_power()
            self._unit.stop()
            self._simulation.reboot(BOOT_NS)
            self._offer_services()
            if self._has_lan:
                self.add_lan()
            with boot_sysctls(self._simulation.machine.host.files):
                if self._unit.is_installed:
                    with contextlib.suppress(UsageError):
                        self._unit.start()

    def add_lan(self) -> None:
        """Cable the machine to another one, in the namespace `lan`; a reboot does so again."""
        self._has_lan = True
        machine = self._simulation.machine
        machine.add_namespace("lan")
        cable(machine.network(self._simulation.host.root), machine.namespace("lan"))
