"""Programs of a few lines that run inside a simulated machine, and sockets held by a test."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from vnetsim import Lab
from vnetsim.errors import KernelError
from vnetsim.kernel.transport.udp import UdpSock
from vnetsim.process import Child, Context, Process, Program
from vnetsim.sockets import Datagram
from vnetsim.wire.inet import ANY4, IPv4


def context(lab: Lab, namespace: str | None) -> Context:
    return attrs.evolve(lab.machine.host, network=lab.network(namespace))


def run(lab: Lab, namespace: str | None, main: Callable[[Process], Program | int], name: str = "program") -> Child:
    """Start a program in a namespace."""
    return lab.machine.run(main, [name], context(lab, namespace))


def udp_server(
    lab: Lab, namespace: str | None, port: int, answer: Callable[[bytes], bytes] = bytes.upper, *, address: IPv4 = ANY4
) -> list[Datagram]:
    """A server on a port that answers each datagram; what it heard."""
    heard: list[Datagram] = []

    def main(process: Process) -> Program:
        socket = process.network.udp_socket(owner=process)
        socket.bind(address, port)
        while True:
            try:
                datagram: Datagram = yield socket.receive()
            except KernelError:
                continue
            heard.append(datagram)
            socket.send_to(answer(datagram.data), datagram.source, datagram.source_port)

    run(lab, namespace, main, f"server-{port}")
    lab.sleep(0.01)
    return heard


def udp_client(lab: Lab, namespace: str | None, port: int = 0, *, address: IPv4 = ANY4) -> UdpSock:
    """A socket that the test itself holds."""
    socket = lab.network(namespace).udp_socket()
    assert isinstance(socket, UdpSock)
    if port:
        socket.bind(address, port)
    return socket


def received(socket: UdpSock) -> list[Datagram]:
    """What has arrived in a socket; it is taken out."""
    datagrams = []
    while len(socket._queue):
        datagram = socket.receive().event.value
        assert isinstance(datagram, Datagram)
        datagrams.append(datagram)
    return datagrams
