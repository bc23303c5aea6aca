"""watch of procps 4.0.2."""

from __future__ import annotations

import pytest

from tests.programs.screen.on_terminal import OnTerminal
from tests.shell.machine import Machine


@pytest.mark.parametrize(("command", "status", "error"), [
    ("watch date", 1, "Error opening terminal: unknown.\n"),
    ("watch -n x ls", 1, "watch: failed to parse argument: 'x': Invalid argument\n"),
    ("watch", 1, "\nUsage:\n watch [options] command\n"),
    ("watch -z", 1, "watch: invalid option -- 'z'\n\nUsage:\n"),
    ("watch -c ls", 2, "vnetsim: not modelled: watch -c\n"),
])  # fmt: skip
def test_what_the_real_one_refuses_is_refused(command: str, status: int, error: str) -> None:
    outcome = Machine().run("bash", "-c", command)
    assert (outcome.status, outcome.stdout) == (status, "")
    assert outcome.stderr.startswith(error)


def test_without_a_terminal_it_draws_24_lines_of_80_columns() -> None:
    command = "export TERM=xterm; timeout 1.5 watch -n1 echo hi; echo $?; watch -t -n.1 -g 'date +%N'; echo $?"
    first, second, *_, last = Machine().run("bash", "-c", command).stdout.split("\x1b[H\x1b[2J")[1:]
    assert first.startswith(
        "Every 1.0s: echo hi                                 vm: Tue Nov 14 22:13:20 2023\r\n\r\nhi"
    )
    assert second.endswith("\x1b[?1049l124\n\x1b[?1049h")
    assert last.endswith("\x1b[?1049l0\n")


def test_a_terminal_has_its_own_size_and_ctrl_c_ends_it() -> None:
    terminal = OnTerminal(patience=3.5)
    shown = terminal.typed("watch -n1 -d 'date +%S; seq 20'")
    drawings = shown.split("\x1b[H\x1b[2J")[1:]
    assert len(drawings) == 4
    assert [len(each.split("\r\n")) for each in drawings[:3]] == [8, 8, 8]
    assert drawings[0].startswith("          host: Thu Jan  1 00:00:")
    assert "\x1b[7m" in drawings[1]
    assert terminal.session.reads_commands


def test_the_header_fits_the_window() -> None:
    """As recorded with the same command, at a machine whose name has two letters less."""
    terminal = OnTerminal()
    for columns, header in [
        (30, ""), (31, " host: Thu"),  (43, "             host: Thu"), (44, "Every 1.0s:   host: Thu"),
        (45, "Every 1.0s...  host: Thu"), (54, "Every 1.0s: echo 67...  host: Thu"),
        (55, "Every 1.0s: echo 67890ab host: Thu"),
    ]:  # fmt: skip
        terminal.session.resize(8, columns)
        assert terminal.window("timeout .5 watch -n1 echo 67890ab")[0].partition(" Jan")[0] == header
