"""docker-proxy: the listener on the host's end of a published port (cmd/docker-proxy of moby).

It relays between the host's address and the container, with the host's address as source.  It matters where no NAT
rule applies: on the host's loopback, from the container's own network, and from IPv6 to an IPv4
container.  A TCP connection becomes two; of UDP a client is forgotten after 90 seconds of silence.  Without the proxy
the engine itself binds the port, and does not answer there.

Not modelled: SCTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.clock import MICROSECOND, SECOND
from vnetsim.docker.api.types import EngineOperation
from vnetsim.docker.libnetwork.nlwrap import EngineHost, Idle
from vnetsim.docker.libnetwork.portbinding import PortBinding
from vnetsim.errors import KernelError
from vnetsim.process import Child, Main, Process, Program
from vnetsim.sockets import Datagram, TcpSocket, UdpSocket
from vnetsim.values import define
from vnetsim.wire.inet import Address

IDLE: Final = 90 * SECOND
#: net.core.somaxconn, the backlog of Go's net.Listen.
_BACKLOG: Final = 4096
#: The delay before the connection to the container: by then the client's request has arrived.
_DIAL: Final = 100 * MICROSECOND
#: The descriptor of its listening socket, as recorded.
_DESCRIPTOR: Final = 7
Client = tuple[Address, int]


class Proxies:
    """The running proxies by binding; without `enabled` the engine itself holds the ports."""

    def __init__(self, host: EngineHost, *, enabled: bool) -> None:
        self._host = host
        self._enabled = enabled
        self._running: dict[PortBinding, tuple[Child, TcpSocket | UdpSocket]] = {}

    def start(self, binding: PortBinding) -> None:
        """KernelError if the port is not available: the engine binds the socket, and the proxy inherits it."""
        protocol = binding.port.protocol
        if protocol == "tcp":
            tcp = self._listener(binding)
            self._run(binding, tcp, _tcp(tcp, binding) if self._enabled else _holder(tcp))
        elif protocol == "udp" and self._enabled:
            udp = self._host.machine.host.network.udp_socket(_host(binding).version)
            udp.bind(_host(binding), binding.host_port, only_v6=True)
            self._run(binding, udp, _udp(udp, binding))

    def _listener(self, binding: PortBinding) -> TcpSocket:
        socket = self._host.machine.host.network.tcp_socket(_host(binding).version)
        try:
            socket.bind(_host(binding), binding.host_port, reuse=True, only_v6=True)
            socket.listen(_BACKLOG if self._enabled else 0)
        except KernelError:
            socket.close()
            raise
        return socket

    def _run(self, binding: PortBinding, socket: TcpSocket | UdpSocket, main: Main) -> None:
        argv = _argv(binding) if self._enabled else ("dockerd",)
        self._running[binding] = self._host.run(main, argv[0], self._host.machine.host, *argv[1:]), socket

    def stop(self, binding: PortBinding) -> None:
        """The port is free at once: the next endpoint of the container may be about to take it."""
        running = self._running.pop(binding, None)
        if running is not None:
            child, socket = running
            socket.close()
            child.kill()


def _argv(binding: PortBinding) -> tuple[str, ...]:
    """How the proxy is started, as recorded."""
    return (
        *("/usr/sbin/docker-proxy", "-proto", binding.port.protocol),
        *("-host-ip", str(binding.host), "-host-port", str(binding.host_port)),
        *("-container-ip", str(binding.address), "-container-port", str(binding.port.number), "-use-listen-fd"),
    )


def _host(binding: PortBinding) -> Address:
    assert binding.host is not None
    return binding.host


# --- TCP -------------------------------------------------------------------------------------------------------------


def _holder(socket: TcpSocket) -> Main:
    """Holds a port without accepting connections."""

    def main(process: Process) -> Idle:
        socket.give(process)
        return Idle(process)

    return main


def _tcp(server: TcpSocket, binding: PortBinding) -> Callable[[Process], Program]:
    def main(process: Process) -> Program:
        server.give(process, _DESCRIPTOR)
        try:
            while True:
                client: TcpSocket = yield server.accept()
                process.machine.run(_leader(client, binding), ("docker-proxy",), process.context)
        except KernelError:
            return 1

    return main


def _leader(client: TcpSocket, binding: PortBinding) -> Callable[[Process], Program]:
    """Connects one client to the container, and copies in both directions (tcp_proxy_linux.go)."""

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


def _copy(source: TcpSocket, target: TcpSocket) -> EngineOperation[None]:
    """Copy until end of file, and shut the other side down."""
    try:
        while data := (yield source.receive()):
            yield target.send(data)
        target.shutdown()
    except KernelError:
        return


# --- UDP -------------------------------------------------------------------------------------------------------------


@define(eq=False)
class _Conversation:
    """The socket of one client towards the container, and its listener."""

    socket: UdpSocket
    listener: Child


def _udp(server: UdpSocket, binding: PortBinding) -> Callable[[Process], Program]:
    def main(process: Process) -> Program:
        conversations: dict[Client, _Conversation] = {}
        try:
            while True:
                datagram = yield server.receive()
                client = datagram.source, datagram.source_port
                if client not in conversations:
                    conversations[client] = _begin(process, server, binding, client, conversations)
                _send(conversations[client].socket, datagram)
        except KernelError:
            return 1
        finally:
            for conversation in conversations.values():
                conversation.listener.kill()

    return main


def _begin(
    process: Process,
    server: UdpSocket,
    binding: PortBinding,
    client: Client,
    conversations: dict[Client, _Conversation],
) -> _Conversation:
    assert binding.address is not None
    socket = process.network.udp_socket(binding.address.version)
    socket.connect(binding.address, binding.port.number)

    def listen(listener: Process) -> EngineOperation[int]:
        del listener
        try:
            while (answer := (yield from _receive(socket))) is not None:
                server.send_to(answer.data, *client)
        finally:
            socket.close()
            conversations.pop(client, None)
        return 0

    return _Conversation(socket, process.machine.run(listen, ("docker-proxy",), process.context))


def _receive(socket: UdpSocket) -> EngineOperation[Datagram | None]:
    """The next answer; ICMP errors from the container are ignored."""
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
