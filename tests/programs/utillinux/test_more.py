"""more of util-linux 2.38.1, in a window of 8 lines and 40 columns, and where its output is a pipe."""

from __future__ import annotations

import pytest

from tests.programs.screen.on_terminal import OnTerminal
from tests.shell.machine import Machine

_TITLE = "::::::::::::::\n{}\n::::::::::::::\n"


@pytest.mark.parametrize(("command", "expected", "error"), [
    ("more s3", _TITLE.format("s3") + "1\n2\n3\n", ""),
    ("more -s -n 1 +2 s3 s3", (_TITLE.format("s3") + "1\n2\n3\n") * 2, ""),
    ("more nosuch", "", "more: cannot open nosuch: No such file or directory\n"),
    ("more /etc", "\n*** /etc: directory ***\n\n", ""),
    ("seq 2 | more", "1\n2\n", ""),
])  # fmt: skip
def test_a_pipe_gets_everything(command: str, expected: str, error: str) -> None:
    outcome = Machine().run("bash", "-c", f"cd /tmp; seq 3 > s3; {command}")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, expected, error)


def test_a_wrong_option_is_refused() -> None:
    outcome = Machine().run("more", "-z")
    assert (outcome.status, outcome.stderr.splitlines()[0]) == (1, "more: invalid option -- 'z'")


def test_a_window_is_moved_as_the_real_one_moves_it() -> None:
    terminal = OnTerminal("cd /tmp; seq 100 > n")
    for keys, first, prompt in [
        ("more n", 1, "<--More--(4%)>"), (" ", 8, "<--More--(11%)>"), ("\r", 9, "<--More--(12%)>"),
        ("b", 2, "<--More--(5%)>"),
    ]:  # fmt: skip
        assert terminal.window(keys) == [*(str(first + at) for at in range(7)), prompt]
    assert terminal.typed("q") == "\r\x1b[K"
    assert terminal.window("seq 9 | more")[-1] == "<--More-->"
    terminal.typed(" ")
    terminal.typed(" ")
    assert terminal.session.reads_commands
