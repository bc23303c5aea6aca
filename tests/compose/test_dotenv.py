""".env files; what the real Compose makes of whole files is in the recordings."""

from __future__ import annotations

import pytest

from tests.compose.compose_recordings import MemoryFiles
from vnetsim.compose import dotenv
from vnetsim.compose.values import ComposeError


def parsed(text: str, **environment: str) -> dict[str, str]:
    found: dict[str, str] = {}
    dotenv.parse(text, found, environment.get, lambda _: None)
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [("A=b", "b"), ("A = b ", "b"), ("A: b", "b"), ("export A=b", "b"), ("A=b # c", "b"), ("A=b#c", "b#c"), ("A=", ""),
     ("A='$X'", "$X"), ('A="$X"', "ex"), ("A=${X:-d}", "ex"), ("A=${Y:-d}", "d"), ('A="a\\nb"', "a\nb"),
     ('A="\\$X"', "$X"), ("A='it\\'s'", "it's"), ('A="a\nb"', "a\nb"), ("\ufeffA=b", "b"), ('A="\\0101"', "A")],
)  # fmt: skip
def test_a_value(text: str, value: str) -> None:
    assert parsed(text, X="ex") == {"A": value}


def test_a_key_alone_takes_its_value_from_outside() -> None:
    assert parsed("X\nY\nZ=1\n", X="ex") == {"X": "ex", "Z": "1"}


def test_later_lines_see_earlier_ones_but_the_environment_goes_first() -> None:
    assert parsed("A=1\nB=$A\nX=file\nC=$X\n", X="ex") == {"A": "1", "B": "1", "X": "file", "C": "ex"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A B=1", "line 1: key cannot contain a space"),
        ('\n\nA="x', 'line 3: unterminated quoted value "x'),
        ("A!=1", 'line 1: unexpected character "!" in variable name "A!=1"'),
    ],
)
def test_a_wrong_line_is_named(text: str, message: str) -> None:
    with pytest.raises(ComposeError) as refused:
        parsed(text)
    assert str(refused.value) == message


def test_a_raw_file_is_taken_as_it_is() -> None:
    found: dict[str, str] = {}
    dotenv.parse_raw('A="$X"\n# c\n\nX\nY\n', "/e", found, {"X": "ex"}.get)
    assert found == {"A": '"$X"', "X": "ex"}
    with pytest.raises(ComposeError, match="contains whitespaces"):
        dotenv.parse_raw("A B=1", "/e", found, lambda _: None)


def test_files_follow_each_other() -> None:
    files = MemoryFiles({"/a": "A=1\n", "/b": "B=$A\nA=2\n"})
    assert dotenv.read_files(files, ["/a", "/b"], {}, lambda _: None) == {"A": "2", "B": "1"}
    with pytest.raises(ComposeError, match="couldn't find env file: /c"):
        dotenv.read_files(files, ["/c"], {}, lambda _: None)
