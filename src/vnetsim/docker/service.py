"""The engine as the machine's init system runs it: docker.service, started with the machine.

The next engine gets the disk of the previous one, on the same kernel or after a reboot.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.docker.api.types import EngineOperation
from vnetsim.docker.config.configfile import PATH
from vnetsim.docker.config.options import DaemonOptions
from vnetsim.docker.daemon.daemon import Disk
from vnetsim.docker.engine import DockerEngine
from vnetsim.docker.images.store import Registry
from vnetsim.docker.libnetwork.nlwrap import read_file
from vnetsim.errors import EngineError, NotModelled, UsageError
from vnetsim.process.machine import Machine

#: The name of the unit for the init system: `machine.service(UNIT)`.
UNIT: Final = "docker.service"


class EngineFailure(UsageError):
    """dockerd failed to start; `str` is its message."""

    @property
    def at_start(self) -> bool:
        """Whether its command line was right."""
        return str(self).startswith(("unable to configure", "failed to start"))


class DockerService:
    """`engine` is the running one; `failure` is the message of the latest failed start."""

    def __init__(self, machine: Machine, flags: Sequence[str], registry: Registry | None = None) -> None:
        self._flags, self._registry = list(flags), registry
        self._disk: Disk | None = None
        self.engine: DockerEngine | None = None
        self.failure = ""
        self.enter(machine)

    def enter(self, machine: Machine) -> None:
        """The machine was switched on."""
        self._machine = machine
        machine.offer_service(UNIT, self)

    def options(self) -> DaemonOptions:
        """The options in flags and file; UsageError or NotModelled."""
        return DaemonOptions.parse(self._flags, read_file(self._machine.host.files, PATH))

    def start(self) -> EngineOperation[None]:
        """Start the engine unless it runs; EngineFailure."""
        if self.engine is not None:
            return
        try:
            options = self.options()
            self._disk = self._disk or Disk.new(self._machine, self._registry)
            engine = DockerEngine(self._machine, options, self._disk)
            yield from engine.start()
        except UsageError as error:
            self.failure = str(error)
            raise EngineFailure(self.failure) from None
        except EngineError as error:
            self.failure = f"failed to start daemon: Error initializing network controller: {error.message}"
            raise EngineFailure(self.failure) from None
        except NotModelled as error:
            self.failure = str(error)
            raise
        self.failure = ""
        self.engine = engine

    def stop(self) -> EngineOperation[None]:
        if self.engine is not None:
            engine, self.engine = self.engine, None
            yield from engine.stop()

    def restart(self) -> EngineOperation[None]:
        yield from self.stop()
        yield from self.start()

    def lose_power(self) -> None:
        """The machine lost its power: no process could shut down."""
        if self.engine is not None:
            self.engine.abandon()
            self.engine = None
