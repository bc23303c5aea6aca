"""The grammar of the shell: any text, and lines that leave something open."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shell.machine import Machine
from vnetsim.errors import NotModelled
from vnetsim.shell.dialect import Dash
from vnetsim.shell.parser import Parser, is_complete, only_command
from vnetsim.shell.word_reader import ShellSyntaxError

TEXT = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=12)


def complaint(text: str) -> str:
    """What dash says about the text, nothing if it can be run."""
    parser = Parser(text, bash=False)
    try:
        while parser.next_command() is not None:
            pass
    except ShellSyntaxError as problem:
        return Dash("sh").malformed(problem, inline=True)
    return ""


@given(TEXT)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert complaint(text) == "" or complaint(text).startswith("sh: ")


@pytest.mark.parametrize(
    "text",
    [
        "echo 'a",
        'echo "a',
        "echo $(",
        "if true; then",
        "for i in 1; do",
        "{ echo",
        "a &&",
        "a |",
        "cat <<X\nb",
        "echo \\",
    ],
)
def test_a_line_that_leaves_something_open_is_continued(text: str) -> None:
    assert not is_complete(text)


@pytest.mark.parametrize(
    "text", ["", "echo a", "echo )", "fi", "cat <<X\nb\nX\n", "for i in 1; do echo; done", "a=(1)"]
)
def test_a_line_that_leaves_nothing_open_is_run(text: str) -> None:
    assert is_complete(text)


NOT_MODELLED = [
    "echo ${!x*}", "cat <(echo)", "select x in a; do :; done", "trap 'echo' CHLD", "read -t 1 x",
    "shopt -s x", "echo ${x@Q}", "set -o nosuch", "alias a=b", "exec -a x y",
]  # fmt: skip


@pytest.mark.parametrize("line", NOT_MODELLED)
def test_what_is_not_modelled_is_said(line: str) -> None:
    outcome = Machine().run("bash", "-c", line)
    assert outcome.status == 2
    assert re.fullmatch(r"vnetsim: not modelled: .*\n", outcome.stderr)


#: Lines of words that mean themselves, and words that are none of a simple command, or assign.
WORDS = st.sampled_from(
    ("docker", "-d", "c1", "a=b", "a+=b", "time", "if", "declare", "export", "function", "[[", "!", ":")
)
LINES = st.lists(WORDS, max_size=4).map(" ".join)


@given(TEXT | LINES, st.integers(1, 3), st.booleans())
def test_a_line_that_is_one_command_is_that_command_each_time(text: str, first: int, bash: bool) -> None:
    parser = Parser(text, bash=bash, first_line=first)
    try:
        script = parser.next_command()
    except (ShellSyntaxError, NotModelled):
        script = None
    for _ in range(2):
        assert only_command(text, first, bash=bash) == (script if parser.at_end() and not parser.warnings else None)


@pytest.mark.parametrize("text", ["", "# a comment", "echo a; echo b)", "if", "cat <<E"])
def test_what_is_not_one_command_is_read_as_it_is_run(text: str) -> None:
    assert only_command(text, 1, bash=True) is None
