"""WebSocket (RFC 6455) as dockerd's library speaks it, for attached clients (golang.org/x/net/websocket; moby 28.5,
wsContainersAttach of api/server/router/container).

The stream is what the frames carry, whatever their bounds; there are no extensions, and of subprotocols the only one
offered is taken.  Each piece that a program writes is a frame, in parts of 32 KiB at most, as io.Copy has them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from itertools import cycle
from typing import Final

from vnetsim.serve.messages import Duplex

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_PROTOCOL_ERROR: Final = (1002).to_bytes(2, "big")
_NORMAL: Final = (1000).to_bytes(2, "big")
#: What a PONG gives back of a PING (maxControlFramePayloadLength).
_MOST_CONTROL: Final = 125
_PIECE: Final = 32 << 10


def handshake(headers: Mapping[str, str]) -> tuple[bool, bytes]:
    """Whether it is one, and the head of the answer; a refusal is the whole answer."""
    if headers.get("upgrade", "").lower() != "websocket" or "upgrade" not in headers.get("connection", "").lower():
        return False, _refusal("not websocket protocol")
    key = headers.get("sec-websocket-key", "")
    if not key:
        return False, _refusal("mismatch challenge/response")
    if headers.get("sec-websocket-version") != "13":
        return False, _refusal("missing or bad WebSocket Version", "Sec-WebSocket-Version: 13")
    protocols = [each.strip() for each in headers.get("sec-websocket-protocol", "").strip().split(",")]
    if len(protocols) > 1:
        return False, _refusal("")
    accept = base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest()).decode()
    lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Accept: {accept}", *(f"Sec-WebSocket-Protocol: {each}" for each in protocols if each)]
    return True, "\r\n".join([*lines, "", ""]).encode("latin-1")


def _refusal(sentence: str, *lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 400 Bad Request", *lines, "", sentence]).encode("latin-1")


def frame(kind: int, data: bytes) -> bytes:
    """A whole message from a server: not masked."""
    head = bytes([0x80 | kind])
    if len(data) <= _MOST_CONTROL:
        return head + bytes([len(data)]) + data
    if len(data) < 1 << 16:
        return head + b"\x7e" + len(data).to_bytes(2, "big") + data
    return head + b"\x7f" + len(data).to_bytes(8, "big") + data


class WebSocket:
    """Implements messages.Duplex over one; `kind` is that of the frames with what a program writes."""

    def __init__(self, duplex: Duplex, kind: int) -> None:
        self._duplex, self._kind = duplex, kind
        self._waiting = bytearray()
        #: Bytes that are still to come of a frame whose head was read, and its mask from there on.
        self._left, self._mask = 0, cycle(b"\0")

    async def read(self) -> bytes:
        """What of a frame has come; `b""` for a CLOSE, a frame that is not masked, and the end of the connection."""
        while not self._left:
            head = await self._take(2)
            if len(head) < 2:
                return b""
            length = await self._length(head[1] & 0x7F)
            if not head[1] & 0x80:
                await self._duplex.write(frame(CLOSE, _PROTOCOL_ERROR))
                return b""
            self._mask = cycle(await self._take(4))
            kind = head[0] & 0xF
            if kind == CLOSE:
                return b""
            if kind in (PING, PONG):
                await self._answer(kind, length)
            else:
                self._left = length
        return await self._payload(self._left)

    async def _length(self, short: int) -> int:
        if short <= _MOST_CONTROL:
            return short
        return int.from_bytes(await self._take(2 if short == 126 else 8), "big") & (1 << 63) - 1

    async def _answer(self, kind: int, length: int) -> None:
        """A PING by a PONG; dockerd reads on what is too long for one, and forgets it."""
        kept, self._left = b"", length
        while self._left and (data := await self._payload(self._left)):
            kept = (kept + data)[:_MOST_CONTROL]
        if kind == PING:
            await self._duplex.write(frame(PONG, kept))

    async def _payload(self, most: int) -> bytes:
        """At least a byte of the frame, unless the connection ends within it."""
        if not self._waiting:
            self._waiting += await self._duplex.read()
        data = bytes(self._waiting[:most])
        del self._waiting[:most]
        self._left = self._left - len(data) if data else 0
        return bytes(byte ^ key for byte, key in zip(data, self._mask, strict=False))

    async def _take(self, count: int) -> bytes:
        """Fewer only at the end of the connection."""
        while len(self._waiting) < count and (data := await self._duplex.read()):
            self._waiting += data
        taken = bytes(self._waiting[:count])
        del self._waiting[:count]
        return taken

    async def write(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            await self._duplex.write(frame(self._kind, data[start : start + _PIECE]))

    async def close(self) -> None:
        await self._duplex.write(frame(CLOSE, _NORMAL))

    def is_gone(self) -> bool:
        return self._duplex.is_gone()
