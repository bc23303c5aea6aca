"""docker-proxy: who holds the host's end of a published port (cmd/docker-proxy of moby).

What arrives on the host's address goes to the container from the host's own, and answers go back.  It matters where
the rules do not translate: on the host's loopback, from the container's own network, and from IPv6 to an IPv4
container.  A TCP connection becomes two; of UDP a client is forgotten after 90 seconds of silence.  Without the proxy
the engine itself holds the port, and nobody answers there.

Not modelled: SCTP.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

import attrs

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.docker.host import Host, idle
from vnetsim.docker.portmap import Binding
from vnetsim.errors import KernelError
from vnetsim.process import Child, Datagram, Process, Program, TcpSocket, UdpSocket, Wait
from vnetsim.wire.inet import Address

IDLE: Final = 90 * SECOND
#: net.core.somaxconn, which Go's net.Listen asks for.
_BACKLOG: Final = 4096
#: From a new connection to the one it is led to: by then a client's request is there.
_DIAL: Final = 100 * MICROSECOND
Client = tuple[Address, int]


class Proxies:
    """The proxies that run, by what they hold; without `enabled` ports are only held."""

    def __init__(self, host: Host, *, enabled: bool) -> None:
        self._host = host
        self._enabled = enabled
        self._running: dict[Binding, Child] = {}

    def start(self, binding: Binding) -> None:
        if not self._enabled:
            if binding.port.protocol == "tcp":
                self._running[binding] = self._host.run(_holder(binding), "dockerd", self._host.machine.host)
        elif binding.port.protocol in _PROXIES:
            main = _PROXIES[binding.port.protocol](binding)
            self._running[binding] = self._host.run(main, "docker-proxy", self._host.machine.host)

    def stop(self, binding: Binding) -> None:
        child = self._running.pop(binding, None)
        if child is not None:
            child.kill()


# --- TCP -------------------------------------------------------------------------------------------------------------


def _listener(process: Process, binding: Binding, backlog: int) -> TcpSocket:
    assert binding.host is not None
    socket = process.network.tcp_socket(binding.host.version, owner=process)
    socket.bind(binding.host, binding.host_port, reuse=True, only_v6=True)
    socket.listen(backlog)
    return socket


def _holder(binding: Binding) -> Callable[[Process], Program]:
    """Nobody else may have the port."""

    def main(process: Process) -> Program:
        _listener(process, binding, 0)
        return (yield from idle(process))

    return main


def _tcp(binding: Binding) -> Callable[[Process], Program]:
    def main(process: Process) -> Program:
        server = _listener(process, binding, _BACKLOG)
        try:
            while True:
                client: TcpSocket = yield server.accept()
                process.machine.run(_leader(client, binding), ("docker-proxy",), process.context)
        finally:
            server.close()

    return main


def _leader(client: TcpSocket, binding: Binding) -> Callable[[Process], Program]:
    """For one connection: lead it to the container, and copy both ways (tcp_proxy_linux.go)."""

    def main(process: Process) -> Program:
        client.give(process)
        assert binding.address is not None
        container = process.network.tcp_socket(binding.address.version, owner=process)
        try:
            yield process.sleep(_DIAL)
            yield container.connect(binding.address, binding.port.number)
            back = process.machine.run(_copier(container, client), ("docker-proxy",), process.context)
            yield from _copy(client, container)
            yield back.wait()
        except KernelError:
            return 1
        finally:
            client.close()
            container.close()
        return 0

    return main


def _copier(source: TcpSocket, target: TcpSocket) -> Callable[[Process], Program]:
    def main(process: Process) -> Program:
        del process
        yield from _copy(source, target)
        return 0

    return main


def _copy(source: TcpSocket, target: TcpSocket) -> Generator[Wait, Any, None]:
    """Until the end, of which the other side is told."""
    try:
        while data := (yield source.receive()):
            yield target.send(data)
        target.shutdown()
    except KernelError:
        return


# --- UDP -------------------------------------------------------------------------------------------------------------


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


_PROXIES: Final[dict[str, Callable[[Binding], Callable[[Process], Program]]]] = {"tcp": _tcp, "udp": _udp}
