"""docker-proxy: who holds the host's end of a published port (cmd/docker-proxy of moby).

For UDP: what arrives on the host's address goes to the container from the host's own, and answers go back; a client
is forgotten after 90 seconds of silence.  It matters where the rules do not translate: on the host's loopback, from
the container's own network, and from IPv6 to an IPv4 container.

Not modelled: TCP and SCTP.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.docker.host import Host
from vnetsim.docker.portmap import Binding
from vnetsim.errors import KernelError
from vnetsim.process import Child, Datagram, Process, Program, UdpSocket, Wait
from vnetsim.wire.inet import Address

IDLE: Final = 90 * SECOND
Client = tuple[Address, int]


class Proxies:
    """The proxies that run, by what they hold; without `enabled` nothing answers on the host's end."""

    def __init__(self, host: Host, *, enabled: bool) -> None:
        self._host = host
        self._enabled = enabled
        self._running: dict[Binding, Child] = {}

    def start(self, binding: Binding) -> None:
        if self._enabled and binding.port.protocol == "udp":
            self._running[binding] = self._host.run(_udp(binding), "docker-proxy", self._host.machine.host)

    def stop(self, binding: Binding) -> None:
        child = self._running.pop(binding, None)
        if child is not None:
            child.kill()


@attrs.define(eq=False)
class _Conversation:
    """A client's own socket towards the container, and who listens on it."""

    socket: UdpSocket
    listener: Child


def _udp(binding: Binding) -> Callable[[Process], Program]:
    def main(process: Process) -> Program:
        host, container = binding.host, binding.address
        assert host is not None and container is not None  # noqa: PT018 -- a binding that is there has both
        server = process.network.udp_socket(host.version)
        conversations: dict[Client, _Conversation] = {}
        try:
            server.bind(host, binding.host_port)
            while True:
                datagram = yield server.receive()
                client = datagram.source, datagram.source_port
                if client not in conversations:
                    conversations[client] = _begin(process, server, binding, client, conversations)
                _send(conversations[client].socket, datagram)
        finally:
            for conversation in conversations.values():
                conversation.listener.kill()
            server.close()

    return main


def _begin(
    process: Process, server: UdpSocket, binding: Binding, client: Client, conversations: dict[Client, _Conversation]
) -> _Conversation:
    assert binding.address is not None
    socket = process.network.udp_socket(binding.address.version)
    socket.connect(binding.address, binding.port.number)

    def listen(listener: Process) -> Generator[Wait, Any, int]:
        del listener
        try:
            while (answer := (yield from _receive(socket))) is not None:
                server.send_to(answer.data, *client)
        finally:
            socket.close()
            conversations.pop(client, None)
        return 0

    return _Conversation(socket, process.machine.run(listen, ("docker-proxy",), process.context))


def _receive(socket: UdpSocket) -> Generator[Wait, Any, Datagram | None]:
    """The next answer; an error from the container (nobody listens) is none."""
    while True:
        try:
            answer: Datagram | None = yield socket.receive(IDLE)
        except KernelError:
            continue
        return answer


def _send(socket: UdpSocket, datagram: Datagram) -> None:
    try:
        socket.send(datagram.data)
    except KernelError:
        return
