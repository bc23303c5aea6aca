"""Frames of WebSocket: what the engine's library makes of them (recorded on Docker Engine 28.5.2 with a client of raw
sockets)."""

from __future__ import annotations

import asyncio
from itertools import cycle

import pytest

from vnetsim.serve.websocket import BINARY, TEXT, WebSocket, frame, handshake

KEY = {
    "upgrade": "WebSocket", "connection": "keep-alive, Upgrade", "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip
ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
)


def masked(kind: int, data: bytes, *, final: bool = True) -> bytes:
    """As a client sends it."""
    head = frame(kind, data)[: -len(data) or None]
    first = bytes([head[0] if final else head[0] & 0x7F, head[1] | 0x80])
    return first + head[2:] + b"abcd" + bytes(byte ^ key for byte, key in zip(data, cycle(b"abcd"), strict=False))


class Pipe:
    """A connection on which pieces come; implements messages.Duplex."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.sent = list(pieces), b""

    async def read(self) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    async def write(self, data: bytes) -> None:
        self.sent += data

    def is_gone(self) -> bool:
        return False


def received(*pieces: bytes) -> tuple[bytes, bytes]:
    """What is read, and what is sent meanwhile."""

    async def play() -> tuple[bytes, bytes]:
        pipe = Pipe(*pieces)
        socket, data = WebSocket(pipe, BINARY), b""
        while piece := await socket.read():
            data += piece
        return data, pipe.sent

    return asyncio.run(play())


TWO = masked(TEXT, b"one\n") + masked(9, b"ping") + masked(BINARY, b"two\n")


@pytest.mark.parametrize(
    ("pieces", "data", "sent"),
    [
        ([TWO], b"one\ntwo\n", b"\x8a\x04ping"),
        ([bytes([byte]) for byte in TWO], b"one\ntwo\n", b"\x8a\x04ping"),
        ([masked(BINARY, b"thr", final=False) + masked(0, b"ee\n")], b"three\n", b""),
        ([masked(3, b"x"), masked(BINARY, b""), masked(BINARY, b"y")], b"xy", b""),
        ([masked(BINARY, b"x" * 300), masked(BINARY, b"y" * 70_000)], b"x" * 300 + b"y" * 70_000, b""),
        ([masked(10, b"nobody asked")], b"", b""),
        ([masked(9, b"z" * 200)], b"", frame(10, b"z" * 125)),
        ([masked(8, b"\x03\xe8") + masked(BINARY, b"late")], b"", b""),
        ([frame(BINARY, b"bare")], b"", b"\x88\x02\x03\xea"),
        *(([masked(BINARY, b"cut off")[:length]], b"cu"[: max(0, length - 6)], b"") for length in range(9)),
    ],
)
def test_the_stream_is_what_the_frames_carry(pieces: list[bytes], data: bytes, sent: bytes) -> None:
    assert received(*pieces) == (data, sent)


def test_what_is_written_is_frames_of_32_kib_at_most_and_the_end_is_one() -> None:
    pipe = Pipe()

    async def write() -> None:
        socket = WebSocket(pipe, TEXT)
        await socket.write(b"x" * 40_000)
        await socket.close()

    asyncio.run(write())
    parts = b"\x81\x7e\x80\x00" + b"x" * 32_768 + b"\x81\x7e\x1c\x40" + b"x" * 7_232
    assert pipe.sent == parts + b"\x88\x02\x03\xe8"
    assert frame(BINARY, b"x" * 65_536)[:10] == b"\x82\x7f\0\0\0\0\0\x01\0\0"


def refused(sentence: bytes) -> tuple[bool, bytes]:
    return False, b"HTTP/1.1 400 Bad Request\r\n\r\n" + sentence


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({}, (True, ACCEPTED + b"\r\n")),
        ({"sec-websocket-protocol": " a "}, (True, ACCEPTED + b"Sec-WebSocket-Protocol: a\r\n\r\n")),
        ({"sec-websocket-protocol": "a, b"}, refused(b"")),
        ({"upgrade": "tcp"}, refused(b"not websocket protocol")),
        ({"connection": "close"}, refused(b"not websocket protocol")),
        ({"sec-websocket-key": ""}, refused(b"mismatch challenge/response")),
    ],
)
def test_a_handshake_is_accepted_or_refused(changed: dict[str, str], answer: tuple[bool, bytes]) -> None:
    assert handshake({**KEY, **changed}) == answer


def test_another_version_is_told_which_one_is_spoken() -> None:
    accepted, head = handshake({**KEY, "sec-websocket-version": "8"})
    assert not accepted
    assert head.endswith(b"\r\nSec-WebSocket-Version: 13\r\n\r\nmissing or bad WebSocket Version")
