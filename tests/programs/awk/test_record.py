"""Fields and the record of awk."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Programs, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    ('{$5 = "e"; print; print NF; NF = 2; print; $0 = "x y"; print $2}',
     'a b c  e\n5\na b\ny\n'),
    ('BEGIN {OFS = "-"} {print; $1 = $1; print}',
     'a b c\na-b-c\n'),
    ('{print $(-1)}',
     'awk: run time error: negative field index $-1\n\tFILENAME="-" FNR=1 NR=1\n'),
]  # fmt: skip


def test_it_is_as_in_mawk() -> None:
    for program, printed in ROWS:
        ended = Machine().run("awk", program, stdin="a b c\n")
        assert (program, ended.stdout + ended.stderr) == (program, printed)
