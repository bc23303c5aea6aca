"""The control connection of a test (iperf_api.h, iperf_client_api.c, iperf_server_api.c): states and JSON."""

from __future__ import annotations

import enum
import json
import random
from typing import Any, Final

from vnetsim.process import Coroutine
from vnetsim.sockets import TcpSocket

COOKIE_LENGTH: Final = 37
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH_BYTES: Final = 4
#: The first datagrams of a UDP stream, from either end.
UDP_HELLO: Final = (0x36373839).to_bytes(4, "little")
UDP_REPLY: Final = (0x39383736).to_bytes(4, "little")


class IperfState(enum.IntEnum):
    TEST_START = 1
    TEST_RUNNING = 2
    TEST_END = 4
    PARAM_EXCHANGE = 9
    CREATE_STREAMS = 10
    SERVER_TERMINATE = 11
    CLIENT_TERMINATE = 12
    EXCHANGE_RESULTS = 13
    DISPLAY_RESULTS = 14
    IPERF_DONE = 16
    #: -1 and -2
    ACCESS_DENIED = 255
    SERVER_ERROR = 254


class Broken(Exception):
    """The other end has gone, or sent an unexpected message."""


def new_cookie(source: random.Random) -> bytes:
    return "".join(source.choice(_LETTERS) for _ in range(COOKIE_LENGTH - 1)).encode() + b"\0"


def receive(socket: TcpSocket, size: int) -> Coroutine[bytes]:
    """That many bytes: Broken if the connection ends before."""
    data = b""
    while len(data) < size:
        more: bytes = yield socket.receive(size=size - len(data))
        if not more:
            raise Broken
        data += more
    return data


def receive_state(socket: TcpSocket) -> Coroutine[IperfState]:
    octet = yield from receive(socket, 1)
    try:
        return IperfState(octet[0])
    except ValueError:
        raise Broken from None


def send_state(socket: TcpSocket, state: IperfState) -> Any:
    return socket.send(bytes([state]))


def receive_json(socket: TcpSocket) -> Coroutine[dict[str, Any]]:
    size = int.from_bytes((yield from receive(socket, _LENGTH_BYTES)), "big")
    try:
        message = json.loads((yield from receive(socket, size)))
    except ValueError:
        raise Broken from None
    if not isinstance(message, dict):
        raise Broken
    return message


def send_json(socket: TcpSocket, content: dict[str, Any]) -> Coroutine[None]:
    data = json.dumps(content, separators=(",", ":")).encode()
    yield socket.send(len(data).to_bytes(_LENGTH_BYTES, "big"))
    yield socket.send(data)
