"""What the real tools have and these have not is said, never silently ignored."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine
from vnetsim.errors import NotModelled


@pytest.mark.parametrize(
    "argv",
    [
        ["ls", "-R"],
        ["ls", "-C"],
        ["tr", "-t", "abc", "x"],
        ["timeout", "-v", "1", "true"],
        ["sed", "-s", "p"],
        ["grep", "-r", "x"],
        ["sed", "y/a/b/"],
        ["sed", "-n", "/a/{p}"],
        ["awk", "-W", "version"],
        ["awk", "BEGIN {print systime()}"],
        ["awk", "BEGIN {srand(1); print rand()}"],
        ["awk", "/[[.a.]]/"],
        ["awk", "BEGIN {sub(/a/, 1, 2)}"],
        ["awk", 'BEGIN {printf "%#o", 8}'],
        ["awk", f"BEGIN {{{'if (1) {' * 120}{'}' * 120}}}"],
        ["awk", "function f(x) {return f(x + 1)} BEGIN {f(1)}"],
        ["sort", "-k1.2"],
        ["date", "-d", "tomorrow"],
        ["date", "1230"],
        ["nsenter", "-t", "1", "-m", "true"],
        ["unshare", "-m", "true"],
        ["hostname", "newname"],
        ["xargs", "-P2", "echo"],
        ["cat", "--help"],
        ["cat", "/dev/urandom"],
        ["printf", "%(%Y)T"],
    ],
    ids=" ".join,
)
def test_it_is_not_modelled(argv: list[str]) -> None:
    with pytest.raises(NotModelled):
        Machine().run(*argv, stdin="a b\n")
