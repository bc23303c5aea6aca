"""trap refuses what is not modelled; what it does is in the recordings of tests/shell."""

from __future__ import annotations

from tests.shell.machine import Machine


def test_conditions_that_nothing_brings_about_are_refused() -> None:
    for condition in ("CHLD", "CONT", "DEBUG", "RETURN", "34"):
        outcome = Machine().run("bash", "-c", f"trap 'echo x' {condition}; echo after")
        assert "not modelled" in outcome.stderr
        assert outcome.stdout == ""
