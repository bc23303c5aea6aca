"""Standard output and error over one stream (pkg/stdcopy of moby): a frame is a stream's number, three zero bytes, the
length as a big-endian number of 32 bits, and the bytes."""

from __future__ import annotations

import struct
from typing import Final

STDIN: Final = 0
STDOUT: Final = 1
STDERR: Final = 2
_HEADER: Final = struct.Struct(">BxxxI")
HEADER_LENGTH: Final = _HEADER.size


def frame(stream: int, data: bytes) -> bytes:
    return _HEADER.pack(stream, len(data)) + data


def split(data: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The whole frames at the beginning of `data`, and what is left."""
    frames = []
    while len(data) >= HEADER_LENGTH:
        stream, length = _HEADER.unpack_from(data)
        if len(data) < HEADER_LENGTH + length:
            break
        frames.append((stream, data[HEADER_LENGTH : HEADER_LENGTH + length]))
        data = data[HEADER_LENGTH + length :]
    return frames, data
