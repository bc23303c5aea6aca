"""One line of each shape that the recordings of real kernels and engines hold, made again from a value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.lines import frame
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.printer import PacketPrinter

LINES = [text.rstrip("\n") for text in Path(__file__).with_name("recorded_lines.txt").read_text().split("\n\n")[1:]]


@pytest.mark.parametrize("line", LINES)
def test_a_recorded_line_is_what_its_frame_prints(line: str) -> None:
    assert frame(line).describe(PacketPrinter(absolute=True)) == line


@pytest.mark.parametrize("line", LINES)
def test_a_frame_prints_the_same_after_a_journey_as_bytes(line: str) -> None:
    assert Frame.decode(frame(line).encode()).describe(PacketPrinter(absolute=True)) == line
