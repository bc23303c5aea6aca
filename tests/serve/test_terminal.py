"""Keys of a client become lines for the program, and are shown as a Linux terminal and readline show them."""

from __future__ import annotations

import pytest

from vnetsim.process import Interrupted, Output, Suspended
from vnetsim.serve.terminal import LineDiscipline


class Recorder:
    """A terminal that notes what is done with it."""

    def __init__(self, prompt: str | None) -> None:
        self.prompt, self.shown, self.done = prompt, "", [""]
        self.done.clear()
        self.shells: list[int] = []
        self.screens: list[Output] = []

    def show(self, text: str) -> None:
        self.shown += text

    def feed(self, text: str) -> None:
        self.done.append(text)

    def end(self) -> None:
        self.done.append("end")

    def press(self, key: Interrupted | Suspended) -> None:
        self.done.append(type(key).__name__)


def typed(*keys: str, prompt: str | None = None) -> tuple[list[str], str]:
    terminal = Recorder(prompt)
    discipline = LineDiscipline(terminal)  # type: ignore[arg-type]
    for each in keys:
        discipline.type(each)
    return terminal.done, terminal.shown


#: Keys, what the program gets, what is shown: as recorded on a terminal of Docker Engine 28.5.2 (dash, cat).
CANONICAL = [
    ("echo one\r", ["echo one\n"], "echo one\n"),
    ("abc\x7fd\r", ["abd\n"], "abc\b \bd\n"),
    ("hel\x15ok\n", ["ok\n"], "hel" + "\b \b" * 3 + "ok\n"),
    ("one two\x17x\r", ["one x\n"], "one two" + "\b \b" * 3 + "x\n"),
    ("\x7f\r", ["\n"], "\n"),
    ("abc\x03", ["Interrupted"], "abc^C"),
    ("\x1a", ["Suspended"], "^Z"),
    ("\x04", ["end"], ""),
    ("abc\x04", ["abc"], "abc"),
    ("\x10x\r", ["^Px\n"], "^Px\n"),
    ("a\tb\r", ["a\tb\n"], "a\tb\n"),
    ("é\x7fe\r", ["e\n"], "é\b \be\n"),
]


@pytest.mark.parametrize(("keys", "done", "shown"), CANONICAL)
def test_a_program_gets_lines(keys: str, done: list[str], shown: str) -> None:
    assert typed(keys) == (done, shown)
    assert typed(*keys) == (done, shown)


EDITED = [
    (("ad\x1b[Dbc\r",), ["abcd\n"]),
    (("bc\x1b[Ha\x1b[Fd\r",), ["abcd\n"]),
    (("abc\x01\x06\x7f\x05d\r",), ["bcd\n"]),
    (("one\r", "\x1b[A\r"), ["one\n", "one\n"]),
    (("one\r", "two\r", "\x1b[A\x1b[A\x1b[B\x7fx\r"), ["one\n", "two\n", "twx\n"]),
    (("one\r", "\x1b[A\x1b[B\r"), ["one\n", "\n"]),
    (("a\x1b[C\x1b[D\x1b[D\x1b[Db\r",), ["ba\n"]),
]


@pytest.mark.parametrize(("keys", "done"), EDITED)
def test_at_the_prompt_of_a_shell_the_line_is_edited(keys: tuple[str, ...], done: list[str]) -> None:
    assert typed(*keys, prompt="# ")[0] == done


def test_what_is_not_modelled_rings_the_bell_and_is_no_part_of_the_line() -> None:
    assert typed("a\x12\x1b[5~\x1b[Bb\r", prompt="# ") == (["ab\n"], "a\a\a\ab\n")
