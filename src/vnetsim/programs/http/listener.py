"""What both HTTP servers do: listen, and answer each connection in a child of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from vnetsim.clock import Wait
from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process, Service
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import Address


def listen(process: Process, address: Address, port: int, backlog: int) -> TcpSocket:
    """KernelError if the address or the port cannot be used."""
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        socket.bind(address, port, reuse=True, only_v6=process.context.only_ipv6)
        socket.listen(backlog)
    except KernelError:
        socket.close()
        raise
    return socket


class HttpService(Service):
    """Accepts connections until the process ends; a child answers each, and ends with 1 if its connection breaks."""

    __slots__ = ("_answer", "_listener")

    def __init__(
        self, process: Process, listener: TcpSocket, answer: Callable[[Process, TcpSocket], Coroutine[None]]
    ) -> None:
        super().__init__(process)
        self._listener, self._answer = listener, answer

    def wait(self) -> Wait:
        return self._listener.accept()

    def handle(self, event: TcpSocket) -> None:
        self.process.fork(partial(self._serve, event))

    def close(self) -> None:
        self._listener.close()

    def _serve(self, connection: TcpSocket, child: Process) -> Coroutine[int]:
        try:
            yield from self._answer(child, connection)
        except KernelError:
            return 1
        finally:
            connection.close()
        return 0
