"""Files, pipes and commands of awk on a machine with a shell."""

from __future__ import annotations

import pytest

from vnetsim import Lab

#: Command lines, and what mawk 1.3.4 answers.
ANSWERS = [
    ("""awk 'BEGIN {c = "echo a; echo b"; while ((c | getline l) > 0) print "got " l; print close(c), close("x")}'""",
     "got a\ngot b\n0 -1\n"),
    ("""awk 'BEGIN {print system("exit 3"), system("true"); "exit 5" | getline; print close("exit 5")}'""", "3 0\n5\n"),
    ("""awk 'BEGIN {print system("kill -9 $$")}'""", "265\n"),
    ("""awk 'BEGIN {print "b\\na" | "sort"; close("sort"); print "z"}'""", "a\nb\nz\n"),
    ("""awk 'BEGIN {print "x" | "cat"; print "y"}'""", "x\ny\n"),
    ("""awk 'BEGIN {system("echo 1"); print 2}'""", "1\n2\n"),
    ("""awk 'BEGIN {f = "/tmp/f"; print 1 > f; print 2 > f; close(f); print 3 >> f; close(f)
         while ((getline l < f) > 0) print "r" l; print (getline l < "/nonexistent")}'""", "r1\nr2\nr3\n-1\n"),
    ("""printf 'a b\\nc d\\n' | awk '{getline; print; getline x; print x, NR}'""", "c d\n 2\n"),
    ("""printf 'a b\\nc d\\n' > /tmp/n; awk '{print FILENAME, FNR, NR, x}' /tmp/n x=5 /tmp/n""",
     "/tmp/n 1 1 \n/tmp/n 2 2 \n/tmp/n 1 3 5\n/tmp/n 2 4 5\n"),
    ("""echo '{print $2}' >/tmp/p; echo 'END {print v}' >/tmp/q; echo a b |awk -f /tmp/p -v v=7 -f /tmp/q""", "b\n7\n"),
    ("""A=1 awk 'BEGIN {print ENVIRON["A"], ENVIRON["A"] == 1.0; for (i = 0; i < ARGC; i++) print ARGV[i]}' b c=d""",
     "1 1\nawk\nb\nc=d\n"),
    ("""awk 'BEGIN {print "e" > "/dev/stderr"; print "o" > "/dev/stdout"; printf "-" > "-"}' 2>/dev/null""", "o\n-"),
    ("""ip -o link show lo | awk '{sub(/:$/, "", $2); for (i = 3; i <= NF; ++i) if ($i ~ /mtu/) print $2, $(i + 1)}'""",
     "lo 65536\n"),
]  # fmt: skip
#: And what it refuses.
REFUSED = [
    ("""awk 'BEGIN {print 1 > "/nonexistent/f"}'""",
     'awk: cannot open "/nonexistent/f" for output (No such file or directory)'),
    ("awk '{print}' /nonexistent", "awk: cannot open /nonexistent (No such file or directory)"),
    ("awk '{print}' /etc", "awk: read error (Is a directory)"),
    ("awk -f /nonexistent", "awk: cannot open /nonexistent (No such file or directory)"),
]  # fmt: skip


@pytest.fixture(scope="module")
def lab() -> Lab:
    return Lab(docker=False)


def test_they_answer_as_mawk_does(lab: Lab) -> None:
    assert [(line, lab.run(line).stdout) for line, _ in ANSWERS] == ANSWERS


def test_what_cannot_be_opened_ends_the_program(lab: Lab) -> None:
    for line, complaint in REFUSED:
        ended = lab.run(line)
        assert (ended.exit_code, ended.stderr) == (2, f"{complaint}\n")


def test_a_line_is_printed_before_the_next_one_comes(lab: Lab) -> None:
    lab.run("(echo 1; sleep 10; echo 2) | awk '{print; fflush()}' > /tmp/lines & sleep 1")
    assert lab.run("cat /tmp/lines").stdout == "1\n"
