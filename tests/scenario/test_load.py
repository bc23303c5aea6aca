"""Session files: what is read from them, and the one sentence about what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.scenario import Command, Pause, Prose, load, parse, play, update

MARKDOWN = """# A title

Some words.

```console
$ echo one
one
$ false
[1]

$ printf 'a\\n\\nb\\n'
a

b
```

- A list

  ```console
  $ echo \\
  > two
  two
  @ +1.5s
  ```

```python
$ not this
```

The end.
"""

PLAIN = """# A title
# and more

$ echo one
one
$ false
[1]

# Prose again.
@ +5m

$ cat /tmp/x
# output that looks like prose

\\# and so does this
> and this is output too
"""


def test_a_markdown_file_is_prose_and_sessions() -> None:
    document = parse("x.md", MARKDOWN)
    kinds = [type(part) for part in document.parts]
    assert kinds == [Prose, Command, Command, Command, Prose, Command, Pause, Prose]
    first, second, third, fourth = document.commands
    assert (first.text, first.output, first.status, first.line) == ("echo one", ("one",), 0, 6)
    assert (second.text, second.output, second.status) == ("false", (), 1)
    assert third.output == ("a", "", "b")
    assert (fourth.text, fourth.output, fourth.indent) == ("echo \\\ntwo", ("two",), "  ")
    assert [part.seconds for part in document.parts if isinstance(part, Pause)] == [1.5]


def test_a_plain_file_is_a_session_with_prose_in_paragraphs() -> None:
    document = parse("x.session", PLAIN)
    assert [part.text for part in document.parts if isinstance(part, Prose)] == ["A title\nand more", "Prose again."]
    assert [part.seconds for part in document.parts if isinstance(part, Pause)] == [300]
    assert document.commands[-1].output == (
        "# output that looks like prose",
        "",
        "# and so does this",
        "> and this is output too",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hello\n", "x.session:1: expected a command (`$ ...`), found 'hello'"),
        ("[1]\n$ x\n", "x.session:1: expected a command (`$ ...`), found '[1]'"),
        ("$ x\n[1]\nmore\n", "x.session:3: expected nothing behind the exit status [1] but the next command"),
        ("$ x\n[0]\n", "x.session:2: expected an exit status from 1 to 255, found [0]"),
        ("$ x\n[256]\n", "x.session:2: expected an exit status from 1 to 255, found [256]"),
        (f"@ +{'9' * 10}s\n$ x\n", f"x.session:1: expected a time to wait like `@ +300s`, found '@ +{'9' * 10}s'"),
        ("$\n", "x.session:1: expected a command behind `$ `"),
        ("$ x\n@ 5\n", "x.session:2: expected a time to wait like `@ +300s`, found '@ 5'"),
        ("@ +5y\n$ x\n", "x.session:1: expected a time to wait like `@ +300s`, found '@ +5y'"),
        ("", "x.session: there is no command in this file: no line begins with `$ `"),
        ("# only words\n", "x.session: there is no command in this file: no line begins with `$ `"),
    ],
)
def test_a_plain_file_that_makes_no_sense_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse("x.session", text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a\n\n```console\n$ x\n", "x.md:3: this console block is not closed: expected a line ```"),
        ("```console\n", "x.md:1: this console block is not closed: expected a line ```"),
        ("```console\nx\n```\n", "x.md:2: expected a command (`$ ...`), found 'x'"),
        ("$ x\n", "x.md: there is no command in this file: no ```console block holds a `$ ` line"),
    ],
)
def test_a_markdown_file_that_makes_no_sense_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse("x.md", text)
    assert str(refused.value) == sentence


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "x.md"
    binary.write_bytes(b"a\nb\xff\xfe\0\1")
    null = tmp_path / "y.md"
    null.write_bytes(b"a\0b")
    for path, words in [
        (tmp_path / "nosuch.md", "there is no such file"),
        (tmp_path, "this is a directory: expected a session file"),
        (binary, "x.md:2: expected UTF-8 text, found the byte 0xff"),
        (null, "y.md:1: expected UTF-8 text, found a NUL byte"),
    ]:
        with pytest.raises(UsageError, match=words):
            load(path)


def test_files_of_other_systems_are_read(tmp_path: Path) -> None:
    path = tmp_path / "x.session"
    path.write_bytes(b"\xef\xbb\xbf# Words.\r\n$ echo hello\r\nhello\r\n")
    assert load(path).commands[0].output == ("hello",)


def test_only_a_newline_ends_a_line() -> None:
    text = "a\x0cb\u2028c\n\n```console\n$ printf 'a\\fb'\na\x0cb\n```\n"
    assert parse("x.md", text).commands[0].output == ("a\x0cb",)
    assert parse("x.session", "$ x\na\x0cb\n").commands[0].output == ("a\x0cb",)


def refusal(name: str, text: str) -> str:
    """What is said about the text, `none` if it makes sense."""
    try:
        parse(name, text)
    except UsageError as error:
        return str(error)
    return "none"


@given(st.text("$# ab\n[1]@\\>", max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    for name in ("x.session", "x.md"):
        assert refusal(name, text).startswith((name, "none"))


OUTPUT = st.lists(st.sampled_from(["", "a", "# x", "$ y", "$", "[2]", "@ z", "> w", "\\", "\\# v", "  b"]), max_size=5)


@given(OUTPUT, st.sampled_from([0, 3]), st.booleans())
def test_any_output_can_be_written_and_read_again(lines: list[str], status: int, plain: bool) -> None:
    name = "x.session" if plain else "x.md"
    command = "printf '%s\\n' " + " ".join(f"'{line}'" for line in lines) if lines else "true"
    text = f"$ {command}; (exit {status})\n"
    document = parse(name, text if plain else f"```console\n{text}```\n")
    played = play(document, Lab(docker=False))
    again = parse(name, update(document, played))
    kept = list(lines)
    while kept and not kept[-1]:
        kept.pop()
    assert again.commands[0].output == tuple(kept)
    assert again.commands[0].status == status
    assert update(again, play(again, Lab(docker=False))) == update(document, played)
