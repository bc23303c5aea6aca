"""Capture files with interfaces and comments: the blocks of draft-ietf-opsawg-pcapng."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.wire.pcapng import CapturedFrame, pcapng

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
frames = st.builds(
    CapturedFrame, interface=st.just(0), at=st.integers(0, 2**64 - 1), data=st.binary(max_size=70),
    outbound=st.booleans(), comment=st.text(st.characters(codec="utf-8"), max_size=20),
)  # fmt: skip


def blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each block, which has its length at both ends, aligned to four bytes."""
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, at + length - 4) == (length,)
        yield kind, data[at + 8 : at + length - 4]
        at += length
    assert at == len(data)


def options(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while True:
        code, length = struct.unpack_from("<HH", data, at)
        if code == 0:
            assert at + 4 == len(data)
            return found
        found[code] = data[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


def test_the_section_and_its_interfaces_come_first() -> None:
    kinds = list(blocks(pcapng(["host:eth0", "web:eth0"], [CapturedFrame(1, 5, b"abc", outbound=False)], "vnetsim")))
    assert [kind for kind, _ in kinds] == [SECTION, INTERFACE, INTERFACE, PACKET]
    assert struct.unpack_from("<IHHq", kinds[0][1]) == (0x1A2B3C4D, 1, 0, -1)
    assert options(kinds[0][1][16:]) == {4: b"vnetsim"}
    assert struct.unpack_from("<HHI", kinds[1][1]) == (1, 0, 262144)
    assert options(kinds[2][1][8:]) == {2: b"web:eth0", 9: b"\x09"}


@given(st.lists(frames, max_size=5))
def test_each_frame_is_there_with_its_time_its_direction_and_its_comment(given: list[CapturedFrame]) -> None:
    packets = [body for kind, body in blocks(pcapng(["a"], given, "vnetsim")) if kind == PACKET]
    for frame, body in zip(given, packets, strict=True):
        interface, high, low, captured, length = struct.unpack_from("<IIIII", body)
        assert (interface, high << 32 | low) == (0, frame.at)
        assert captured == length == len(frame.data)
        assert body[20 : 20 + length] == frame.data
        found = options(body[20 + length + -length % 4 :])
        assert found.pop(2) == struct.pack("<I", 2 if frame.outbound else 1)
        assert found == ({1: frame.comment.encode()} if frame.comment else {})
