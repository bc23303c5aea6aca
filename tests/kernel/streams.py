"""TCP inside a simulated machine: sockets that a test holds itself, and servers of a few lines."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import attrs

from tests.kernel.servers import run
from vnetsim import Lab
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.transport.tcp import TcpTable
from vnetsim.kernel.transport.tcp_sockets import TcpSock
from vnetsim.observations import SocketEntry
from vnetsim.process import Process, Program
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import ANY4, Address, parse_address


def table(lab: Lab, namespace: str | None) -> TcpTable:
    return lab.network(namespace).namespace.tcp


def stream(lab: Lab, namespace: str | None, version: int = 4) -> TcpSock:
    socket = lab.network(namespace).tcp_socket(version)
    assert isinstance(socket, TcpSock)
    return socket


def listening(
    lab: Lab, namespace: str | None, port: int, backlog: int = 10, *, address: str = "0.0.0.0", reuse: bool = False,
    reuse_port: bool = False, only_v6: bool = False,
) -> TcpSock:  # fmt: skip
    socket = stream(lab, namespace, parse_address(address).version)
    socket.bind(parse_address(address), port, reuse=reuse, reuse_port=reuse_port, only_v6=only_v6)
    socket.listen(backlog)
    return socket


def connecting(lab: Lab, namespace: str | None, address: str, port: int, *, local: int = 0) -> tuple[TcpSock, Waiting]:
    """A socket on its way to somewhere, from port `local` if there is one."""
    target = parse_address(address)
    socket = stream(lab, namespace, target.version)
    if local:
        socket.bind(ANY4, local)
    return socket, Waiting(socket.connect(target, port))


def connected(lab: Lab, namespace: str | None, address: str, port: int, *, local: int = 0) -> TcpSock:
    socket, wait = connecting(lab, namespace, address, port, local=local)
    lab.sleep(0.01)
    assert wait.result is True
    return socket


def accepted(lab: Lab, listener: TcpSock) -> TcpSock:
    lab.sleep(0.01)
    socket = Waiting(listener.accept()).result
    assert isinstance(socket, TcpSock)
    return socket


def joined(lab: Lab, client: str | None, server: str | None, address: str, port: int = 80) -> tuple[TcpSock, TcpSock]:
    """Both ends of a connection."""
    listener = listening(lab, server, port)
    one = connected(lab, client, address, port)
    other = accepted(lab, listener)
    listener.close()
    return one, other


@attrs.frozen
class Waiting:
    """What a signal came to: `result` is None while nothing did, and an Errno if it failed."""

    signal: Any

    @property
    def result(self) -> Any:
        event = self.signal.event
        if not event.triggered:
            return None
        if event.ok:
            return event.value
        assert isinstance(event.value, KernelError)
        return event.value.errno


def received(lab: Lab, socket: TcpSock) -> bytes:
    """Everything that is there after a while."""
    lab.sleep(0.1)
    data = b""
    while socket.endpoint is not None and socket.endpoint.connection.readable:
        data += Waiting(socket.receive()).result
    return data


def error_of(call: Callable[[], object]) -> Errno | None:
    """The errno that a call raises."""
    try:
        call()
    except KernelError as error:
        return error.errno
    return None


def states(lab: Lab, namespace: str | None) -> list[str]:
    return [entry.state for entry in entries(lab, namespace)]


def entries(lab: Lab, namespace: str | None) -> list[SocketEntry]:
    return table(lab, namespace).entries()


def echo_server(lab: Lab, namespace: str | None, port: int, *, address: Address = ANY4) -> None:
    """Sends back what it gets, to one client after the other."""

    def main(process: Process) -> Program:
        server = process.network.tcp_socket(address.version, owner=process)
        server.bind(address, port, reuse=True)
        server.listen(10)
        while True:
            client: TcpSocket = yield server.accept()
            yield from _echo(client)

    run(lab, namespace, main, f"echo-{port}")
    lab.sleep(0.01)


def _echo(client: TcpSocket) -> Generator[Any, Any, None]:
    try:
        while data := (yield client.receive()):
            yield client.send(data)
    except KernelError:
        pass
    finally:
        client.close()
