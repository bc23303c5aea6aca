"""A terminal in canonical mode: lines for whoever reads."""

from __future__ import annotations

from vnetsim.engine import Engine
from vnetsim.engine.task import Signal
from vnetsim.kernel.proc.tty import Tty


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
