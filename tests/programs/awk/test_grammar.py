"""Precedence of awk's operators."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ('BEGIN {print -2^2, 2^3^2, !1 + 1, 1 - 1 " " -1, 1 + 1 "" 2 * 3}',
     '-4 512 1 0-1 26\n'),
    ('{print $1 $2, $NF-1, !/x/, (1, 2) in a, 1 == 1 ? "y" : "n"}',
     'ab -1 1 0 y\n'),
    ('BEGIN {x = = 1}',
     'awk: line 1: syntax error at or near =\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
