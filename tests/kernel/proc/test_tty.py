"""A terminal in canonical mode: lines for whoever reads."""

from __future__ import annotations

from vnetsim import Lab
from vnetsim.engine import Engine
from vnetsim.engine.task import Signal
from vnetsim.kernel.proc.tty import Tty
from vnetsim.process import BrokenPipe, Interrupted, Suspended


def tty() -> Tty:
    return Tty(Engine())


def got(signal: Signal) -> object:
    assert signal.is_set
    return signal.event.value


def test_a_reader_waits_for_its_line() -> None:
    terminal = tty()
    line = terminal.read_line()
    assert (line.is_set, terminal.is_read, terminal.wanted().is_set) == (False, True, True)
    terminal.feed("a\n")
    assert (got(line), terminal.is_read, terminal.wanted().is_set) == ("a\n", False, False)


def test_what_is_typed_ahead_is_read_line_by_line() -> None:
    terminal = tty()
    terminal.feed("a\nb\n")
    assert got(terminal.read_line()) == "a\n"
    assert got(terminal.read_some()) == "b\n"
    assert not terminal.read_some().is_set


def test_ctrl_d_is_the_end_for_one_reader_only() -> None:
    terminal = tty()
    terminal.end()
    terminal.feed("more\n")
    assert [got(terminal.read_line()), got(terminal.read_line())] == ["", "more\n"]


def test_a_reader_of_everything_gets_all_lines_at_the_end() -> None:
    terminal = tty()
    everything = terminal.read_all()
    terminal.feed("a\n")
    assert not everything.is_set
    terminal.feed("b\n")
    terminal.end()
    assert got(everything) == "a\nb\n"


def test_ctrl_c_forgets_what_was_typed_ahead() -> None:
    terminal = tty()
    terminal.feed("a\n")
    terminal.flush()
    assert not terminal.read_line().is_set


def test_the_latest_reader_gets_the_line_and_closing_changes_nothing() -> None:
    terminal = tty()
    first, second = terminal.read_line(), terminal.read_line()
    terminal.close()
    terminal.feed("a\n")
    assert (first.is_set, got(second)) == (False, "a\n")


class Screen:
    def __init__(self, *, broken: bool = False) -> None:
        self.text, self._broken = "", broken

    def write(self, text: str) -> None:
        if self._broken:
            raise BrokenPipe
        self.text += text

    def close(self) -> None:
        """It stays open."""


def test_who_waits_for_a_reader_is_woken_also_after_lines_that_were_typed_ahead() -> None:
    terminal = tty()
    wanted = terminal.wanted()
    terminal.feed("ahead\n")
    assert got(terminal.read_line()) == "ahead\n"
    terminal.read_line()
    assert wanted.is_set
    assert terminal.is_read


def test_a_prompt_is_shown_on_all_screens_and_a_broken_one_is_left() -> None:
    terminal, seen, broken = tty(), Screen(), Screen(broken=True)
    terminal.screens += [broken, seen]
    terminal.prompt = "# "
    terminal.prompt = None
    terminal.show("x")
    assert seen.text == "# x"
    assert terminal.screens == [seen]


def test_a_key_reaches_the_shell_in_front_or_the_program_of_the_terminal() -> None:
    sent: list[object] = []
    terminal = Tty(Engine(), lambda _tty, key: sent.append(type(key)))
    terminal.feed("lost\n")
    terminal.press(Interrupted())
    terminal.press(Suspended())
    assert sent == [Interrupted, Suspended]
    terminal.read_line()
    assert terminal.is_read


def test_ctrl_c_ends_a_program_without_a_shell_unless_it_is_the_first_of_its_container() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -dit --name first nettools sleep 1000")
    first = lab.docker.container_terminal("first")
    assert first is not None
    first.press(Interrupted())
    made = lab.docker.exec_create("first", {"Cmd": ["sleep", "1000"], "Tty": True, "AttachStdin": True})
    lab.docker.exec_start(made["Id"], detach=True)
    terminal = lab.docker.exec_terminal(made["Id"])
    assert terminal is not None
    terminal.press(Suspended())
    lab.sleep(1)
    assert lab.docker.exec_inspect(made["Id"])["Running"]
    terminal.press(Interrupted())
    lab.sleep(1)
    assert lab.docker.exec_inspect(made["Id"])["ExitCode"] == 130
    assert lab.docker.container_inspect("first")["State"]["Running"]
