"""The lines that tell a packet: times, numbers, bytes, as tcpdump 4.99.3 writes them."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.programs.fake import process_of
from vnetsim.programs.tcpdump.options import TcpdumpOptions
from vnetsim.programs.tcpdump.output import Buffered, Lines

#: 2026-01-02 03:04:05.000006.
FIRST: Final = 1_767_323_045_000_006_000
LATER: Final = FIRST + 61_500_000_000

TIMES: Final = [
    (0, "03:04:05.000006 ", "03:05:06.500006 "),
    (1, "", ""),
    (2, "1767323045.000006 ", "1767323106.500006 "),
    (3, " 00:00:00.000000 ", " 00:01:01.500000 "),
    (4, "2026-01-02 03:04:05.000006 ", "2026-01-02 03:05:06.500006 "),
    (5, " 00:00:00.000000 ", " 00:01:01.500000 "),
]


@pytest.mark.parametrize(("times", "first", "second"), TIMES)
def test_a_line_begins_with_its_time(times: int, first: str, second: str) -> None:
    lines = Lines(TcpdumpOptions(process_of("tcpdump"), times=times))
    assert lines.line(FIRST, "x", b"", 0) == f"{first}x\n"
    assert lines.line(LATER, "x", b"", 0) == f"{second}x\n"


@pytest.mark.parametrize(("times", "third"), [(3, " 00:00:01.000000 "), (5, " 00:01:02.500000 ")])
def test_time_passes_since_the_packet_before_or_the_first(times: int, third: str) -> None:
    lines = Lines(TcpdumpOptions(process_of("tcpdump"), times=times))
    for at in (FIRST, LATER):
        lines.line(at, "x", b"", 0)
    assert lines.line(LATER + 1_000_000_000, "x", b"", 0) == f"{third}x\n"


def test_lines_may_be_numbered() -> None:
    lines = Lines(TcpdumpOptions(process_of("tcpdump"), times=1, numbered=True))
    assert [lines.line(FIRST, "x", b"", 0) for _ in range(2)] == ["    1  x\n", "    2  x\n"]


#: A header of two bytes and what is behind it.
DATA: Final = b"\x00\x01GET / HTTP/1.1\r\n\ttab\x80\r"
BYTES: Final[list[tuple[dict[str, Any], str]]] = [
    ({"hexadecimal": 1}, "\n\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a\n\t0x0010:  0974 6162 800d"),
    ({"hexadecimal": 2}, "\n\t0x0000:  0001 4745 5420 2f20 4854 5450 2f31 2e31\n\t0x0010:  0d0a 0974 6162 800d"),
    ({"both": 1}, (
        "\n\t0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET./.HTTP/1.1.."
        "\n\t0x0010:  0974 6162 800d                           .tab.."
    )),
    ({"both": 2}, (
        "\n\t0x0000:  0001 4745 5420 2f20 4854 5450 2f31 2e31  ..GET./.HTTP/1.1"
        "\n\t0x0010:  0d0a 0974 6162 800d                      ...tab.."
    )),
    ({"text": 1}, "\nGET / HTTP/1.1\n\ttab."),
    ({"text": 2}, "\n..GET / HTTP/1.1\n\ttab."),
]  # fmt: skip


@pytest.mark.parametrize(("options", "expected"), BYTES)
def test_bytes_follow(options: dict[str, Any], expected: str) -> None:
    assert (
        Lines(TcpdumpOptions(process_of("tcpdump"), times=1, **options)).line(FIRST, "x", DATA, 2) == f"x{expected}\n"
    )


def test_bytes_that_nobody_understood_are_not_shown_twice() -> None:
    words = "x\n\t0x0000:  4745"
    assert Lines(TcpdumpOptions(process_of("tcpdump"), times=1)).line(FIRST, words, DATA, 2) == f"{words}\n"
    assert (
        Lines(TcpdumpOptions(process_of("tcpdump"), times=1, both=1)).line(FIRST, words, DATA, 2).count("0x0000") == 1
    )


def test_portions_are_written_when_they_are_whole() -> None:
    written: list[str] = []
    stream = Buffered(written.append, "", at_once=False)
    stream.write("x" * 4000)
    assert written == []
    stream.write("y" * 5000)
    assert [len(portion) for portion in written] == [8192]
    stream.flush()
    assert [len(portion) for portion in written] == [8192, 808]
    stream.flush()
    assert len(written) == 2


def test_some_write_at_once() -> None:
    written: list[str] = []
    stream = Buffered(written.append, "", at_once=True)
    stream.write("x")
    stream.write("y")
    assert written == ["x", "y"]
