"""Quoting and splitting: laws that hold for all texts."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from tests.shell.machine import Machine
from vnetsim.errors import NotModelled
from vnetsim.shell.ast import Literal, SimpleCommand
from vnetsim.shell.parser import Parser
from vnetsim.shell.quoting import double_quote, quote
from vnetsim.shell.word_reader import ShellSyntaxError

TEXT = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=12)


def words_of(line: str) -> list[str]:
    """The words of a simple command that has no expansions."""
    script = Parser(line).next_command()
    assert script is not None
    command = script[0].first.commands[0]
    assert isinstance(command, SimpleCommand)
    return ["".join(part.text for part in word if isinstance(part, Literal)) for word in command.words]


#: Characters of all kinds.
LINE = st.text(st.sampled_from("ab0 \t\n\\'\"$`;&|<>()#~{},*?[]=/"), max_size=12)


def read(line: str, *ends: frozenset[str]) -> object:
    reader = Parser(line)
    try:
        return reader.read_word(*ends), reader.position
    except (ShellSyntaxError, NotModelled) as refused:
        return str(refused)


@given(LINE)
def test_a_run_of_ordinary_characters_is_read_as_each_of_them(line: str) -> None:
    assert read(line) == read(line, frozenset(" \t\n;&|<>()"))


@given(LINE, st.sampled_from(["bash", "dash"]))
def test_a_word_that_nothing_is_expanded_in_is_the_field_that_expansion_finds(line: str, shell: str) -> None:
    text = f"printf '<%s>' {line}"
    with patch("vnetsim.shell.expansion._is_its_own_field", return_value=False):
        expanded = Machine({"/tmp/home/ab": ""}).run(shell, "-c", text)
    outcome = Machine({"/tmp/home/ab": ""}).run(shell, "-c", text)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (expanded.status, expanded.stdout, expanded.stderr)


@given(st.lists(TEXT, min_size=1, max_size=4))
def test_quoted_words_are_read_back(words: list[str]) -> None:
    assert words_of("x " + " ".join(map(quote, words))) == ["x", *words]


@given(st.lists(TEXT, min_size=1, max_size=3))
def test_a_program_gets_the_words_that_were_quoted(words: list[str]) -> None:
    quoted = " ".join(map(double_quote, words))
    outcome = Machine().run("bash", "-c", f"printf '<%s>' {quoted}")
    assert outcome.stdout == "".join(f"<{word}>" for word in words)


@given(TEXT)
def test_a_quoted_variable_is_never_split(text: str) -> None:
    outcome = Machine().run("bash", "-c", f"x={quote(text)}; printf '<%s>' \"$x\"")
    assert outcome.stdout == f"<{text}>"


@given(st.text("ab \t\n", max_size=10))
def test_an_unquoted_variable_is_split_at_blanks(text: str) -> None:
    outcome = Machine().run("bash", "-c", f"x={quote(text)}; for i in $x; do printf '<%s>' \"$i\"; done")
    assert outcome.stdout == "".join(f"<{word}>" for word in text.split())
