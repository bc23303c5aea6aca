"""less 590 (Debian 12), in a window of 8 lines and 40 columns, and where its output is a pipe."""

from __future__ import annotations

import pytest

from tests.programs.screen.on_terminal import OnTerminal
from tests.shell.machine import Machine
from vnetsim.errors import NotModelled

_FILES = "cd /tmp; seq 3 > s3; seq 100 > n"


def numbers(first: int) -> list[str]:
    return [str(first + at) for at in range(7)]


def test_a_pipe_gets_everything() -> None:
    machine = Machine()
    machine.run("bash", "-c", _FILES)
    for command, expected in [
        ("less s3", "1\n2\n3\n"), ("less -N -s -S -F s3", "1\n2\n3\n"), ("seq 2 | less - s3", "1\n2\n1\n2\n3\n"),
        ("less s3 s3", "1\n2\n3\n"), ("less +2 s3", "1\n2\n3\n"), ("less -p 2 s3", "1\n2\n3\n"),
        ("less nosuch s3", "nosuch: No such file or directory\n1\n2\n3\n"), ("less /etc", "/etc is a directory\n"),
        ("less s3 +G", "+G: No such file or directory\n1\n2\n3\n"), ("less", ""), ("seq 2 | less", "1\n2\n"),
    ]:  # fmt: skip
        outcome = machine.run("bash", "-c", f"cd /tmp; {command}")
        assert (outcome.status, outcome.stdout) == (0, expected), command
    outcome = machine.run("bash", "-c", "less -Z /tmp/s3")
    assert (outcome.stdout, outcome.stderr) == ("1\n2\n3\n", 'There is no -Z option ("less --help" for help)\n')


@pytest.mark.parametrize("option", ["-L", "--quit-at-eof", "-P%f"])
def test_what_it_has_not_is_refused(option: str) -> None:
    with pytest.raises(NotModelled, match=f"less {option[:2]}"):
        Machine().run("less", option, "/etc/hosts")


def test_a_window_is_moved_as_the_real_one_moves_it() -> None:
    terminal = OnTerminal(_FILES, "printf 'a\\tb\\001c\\n%0200d\\nend\\n' 7 > w")
    zeros = ["0" * 40] * 4
    for keys, expected in [
        ("less n w", [*numbers(1), "<n (file 1 of 2)>"]), (" ", [*numbers(8), ":"]), ("j", [*numbers(9), ":"]),
        ("G", [*numbers(94), "<(END) - Next: w>"]), ("k", [*numbers(93), ":"]), ("g", [*numbers(1), ":"]),
        ("/5\r", ["<5>", *numbers(6)[:-1], ":"]), ("n", ["1<5>", *numbers(16)[:-1], ":"]),
        ("\x1b[A", ["14", "1<5>", *numbers(16)[:-2], ":"]),
        ("50%", [*(f"<5>{at}" for at in (1, 2, 3, 4)), "<5><5>", "<5>6", "<5>7", ":"]),
        ("20g", [*numbers(20)[:5], "2<5>", "26", ":"]), ("d", ["24", "2<5>", *numbers(26)[:-2], ":"]),
        ("?3\r", ["2<3>", *numbers(24)[:-1], ":"]),
        ("/zz\r", [*numbers(23), "<Pattern not found  (press RETURN)>"]),
        (":n", ["a       b<^A>c", *zeros, "0" * 39 + "7", "end", "<w (file 2 of 2) (END)>"]),
        ("-S", ["a       b<^A>c", "0" * 39 + "<>>", "end", "<(END)>"]),
        (":n", ["a       b<^A>c", "0" * 39 + "<>>", "end", "<No next file  (press RETURN)>"]),
    ]:  # fmt: skip
        assert terminal.window(keys) == expected, keys
    assert terminal.typed("q").startswith("\x1b[?1049l")
    assert terminal.session.reads_commands
    assert terminal.window("less -N w")[:3] == ["      1 a       b<^A>c", *["      2 " + "0" * 32] * 2]
    assert terminal.window("q") == [""]
    assert terminal.window("less -M n")[-1] == "<n lines 1-7/100 5%>"
    assert terminal.window("\x03")[-1].startswith("\a")
    assert "vnetsim: not modelled" in terminal.window("-M")[-1]
    terminal.typed("q")
    assert terminal.window("seq 3 | less") == ["1", "2", "3", "<(END)>"]
    terminal.typed("Q")
    assert terminal.typed("less") == 'Missing filename ("less --help" for help)\n'
    assert terminal.typed("less -F s3") == "1\n2\n3\n"
