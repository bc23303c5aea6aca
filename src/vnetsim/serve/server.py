"""One lab behind HTTP: the listeners, their connections, and the loop that lets the lab's time pass.

server = APIServer(lab)
hosts = await server.listen([parse_host("tcp://127.0.0.1:0")])
await server.wait_closed()              # until server.close()
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vnetsim.docker.api.client import APIClient
from vnetsim.docker.libnetwork.portmapper import PORT_DRIVER
from vnetsim.failures import Failure, FailureKind
from vnetsim.journal import Unrepeatable
from vnetsim.lab import Lab
from vnetsim.serve.backend import Backend
from vnetsim.serve.bridged import BridgedName, BridgedServers
from vnetsim.serve.connection import HttpConnection, Limits
from vnetsim.serve.exposed import ExposedPorts, Origin
from vnetsim.serve.listeners import Host, TcpHost, Tls, UnixHost
from vnetsim.serve.messages import ApiRequest, Response, json_response
from vnetsim.serve.middleware import Dispatcher
from vnetsim.serve.pace import Pace
from vnetsim.serve.router import (
    archive,
    attach,
    container,
    exec,  # noqa: A004
    image,
    logs,
    network,
    plugin,
    stats,
    swarm,
    system,
    volume,
)
from vnetsim.serve.router.routes import ApiRoutes
from vnetsim.wire.inet import parse_address

if TYPE_CHECKING:
    import ssl

#: Connections at the same time; a further one is closed at once.
MOST_CONNECTIONS: Final = 4096
#: The backlog of a listening socket.
_BACKLOG: Final = 1024
_FAMILIES: Final = (system, exec, attach, logs, stats, archive, container, network, image, volume, plugin, swarm)
_SAID: Final = (FailureKind.ASSUMED, FailureKind.NOT_MODELLED)
_FAULT: Final = "a fault of vnetsim itself; please report it with the request that led to it"


class APIServer:
    """`complain` gets sentences about what went wrong; `most` connections are served at the same time.

    `wall` is the clock that simulated time follows (see Pace).  `once`: the server ends with its first connection.
    `expose`: published ports are open on the loopback of the computer, for clients that are there in the simulation.

    From now on the lab is the clients': their requests are not in its journal, so it cannot be forked.
    """

    def __init__(
        self, lab: Lab, *, speed: float | None = 1.0, limits: Limits | None = None, most: int = MOST_CONNECTIONS,
        once: bool = False, wall: Callable[[], int] = time.monotonic_ns,
        complain: Callable[[str], object] = lambda _: None, expose: Origin | None = None,
    ) -> None:  # fmt: skip
        self._lab, self._limits, self._most, self._complain = lab, limits or Limits(), most, complain
        self._once = once
        lab.docker  # noqa: B018 -- starts the engine, which may refuse
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(lab.journal.record(Unrepeatable("what clients of the Engine API did")))
        self._pace = Pace(lambda: lab.clock, speed, wall=wall, complain=complain)
        self.backend = Backend(self._engine, lambda: lab.machine, self._pace)
        self._dispatcher = Dispatcher(ApiRoutes(route for family in _FAMILIES for route in family.routes(self.backend)))
        #: What ties the simulation to the computer.
        self._outside: list[ExposedPorts | BridgedServers] = []
        if expose is not None:
            self._expose(expose)
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()
        self._told: set[str] = set()
        lab.shortfall.hearer = self._heard
        self._loop_task = asyncio.ensure_future(self._pace.run())

    def _heard(self, failure: Failure) -> None:
        """Say once what is assumed, and what a program does that is not modelled: its output may have no reader."""
        if failure.kind is FailureKind.ASSUMED:
            self.backend.assumed(failure.message)
        if failure.kind in _SAID:
            of_command = f" ({failure.command})" if failure.command else ""
            sentence = f"vnetsim: {failure.message.removeprefix('vnetsim: ')}{of_command}"
            if sentence not in self._told:
                self._told.add(sentence)
                self._complain(sentence)

    def _expose(self, origin: Origin) -> None:
        """KernelError if a port is published already that is taken on the computer."""
        ports = ExposedPorts(lambda: self._lab.machine, self._pace, origin, self._complain)
        self._outside.append(ports)
        machine = self._lab.machine
        machine.offer_service(PORT_DRIVER, ports)
        self._stack.callback(machine.withdraw_service, PORT_DRIVER)
        for summary in self.backend.engine.container_list():
            for port in summary["Ports"]:
                if "PublicPort" in port:
                    ports.add(port["Type"], parse_address(port["IP"]), port["PublicPort"])

    def bridge(self, names: Sequence[BridgedName]) -> None:
        """Let names of the simulation (bridged.add_names) stand for real servers."""
        servers = BridgedServers(self._lab.machine, self._pace, self._complain)
        self._outside.append(servers)
        servers.start(names)

    def _engine(self) -> APIClient | None:
        return self._lab.docker.engine if self._lab.has_engine else None

    # --- listening ---------------------------------------------------------------------------------------------------

    async def listen(self, hosts: Sequence[Host], tls: Tls | None = None) -> list[Host]:
        """Listen on all of them; gives where (a port 0 is some free one).  OSError if an address is taken."""
        context = None if tls is None else tls.context()
        return [await self._listen(host, context) for host in hosts]

    async def _listen(self, host: Host, context: ssl.SSLContext | None) -> Host:
        if isinstance(host, UnixHost):
            return await self._listen_unix(host)
        server = await asyncio.start_server(self._connected, host.address, host.port, ssl=context, backlog=_BACKLOG)
        self._servers.append(server)
        return TcpHost(host.address, server.sockets[0].getsockname()[1])

    async def _listen_unix(self, host: UnixHost) -> Host:
        """The socket is its owner's alone: whoever may write to it commands the lab."""
        server = await asyncio.start_unix_server(self._connected, host.path, backlog=_BACKLOG, start_serving=False)
        path = Path(host.path)
        path.chmod(0o600)
        self._stack.callback(path.unlink, missing_ok=True)
        self._servers.append(server)
        await server.start_serving()
        return host

    @property
    def connections(self) -> int:
        """How many there are."""
        return len(self._connections)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._connections) >= self._most or self._closed.is_set():
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await HttpConnection(reader, writer, self.respond, self._limits).serve()
        except asyncio.CancelledError:
            writer.transport.abort()
        except Exception as error:
            # Of a stream: its head has been sent.
            self._complain(f"vnetsim: a stream of a client ended: {type(error).__name__}: {error}")
        finally:
            self._connections.discard(task)
            if self._once:
                self.close()

    async def respond(self, request: ApiRequest) -> Response:
        """The answer to a request that came in by any connection; raises nothing."""
        self._pace.catch_up()
        try:
            return await self._dispatcher.respond(request)
        except Exception as error:
            self._complain(f"vnetsim: {request.method} {request.path}: {type(error).__name__}: {error}")
            return json_response({"message": f"vnetsim: {_FAULT}"}, 500)

    # --- the end -----------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Accept no more connections, and end: `wait_closed` returns."""
        self._closed.set()

    async def wait_closed(self) -> None:
        """Until `close`; then the connections end, what they wait for as well."""
        await self._closed.wait()
        for server in self._servers:
            server.close()
        for outside in self._outside:
            await outside.close()
        tasks: list[asyncio.Task[Any]] = [*self._connections, self._loop_task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._stack.close()
