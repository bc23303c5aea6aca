"""Values of awk's operators."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ("{a[$1] = $1 in a; print a[$1], length(a)}", "1 1\n"),
    ('BEGIN {i = 1; print i++ + ++i, i--, i}',
     '4 3 2\n'),
    ('BEGIN {a[i++] += 5; print a[0], i, a[0]--, a[0]}',
     '5 1 5 4\n'),
    ('{$2 += 1; $(1 + 2) = "z"; print}',
     'a 1 z\n'),
    ('BEGIN {a[1]; print a}',
     'awk: line 1: illegal reference to array a\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
