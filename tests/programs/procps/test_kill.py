"""kill of procps 4.0.2: the first line of both streams, and the status."""

from __future__ import annotations

import pytest

from vnetsim import Lab

ANSWERS = [
    ("/bin/kill", "", "", 1),
    ("/bin/kill -l", "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT", "", 0),
    ("/bin/kill -l 9", "KILL", "", 0),
    ("/bin/kill -l TERM", "15", "", 0),
    ("/bin/kill -l 99", "", "/bin/kill: unknown signal name 99", 0),
    ("/bin/kill -L", " 1 HUP      2 INT      3 QUIT     4 ILL      5 TRAP     6 ABRT     7 BUS", "", 0),
    ("/bin/kill -V", "kill from procps-ng 4.0.2", "", 0),
    ("/bin/kill -X 1", "", "/bin/kill: invalid argument X", 1),
    ("/bin/kill --x", "", "/bin/kill: invalid argument \0", 1),
    ("/bin/kill -n 9 99999", "", "/bin/kill: invalid argument n", 1),
    ("/bin/kill -9 x", "", "/bin/kill: failed to parse argument: 'x'", 1),
    ("/bin/kill 99999 -9", "", "/bin/kill: (99999): No such process", 1),
    ("/bin/kill -sTERM -- 99999", "", "/bin/kill: (99999): No such process", 1),
]  # fmt: skip


@pytest.mark.parametrize(("line", "stdout", "stderr", "status"), ANSWERS)
def test_answer(line: str, stdout: str, stderr: str, status: int) -> None:
    result = Lab().run(line)
    firsts = [(text.splitlines() or [""])[0] for text in (result.stdout, result.stderr)]
    assert (*firsts, result.exit_code) == (stdout, stderr, status)
