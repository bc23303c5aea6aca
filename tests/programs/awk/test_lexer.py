"""Tokens of awk."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ('BEGIN {print 1e1, .5, "a\\tb\\101\\q" # comment\n}',
     '10 0.5 a\tbA\\q\n'),
    ('{n = 4 / 2 / 1; print n, /b/, $1 ~ /[/a]/}',
     '2 1 1\n'),
    ('BEGIN {print "abc}',
     'awk: line 1: runaway string constant "abc} ...\n'),
    ('BEGIN { @ }',
     "awk: 1: unexpected character '@'\n"),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
