"""xxd of vim 9.0."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine
from vnetsim.errors import NotModelled

_ROWS = [
    ("xxd s | head -2", ("00000000: 310a 320a 330a 340a 350a 360a 370a 380a  1.2.3.4.5.6.7.8.\n"
                        "00000010: 390a 3130 0a31 310a 3132 0a31 330a 3134  9.10.11.12.13.14\n")),
    ("xxd -p -l 40 s", "310a320a330a340a350a360a370a380a390a31300a31310a31320a31330a\n31340a31350a31360a31\n"),
    ("xxd -c 8 -g 1 -l 9 s", "00000000: 31 0a 32 0a 33 0a 34 0a  1.2.3.4.\n00000008: 35                       5\n"),
    ("xxd -s 4 -len 5 s", "00000004: 330a 340a 35                             3.4.5\n"),
    ("echo 68656c6c6f0a | xxd -r -p", "hello\n"), ("xxd -l 20 s | xxd -r | tail -1", "10"),
    ("xxd -u -l 3 -plain s", "310A32\n"),
    ("xxd -b -l 7 s", ("00000000: 00110001 00001010 00110010 00001010 00110011 00001010  1.2.3.\n"
                      "00000006: 00110100                                               4\n")),
    ("xxd -g 0 -l 17 s | tail -1", "00000010: 39                                9\n"),
    ("xxd -d -o 16 -l 3 s", "00000016: 310a 32                                  1.2\n"),
]  # fmt: skip


def test_as_recorded() -> None:
    machine = Machine()
    machine.run("bash", "-c", "cd /tmp; seq 40 > s")
    for command, expected in _ROWS:
        assert machine.run("bash", "-c", f"cd /tmp; {command}").stdout == expected, command


def test_what_is_wrong_or_missing_is_refused() -> None:
    outcome = Machine().run("xxd", "nosuch")
    assert (outcome.status, outcome.stderr) == (2, "xxd: nosuch: No such file or directory\n")
    assert Machine().run("xxd", "-z").stderr.startswith("Usage:\n       xxd [options]")
    with pytest.raises(NotModelled, match="xxd -i"):
        Machine().run("xxd", "-i")
