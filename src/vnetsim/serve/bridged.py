"""`--bridge NAME=HOST:PORT`: a name of the simulation is that of a real server on the computer's loopback.

The name gets an address on the LAN (192.168.56.21 and so on, at the machine `lan`), which programs of the simulated
machine find in /etc/hosts, and containers by the engine's name server: the machine's own is a dnsmasq on `lan`.  A
program there accepts connections to PORT; each becomes a real one to HOST:PORT.  So a container's request walks through
the rules of the machine before it leaves the simulation.  While such a connection is open,
simulated time is not hurried.

The simulated connection is accepted before the real one is made: if there is no real server, it is closed again, and a
sentence says so.

Not modelled: UDP, names without a LAN (a scenario that has none), what the real server's own address is.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from vnetsim.errors import KernelError, UsageError
from vnetsim.operations import AddAddress
from vnetsim.process import Context, Process, Program
from vnetsim.process.machine import Machine
from vnetsim.serve.listeners import TcpHost
from vnetsim.serve.pace import Pace
from vnetsim.serve.relay import SimulatedConnection, finish, relay, reset
from vnetsim.sockets import TcpSocket
from vnetsim.values import frozen
from vnetsim.wire.inet import InterfaceAddress, IPv4

#: The machine outside, whose addresses the names get.
LAN: Final = "lan"
#: Its address (vnetsim.boot), that of the name server; those of the names follow it.
_LAN_ADDRESS: Final = IPv4.parse("192.168.56.20")
MOST_NAMES: Final = 200
#: Connections to real servers at the same time; a further one is closed.
MOST_CONNECTIONS: Final = 1024
_BACKLOG: Final = 1024
_NAME: Final = re.compile(
    r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9])?)*", re.ASCII
)
_LOCALHOST: Final = "localhost"


@frozen
class BridgedName:
    """`name` and `port` in the simulation; the real server is `host`:`port`."""

    name: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str, *, anywhere: bool = False) -> BridgedName:
        """UsageError for what is no NAME=HOST:PORT, or no loopback address unless `anywhere`."""
        name, _, rest = text.partition("=")
        host, colon, port = rest.rpartition(":")
        if not (_NAME.fullmatch(name) and len(name) <= 253 and colon and host):
            raise UsageError(f"--bridge {text}: expected NAME=HOST:PORT")
        if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise UsageError(f"--bridge {text}: {port!r} is no port")
        if name.lower() == _LOCALHOST:
            raise UsageError(f"--bridge {text}: {name} is each machine's own name")
        found = TcpHost(host.strip("[]"), int(port))
        if not found.is_loopback and not anywhere:
            raise UsageError(f"--bridge {text}: not a loopback address; --anywhere allows it")
        return cls(name.lower(), found.address, found.port)


def addresses_of(names: Sequence[BridgedName]) -> dict[str, IPv4]:
    """The address of each name; UsageError for too many, or one name and port twice."""
    for index, bridged in enumerate(names):
        if any((bridged.name, bridged.port) == (other.name, other.port) for other in names[:index]):
            raise UsageError(f"--bridge {bridged.name}: port {bridged.port} of it is given twice")
    different = list(dict.fromkeys(bridged.name for bridged in names))
    if len(different) > MOST_NAMES:
        raise UsageError(f"--bridge: {len(different)} names, at most {MOST_NAMES} are possible")
    return {name: IPv4(int(_LAN_ADDRESS) + number) for number, name in enumerate(different, 1)}


def add_names(machine: Machine, names: Sequence[BridgedName]) -> None:
    """Give the names addresses that the machine and its containers find; its engine does not run yet."""
    context, known = _lan(machine), addresses_of(names)
    for address in known.values():
        interface = InterfaceAddress.parse(f"{address}/24")
        context.network.execute(AddAddress(device="eth0", interface=interface))
    records = [f"--host-record={name},{address}" for name, address in known.items()]
    machine.spawn(["dnsmasq", "-k", "-R", "-h", *records], context)
    files = machine.host.files
    lines = "".join(f"{address}\t{name}\n" for name, address in known.items())
    files.write("/etc/hosts", files.read("/etc/hosts") + lines)
    files.write("/etc/resolv.conf", f"nameserver {_LAN_ADDRESS}\n")


def _lan(machine: Machine) -> Context:
    """UsageError without a LAN."""
    try:
        return attrs.evolve(machine.host, network=machine.namespace(LAN))
    except KernelError:
        raise UsageError(f"--bridge: the scenario has no machine `{LAN}` that the names could be at") from None


class BridgedServers:
    """The programs on `lan` that stand for real servers; `complain` gets a sentence for one that does not answer."""

    def __init__(self, machine: Machine, pace: Pace, complain: Callable[[str], object]) -> None:
        self._machine, self._pace, self._complain = machine, pace, complain
        self._connections: set[asyncio.Task[None]] = set()

    def start(self, names: Sequence[BridgedName]) -> None:
        context, known = _lan(self._machine), addresses_of(names)
        for bridged in names:
            server = context.network.tcp_socket(4)
            server.bind(known[bridged.name], bridged.port, reuse=True)
            server.listen(_BACKLOG)
            self._machine.run(self._accepting(server, bridged), ("vnetsim", "serve", "--bridge", bridged.name), context)

    def _accepting(self, server: TcpSocket, bridged: BridgedName) -> Callable[[Process], Program]:
        def main(process: Process) -> Program:
            server.give(process)
            while True:
                client: TcpSocket = yield server.accept()
                if len(self._connections) >= MOST_CONNECTIONS:
                    client.close()
                    continue
                task = asyncio.ensure_future(self._serve(client, bridged))
                self._connections.add(task)
                task.add_done_callback(self._connections.discard)

        return main

    async def _serve(self, client: TcpSocket, bridged: BridgedName) -> None:
        connection = SimulatedConnection(client, self._pace)
        with self._pace.unhurried():
            try:
                reader, writer = await asyncio.open_connection(bridged.host, bridged.port)
            except OSError as error:
                where = f"{bridged.host}:{bridged.port} of this computer"
                self._complain(f"vnetsim: --bridge {bridged.name}: {where}: {error.strerror or error}")
                connection.close()
                return
            try:
                await relay(connection, reader, writer)
                await finish(writer)
            except (KernelError, ConnectionError, asyncio.CancelledError):
                reset(writer)
            finally:
                connection.close()

    async def close(self) -> None:
        """Reset all connections."""
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
