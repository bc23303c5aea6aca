"""Wrong and abbreviated options as programs of Debian 12 answer them: first lines of both streams, and the status."""

from __future__ import annotations

from functools import cache

import pytest

from vnetsim import Lab

ANSWERS = [
    ("ping --x", "", "ping: invalid option -- '-'", 2),
    ("arping --x", "", "arping: invalid option -- '-'", 2),
    ("tracepath --x", "", "tracepath: invalid option -- '-'", 255),
    ("traceroute --x", "", "Bad option `--x' (argc 1)", 2),
    ("nc --x", "", "nc: invalid option -- '-'", 1),
    ("busybox nc --x", "", "nc: invalid option -- '-'", 1),
    ("busybox wget --x", "", "wget: unrecognized option '--x'", 1),
    ("host --x", "", "host: illegal option -- -", 1),
    ("nslookup --x", "*** Invalid option: -x", "", 1),
    ("dig --x", "", "Invalid option: --x", 1),
    ("hostname --x", "Usage: hostname [-b] {hostname|-F file}         set host name (from file)",
     "hostname: unrecognized option '--x'", 255),
    ("ifconfig --x", "", "ifconfig: option `--x' not recognised.", 1),
    ("pgrep --x", "", "pgrep: unrecognized option '--x'", 2),
    ("pkill -Q", "", "pkill: invalid option -- 'Q'", 2),
    ("which --x", "Usage: /usr/bin/which [-a] args", "Illegal option --", 2),
    ("which -ab ls", "Usage: /usr/bin/which [-a] args", "Illegal option -b", 2),
    ("which -aa ls", "/usr/bin/ls", "", 0),
    ("which ls -a", "/usr/bin/ls", "", 1),
    ("date --ut +%Z", "UTC", "", 0),
    ("date --x", "", "date: unrecognized option '--x'", 1),
    ("date --rf", "", "date: option '--rf' is ambiguous; possibilities: '--rfc-email' '--rfc-3339'", 1),
    ("date --ref", "", "date: option '--reference' requires an argument", 1),
]  # fmt: skip


@cache
def host() -> Lab:
    return Lab()


@pytest.mark.parametrize(("line", "stdout", "stderr", "status"), ANSWERS)
def test_answer(line: str, stdout: str, stderr: str, status: int) -> None:
    result = host().run(line)
    firsts = [(text.splitlines() or [""])[0] for text in (result.stdout, result.stderr)]
    assert (*firsts, result.exit_code) == (stdout, stderr, status)
