"""Builtin functions of awk that change what they are given."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ("BEGIN {for (; i < 9; i++) gsub(/x*/, \"<&>\", y); print length(y)}", "19682\n"),
    ('BEGIN {s = "hello"; print gsub(/l/, "[&]", s), s, sub(/x/, "", s)}',
     '2 he[l][l]o 0\n'),
    ('BEGIN {print substr("hello", 0, 2), substr("hello", -1, 3), substr("hello", 2, -1) "|"}',
     'he hell |\n'),
    ('{print match($0, /b/), RSTART, RLENGTH; match($0, /x/); print RSTART, RLENGTH}',
     '3 3 1\n0 -1\n'),
    ('BEGIN {print "a" ~ $1 "("}',
     'awk: run time error: regular expression compile failed (missing \')\')\n(\n\tFILENAME="" FNR=0 NR=0\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
