"""Numbers and strings of awk."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ('BEGIN {print 2^31, 2147483647, 0.1 + 0.2, 1e6, 1 / 0, -1 / 0, "0x1A" + 0, "3x" * 2}',
     '2.14748e+09 2147483647 0.3 1000000 inf -inf 26 6\n'),
    ('BEGIN {print "10" < "9", 10 < 9, x == 0, x == "", "a" < 1, 1 == "1"}',
     '1 0 1 1 0 1\n'),
    ('{print ($1 < 1), ($9 == 0), !$9}',
     '0 0 1\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
