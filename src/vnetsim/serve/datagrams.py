"""Datagrams of real clients, each of whom has a UDP socket of the simulation until 90 seconds after the last answer.

Not modelled: ICMP errors towards real clients; a datagram that cannot be sent is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Generator
from typing import Any, Final, cast

from vnetsim.clock import SECOND
from vnetsim.errors import KernelError
from vnetsim.process.network import Network
from vnetsim.serve.pace import Pace
from vnetsim.sockets import Datagram, UdpSocket
from vnetsim.wire.inet import Address

IDLE: Final = 90 * SECOND
#: Clients of one port at the same time; datagrams of a further one are lost.
MOST_CLIENTS: Final = 1024


class DatagramRelay(asyncio.DatagramProtocol):
    """`target` gives the namespace of the clients, and where their datagrams go; KernelError."""

    def __init__(self, target: Callable[[], tuple[Network, Address, int]], pace: Pace) -> None:
        self._target, self._pace = target, pace
        self._clients: dict[Any, tuple[UdpSocket, asyncio.Task[None]]] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        for _, task in self._clients.values():
            task.cancel()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        with contextlib.suppress(KernelError):
            found = self._clients.get(addr) or self._begin(addr)
            if found is not None:
                found[0].send(data)
                self._pace.wake()

    def _begin(self, client: Any) -> tuple[UdpSocket, asyncio.Task[None]] | None:
        if len(self._clients) >= MOST_CLIENTS:
            return None
        network, address, port = self._target()
        udp = network.udp_socket(address.version)
        udp.connect(address, port)
        self._clients[client] = udp, asyncio.ensure_future(self._answers(udp, client))
        return self._clients[client]

    async def _answers(self, udp: UdpSocket, client: Any) -> None:
        try:
            while (
                answer := await self._pace.complete(_next(udp), follows_client=True, hurries=lambda: False)
            ) is not None:
                if self._transport is not None:
                    self._transport.sendto(answer.data, client)
        finally:
            udp.close()
            self._clients.pop(client, None)


def _next(udp: UdpSocket) -> Generator[Any, Any, Datagram | None]:
    """The next answer, None after a long silence; ICMP errors about the client's datagrams are ignored."""
    while True:
        try:
            answer: Datagram | None = yield udp.receive(IDLE)
        except KernelError:
            continue
        return answer
