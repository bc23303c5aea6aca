"""Names of awk programs."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ('function f(a) {a[1] = 5} BEGIN {f(b); print b[1]}',
     '5\n'),
    ('function f(x, i) {i = x; return g(i)} function g(y) {return y y} BEGIN {i = 1; print f(2) i}',
     '221\n'),
    ('\nBEGIN {f(1)}',
     'awk: line 3: function f never defined\n'),
    ('BEGIN {x = 1; x[1] = 2}',
     'awk: line 1: illegal reference to variable x\n'),
    ('function f(a) {} BEGIN {f(1, 2)}',
     'awk: line 1: too many arguments in call to f\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
