"""Conversions of awk's printf."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ('BEGIN {printf "%05d|%-4s|%.2f|%c%c|%x\\n", 42, "ab", 3.14159, 65, "xyz", -1}',
     '00042|ab  |3.14|Ax|0\n'),
    ('BEGIN {printf "%d %u\\n", 2^40, 2^40}',
     '2147483647 4294967295\n'),
    ('BEGIN {printf "%d %d\\n", 1}',
     '1 awk: run time error: not enough arguments passed to printf("%d %d\n")\n\tFILENAME="" FNR=0 NR=0\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
