"""Quoting, splitting, patterns, arithmetic: laws that hold for all texts."""

from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shell.machine import Machine
from vnetsim.shell import pattern
from vnetsim.shell.arithmetic import Arithmetic, ArithmeticFault, wrap
from vnetsim.shell.braces import braces
from vnetsim.shell.parse import Parser, is_complete
from vnetsim.shell.quoting import double_quote, quote
from vnetsim.shell.tree import Literal, Simple, Word
from vnetsim.shell.voice import Dash
from vnetsim.shell.words import Malformed

TEXT = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=12)


def words_of(line: str) -> list[str]:
    """The words of a simple command that has no expansions."""
    script = Parser(line).next_command()
    assert script is not None
    command = script[0].first.commands[0]
    assert isinstance(command, Simple)
    return ["".join(part.text for part in word if isinstance(part, Literal)) for word in command.words]


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


def complaint(text: str) -> str:
    """What dash says about the text, nothing if it can be run."""
    parser = Parser(text, bash=False)
    try:
        while parser.next_command() is not None:
            pass
    except Malformed as problem:
        return Dash("sh").malformed(problem, inline=True)
    return ""


@given(TEXT)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    assert complaint(text) == "" or complaint(text).startswith("sh: ")


@given(st.text("abc", max_size=6), st.text("abc?*", max_size=6))
def test_patterns_match_as_file_names_do_elsewhere(text: str, written: str) -> None:
    assert pattern.matches(text, [(written, False)]) == fnmatch.fnmatchcase(text, written)


@given(st.text("ab*?[]", max_size=6))
def test_a_quoted_pattern_matches_itself_alone(text: str) -> None:
    assert pattern.matches(text, [(text, True)])
    assert not pattern.matches(text + "x", [(text, True)])


@given(st.integers(-(2**70), 2**70))
def test_numbers_wrap_at_64_bits(number: int) -> None:
    wrapped = wrap(number)
    assert -(2**63) <= wrapped < 2**63
    assert (wrapped - number) % 2**64 == 0


def evaluate(text: str) -> int:
    return Arithmetic(lambda _name: "", lambda _name, _value: None).evaluate(text)


EXPRESSIONS = st.recursive(
    st.integers(0, 99).map(str),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "<", "==", "&", "|", "^"]), inner).map(
        lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"
    ),
    max_leaves=8,
)


@given(EXPRESSIONS)
def test_arithmetic_is_that_of_c(text: str) -> None:
    assert evaluate(text) == wrap(int(eval(text)))


@given(st.text("0123456789+-*/%() <>=!&|?:xa", max_size=12))
def test_any_expression_has_a_value_or_a_fault(text: str) -> None:
    try:
        value = evaluate(text)
    except ArithmeticFault as fault:
        value = 0
        kind = fault.kind
    else:
        kind = "value"
    assert -(2**63) <= value < 2**63
    assert kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a{b,c}d", ["abd", "acd"]),
        ("{1..3}", ["1", "2", "3"]),
        ("{3..1}", ["3", "2", "1"]),
        ("{01..10..4}", ["01", "05", "09"]),
        ("{a..c}{1,2}", ["a1", "a2", "b1", "b2", "c1", "c2"]),
        ("{a,b{1,2}}", ["a", "b1", "b2"]),
        ("{a}", ["{a}"]),
        ("{a,b", ["{a,b"]),
        ("x", ["x"]),
        ("{,x}", ["", "x"]),
    ],
)
def test_braces(text: str, words: list[str]) -> None:
    def plain(word: Word) -> str:
        return "".join(part.text for part in word if isinstance(part, Literal))

    assert [plain(word) for word in braces((Literal(text),), lambda _: None)] == words


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
    "echo ${!x*}", "cat <(echo)", "select x in a; do :; done", "trap 'echo' TERM", "read -t 1 x",
    "shopt -s x", "echo ${x@Q}", "set -o nosuch", "alias a=b", "exec -a x y",
]  # fmt: skip


@pytest.mark.parametrize("line", NOT_MODELLED)
def test_what_is_not_modelled_is_said(line: str) -> None:
    outcome = Machine().run("bash", "-c", line)
    assert outcome.status == 2
    assert re.fullmatch(r"vnetsim: not modelled: .*\n", outcome.stderr)
