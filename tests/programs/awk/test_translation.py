"""Rules and functions of awk, in their order."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ('END {print "e" NR} BEGIN {print "b"} {print; next} {print "no"}',
     'b\na b c\ne1\n'),
    ('function fib(n) {return n < 2 ? n : fib(n - 1) + fib(n - 2)} BEGIN {print fib(10)}',
     '55\n'),
    ('BEGIN {exit; print 1} END {print "end"}',
     'end\n'),
    ('BEGIN {next}',
     'awk: line 1: improper use of next\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
