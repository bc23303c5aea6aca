"""Options and operands of awk."""

from __future__ import annotations

from tests.shell.machine import Machine

#: Arguments, and what mawk 1.3.4 prints for them, or complains.
ROWS = [
    (["-F:", "-v", "x=\\t", "{print $2 x}"], "b;c\t\n"), (["-F", "[:;]", "{print NF}"], "3\n"),
    (["--", "{print NR}"], "1\n"),
    (["-Z", "1"], "awk: not an option: -Z\n"), (["-v"], "awk: option -v lacks argument\n"),
    (["-v", "1x=3", "1"], "awk: improper assignment: -v 1x=3\n"),
]  # fmt: skip


def test_options_are_those_of_mawk() -> None:
    for args, printed in ROWS:
        ended = Machine().run("awk", *args, stdin="a:b;c\n")
        assert (args, ended.stdout + ended.stderr) == (args, printed)
