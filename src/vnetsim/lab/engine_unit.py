"""docker.service in a lab: started with the machine, by request, or by the first connection to the engine's socket."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vnetsim.errors import UsageError
from vnetsim.lab.simulation import Simulation
from vnetsim.operations import SetLink
from vnetsim.process.machine import DOCKER_SOCKET

if TYPE_CHECKING:
    from vnetsim.docker.engine import DockerEngine
    from vnetsim.docker.service import DockerService


class EngineUnit:
    """`wanted` True: the engine starts with the machine; None: when its socket is first used.

    `images` are the declared ones; None: no registry is reached.
    """

    def __init__(self, simulation: Simulation, flags: Sequence[str], wanted: bool | None,
                 images: Mapping[str, Sequence[str]] | None) -> None:  # fmt: skip
        self._images = images
        self._simulation, self._flags, self._wanted = simulation, tuple(flags), wanted
        self._service: DockerService | None = None
        self._refused_flags: UsageError | None = None

    @property
    def engine(self) -> DockerEngine | None:
        """The engine that runs."""
        return None if self._service is None else self._service.engine

    @property
    def failure(self) -> str:
        """What dockerd printed when it last failed to start; empty if it runs, or never was to."""
        return "" if self._service is None else self._service.failure

    @property
    def is_installed(self) -> bool:
        """Whether the engine was started at any time."""
        return self._service is not None

    def power_on(self) -> None:
        """A kernel has booted: offer the socket, or the unit of an engine that was there before."""
        if self._wanted is None:
            self._simulation.machine.offer_service(DOCKER_SOCKET, self._activate)
        if self._service is not None:
            self._service.enter(self._simulation.machine)

    def lose_power(self) -> None:
        if self._service is not None:
            self._service.lose_power()

    def start(self) -> None:
        """UsageError with dockerd's message if its flags or its file are invalid."""
        self._simulation.complete(self._load().start())

    def stop(self) -> None:
        if self._service is not None:
            self._simulation.complete(self._service.stop())

    def _load(self) -> DockerService:
        from vnetsim.docker.images.store import Registry  # noqa: PLC0415 -- most labs have none
        from vnetsim.docker.service import DockerService  # noqa: PLC0415

        self._wanted = True
        machine = self._simulation.machine
        machine.withdraw_service(DOCKER_SOCKET)
        # A host on which services run has been booted: `curl localhost:8080` is what people try a port with.
        machine.network(self._simulation.host.root).execute(SetLink(device="lo", up=True))
        if self._service is None:
            registry = None if self._images is None else Registry(self._images)
            self._service = DockerService(machine, self._flags, registry)
        return self._service

    def _activate(self) -> Generator[Any, Any, None]:
        """A client connects to the engine's socket: if the engine does not start, the connection is refused.

        Flags that make no sense were given to the lab: the caller of the command line gets the UsageError.
        """
        from vnetsim.docker.service import EngineFailure  # noqa: PLC0415 -- most labs have none

        try:
            yield from self._load().start()
        except EngineFailure as failure:
            if not failure.at_start:
                self._refused_flags = failure

    def refuse_flags(self) -> None:
        """UsageError if the engine was to start meanwhile, and its flags make no sense."""
        failure, self._refused_flags = self._refused_flags, None
        if failure is not None:
            raise failure
