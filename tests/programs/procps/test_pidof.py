"""pidof, as that of sysvinit-utils 3.06 answers."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine

_START = "sleep 9 & a=$!; sleep 9 & b=$!; sleep 0.1; "


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("pidof sleep", "$b $a"),
        ("pidof /usr/bin/sleep", "$b $a"),
        ("pidof -s sleep", "$b"),
        ("pidof -d , sleep", "$b,$a"),
        ("pidof -o $b sleep", "$a"),
        ("pidof nosuch sleep", "$b $a"),
        ("pidof sleep sleep", "$b $a $b $a"),
    ],
)
def test_the_latest_comes_first(asked: str, expected: str) -> None:
    found, told = Machine().run("bash", "-c", f"{_START}{asked}; echo {expected}").stdout.splitlines()
    assert found == told


@pytest.mark.parametrize(
    ("asked", "status"),
    [("pidof nosuch", 1), ("pidof", 1), ("pidof -q sleep", 0), ("pidof --bogus sleep", 1), ("pidof -Z", 1)],
)
def test_nothing_is_said_besides(asked: str, status: int) -> None:
    outcome = Machine().run("bash", "-c", f"{_START}{asked}")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (status, "", "")


def test_help_is_given() -> None:
    assert Machine().run("pidof", "-h").stdout.startswith("pidof usage: [options] <program-name>\n")
