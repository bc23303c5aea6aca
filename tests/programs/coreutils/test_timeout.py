"""timeout: what ends it, ends its command."""

from __future__ import annotations

import pytest

from tests.shell.machine import Machine


@pytest.mark.parametrize(("signal", "answer"), [("TERM", "t\n4\n"), ("KILL", "137\n")])
def test_timeout_passes_on_what_ends_it_but_sigkill(signal: str, answer: str) -> None:
    """As recorded with coreutils 9.1 and bash 5.2."""
    command = "timeout 99 sh -c 'trap \"echo t; exit 4\" TERM; sleep 5 & wait'"
    outcome = Machine().run("bash", "-c", f"{command} & sleep 1; kill -{signal} $!; wait $!; echo $?")
    assert outcome.stdout == answer
