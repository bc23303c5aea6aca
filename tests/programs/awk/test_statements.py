"""Statements of awk."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ('BEGIN {for (;;) {if (++i > 4) break; if (i == 2) continue; printf "%d ", i}; do print i--; while (i > 3)}',
     '1 3 4 5\n4\n'),
    ('NR == 1, /x/ {print "in"}\n/z/\nEND {if (0) print 1; else if (1) print 2\nelse print 3; exit 1}',
     'in\n2\n'),
    ('BEGIN {break}',
     'awk: line 1: break statement outside of loop\n'),
    ('BEGIN {while }',
     'awk: line 1: syntax error at or near }\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
