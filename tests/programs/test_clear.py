"""clear of ncurses 6.4."""

from __future__ import annotations

import pytest

from tests.programs.screen.on_terminal import OnTerminal
from tests.shell.machine import Machine
from vnetsim.errors import NotModelled


def test_the_window_is_cleared() -> None:
    assert (
        Machine().run("bash", "-c", "export TERM=xterm; clear; clear -x").stdout == "\x1b[H\x1b[2J\x1b[3J\x1b[H\x1b[2J"
    )
    assert OnTerminal().typed("clear") == "\x1b[H\x1b[2J\x1b[3J"


def test_a_terminal_must_be_named() -> None:
    outcome = Machine().run("clear")
    assert (outcome.status, outcome.stderr) == (1, "TERM environment variable not set.\n")
    with pytest.raises(NotModelled, match="clear -V"):
        Machine().run("clear", "-V")
