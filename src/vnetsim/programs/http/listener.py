"""What both HTTP servers do: listen, and answer each connection in a child of its own."""

from __future__ import annotations

from collections.abc import Callable

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process, Program
from vnetsim.sockets import TcpSocket
from vnetsim.wire.inet import Address


def listen(process: Process, address: Address, port: int, backlog: int) -> TcpSocket:
    """KernelError if the address or the port cannot be used."""
    socket = process.network.tcp_socket(address.version, owner=process)
    try:
        socket.bind(address, port, reuse=True)
        socket.listen(backlog)
    except KernelError:
        socket.close()
        raise
    return socket


def serve(
    process: Process, listener: TcpSocket, answer: Callable[[Process, TcpSocket], Coroutine[None]]
) -> Coroutine[int]:
    """Accept connections until the process ends; a child ends with 1 if its connection breaks."""

    def child(connection: TcpSocket) -> Callable[[Process], Program]:
        def main(process: Process) -> Coroutine[int]:
            try:
                yield from answer(process, connection)
            except KernelError:
                return 1
            finally:
                connection.close()
            return 0

        return main

    try:
        while True:
            process.fork(child((yield listener.accept())))
    finally:
        listener.close()
