from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.wire.domain_name import absolute, labels_of, quote, text_of_label

labels = st.lists(st.binary(min_size=1, max_size=20), max_size=6).map(tuple)


@given(labels)
def test_labels_survive_their_text(name: tuple[bytes, ...]) -> None:
    text = "".join(f"{text_of_label(label)}." for label in name) or "."
    assert labels_of(text) == name
    assert text.isascii()
    assert text.isprintable()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (".", ()),
        ("web", (b"web",)),
        ("web.", (b"web",)),
        ("a\\.b.example.", (b"a.b", b"example")),
        ("a\\.", (b"a.",)),
        ("a\\\\.", (b"a\\",)),
        ("\\000\\255.", (b"\x00\xff",)),
        ("_http._tcp.web", (b"_http", b"_tcp", b"web")),
        ("ä.", ("ä".encode(),)),
    ],
)
def test_text_is_read_as_dig_reads_it(text: str, name: tuple[bytes, ...]) -> None:
    assert labels_of(text) == name


@pytest.mark.parametrize("text", ["..", "a..b", ".a", "x" * 64, "x." * 128, "\\256."])
def test_other_text_is_no_name(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        labels_of(text)


def test_the_longest_names_are_names() -> None:
    assert len(labels_of("x" * 63 + ".")) == 1
    assert len(labels_of("x." * 127)) == 127


@pytest.mark.parametrize(
    ("text", "expected"), [("web", "web."), ("web.", "web."), ("a\\.", "a\\.."), ("a\\\\.", "a\\\\."), ("", ".")]
)
def test_an_absolute_name_ends_with_a_dot(text: str, expected: str) -> None:
    assert absolute(text) == expected


def test_strings_are_quoted_as_dig_does() -> None:
    assert quote(b'v=1 "x" \\ \n') == '"v=1 \\"x\\" \\\\ \\010"'
