"""All captured frames: read, written again, and told as tcpdump told them."""

from __future__ import annotations

import pytest

from tests.wire.captured import FRAMES
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.printer import PacketPrinter


@pytest.mark.parametrize("name", FRAMES)
def test_a_real_frame_prints_as_tcpdump_printed_it(name: str) -> None:
    words, data = FRAMES[name]
    assert Frame.decode(data).describe(PacketPrinter(absolute=True)) == words


@pytest.mark.parametrize("name", FRAMES)
def test_a_real_frame_encodes_to_the_same_bytes(name: str) -> None:
    _, data = FRAMES[name]
    frame = Frame.decode(data)
    assert frame.encode() == data
    assert frame.length == len(data)
