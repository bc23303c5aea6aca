"""base64, as that of coreutils 9.1 answers."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine


@pytest.mark.parametrize(("command", "status", "expected", "error"), [
    ("seq 40 | base64 | head -1 | wc -c", 0, "77\n", ""),
    ("seq 9 | base64", 0, "MQoyCjMKNAo1CjYKNwo4CjkK\n", ""),
    ("seq 40 | base64 -w 20 | tail -1", 0, "MzkKNDAK\n", ""),
    ("echo hi | base64 -w0", 0, "aGkK", ""),
    ("seq 40 | base64 | base64 -d | tail -1", 0, "40\n", ""),
    ("printf '\\1\\0' | base64", 0, "AQA=\n", ""),
    ("echo 'aG!k=' | base64 -d", 1, "h", "base64: invalid input\n"),
    ("echo 'aG!kK' | base64 -di", 0, "hi\n", ""),
    ("printf aGVsbG8 | base64 -d", 1, "hello", "base64: invalid input\n"),
    ("printf 'aGVs bG8=' | base64 -d", 1, "hel", "base64: invalid input\n"),
    ("base64 -w x", 1, "", "base64: invalid wrap size: 'x'\n"),
    ("base64 nosuch", 1, "", "base64: nosuch: No such file or directory\n"),
    ("base64 a b", 1, "", "base64: extra operand 'b'\nTry 'base64 --help' for more information.\n"),
    ("base64 /tmp", 1, "", "base64: read error: Is a directory\n"),
])  # fmt: skip
def test_as_recorded(command: str, status: int, expected: str, error: str) -> None:
    outcome = Machine().run("bash", "-c", command)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (status, expected, error)
